// Loading a directory: several revisions, duplicates, every fault of every file.
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

using testing::HasSubstr;

class CatalogLoad : public testing::Test {
 protected:
  void SetUp() override {
    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    directory_ = absl::StrCat(testing::TempDir(), "/catalog_load_", name);
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_ + "/inner");
    std::filesystem::create_directories(directory_ + "/lint");
    std::filesystem::copy(absl::StrCat(kCatalogDirectory, "/", kHarmRulesFile),
                          absl::StrCat(directory_, "/", kHarmRulesFile));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void WriteFile(const std::string& name, const std::string& text) {
    std::ofstream(absl::StrCat(directory_, "/", name)) << text;
  }

  static std::string Revision(int revision) {
    return absl::StrReplaceAll(FormText(""), {{"revision: 1", absl::StrCat("revision: ", revision)}});
  }

  std::string directory_;
};

TEST_F(CatalogLoad, KeepsSeveralRevisionsOfOneKey) {
  WriteFile("b.yaml", Revision(2));
  WriteFile("inner/a.yaml", Revision(10));
  WriteFile("c.yaml", Revision(1));
  WriteFile("NOTICE", "not an exercise");
  const absl::StatusOr<Catalog> catalog = Catalog::Load(directory_);
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  ASSERT_EQ(catalog->exercises().size(), 3u);
  EXPECT_EQ(catalog->exercises()[0].revision, 1);
  EXPECT_EQ(catalog->Latest("test-form")->revision, 10);
  EXPECT_EQ(catalog->Find("test-form", 2)->revision, 2);
  EXPECT_EQ(catalog->Find("test-form", 3), nullptr);
  EXPECT_EQ(catalog->Latest("other"), nullptr);
  EXPECT_NE(catalog->Find("test-form", 2)->content_hash, catalog->Find("test-form", 1)->content_hash);
}

TEST_F(CatalogLoad, RefusesOneRevisionTwice) {
  WriteFile("a.yaml", Revision(1));
  WriteFile("b.yaml", Revision(1));
  EXPECT_EQ(Catalog::Load(directory_).status().message(),
            "b.yaml:1: duplicate_revision: key 'test-form' revision 1 is already in a.yaml");
}

TEST_F(CatalogLoad, NamesTheFaultsOfEveryFile) {
  WriteFile("a.yaml", absl::StrReplaceAll(Revision(1), {{"stage: any", "stage: none"}}));
  WriteFile("inner/b.yaml", absl::StrReplaceAll(Revision(2), {{"strategy: S7", "strategy: S0"}}));
  const absl::Status status = Catalog::Load(directory_).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("a.yaml:5: stage"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("inner/b.yaml:4: strategy"));
}

TEST_F(CatalogLoad, ServesNothingWithoutItsHarmRules) {
  WriteFile("a.yaml", Revision(1));
  std::filesystem::remove(absl::StrCat(directory_, "/", kHarmRulesFile));
  EXPECT_EQ(Catalog::Load(directory_).status().message(),
            "the catalogue directory has no readable lint/harm-rules.yaml: copy the one that came with this "
            "program");
  WriteFile(kHarmRulesFile, "format: 1\nlanguages: [en]\nword_lists: []\nrules: []\n");
  EXPECT_EQ(Catalog::Load(directory_).status().message(),
            "lint/harm-rules.yaml:4: rules_missing: there is at least one rule");
}

TEST_F(CatalogLoad, HoldsEveryFileToItsHarmRules) {
  WriteFile("inner/a.yaml", absl::StrReplaceAll(Revision(1), {{"A purpose", "Call 0900 123 4567"}}));
  EXPECT_THAT(std::string(Catalog::Load(directory_).status().message()),
              HasSubstr("inner/a.yaml:8: contact_in_text: "));
}

TEST_F(CatalogLoad, RefusesNoDirectoryAndNoFiles) {
  EXPECT_EQ(base::Reason(Catalog::Load(directory_).status()), "INVALID_CATALOG");
  EXPECT_EQ(base::Reason(Catalog::Load(directory_ + "/missing").status()), "INVALID_CATALOG");
}

}  // namespace
}  // namespace mendwork::domain
