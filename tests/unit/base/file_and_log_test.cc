#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "service/base/check.h"
#include "service/base/file.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::base {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(File, WritesReadsAndReplaces) {
  const test::TemporaryDirectory directory;
  const std::string path = directory.File("value");
  ASSERT_TRUE(WriteFileAtomically(path, "one", 0400).ok());
  ASSERT_TRUE(WriteFileAtomically(path, "two", 0400).ok());
  EXPECT_EQ(*ReadFile(path), "two");
  struct stat attributes;
  ASSERT_EQ(stat(path.c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 0777, 0400u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1)
      << "nothing is left behind";
}

TEST(File, ErrorsNameTheFile) {
  const test::TemporaryDirectory directory;
  EXPECT_TRUE(absl::IsNotFound(ReadFile(directory.File("absent")).status()));
  EXPECT_THAT(std::string(ReadFile(directory.File("absent")).status().message()), HasSubstr("absent"));
  EXPECT_FALSE(WriteFileAtomically(directory.File("no/such/place"), "x", 0600).ok());
  ASSERT_TRUE(WriteFileAtomically(directory.File("large"), std::string(100, 'x'), 0600).ok());
  EXPECT_EQ(Reason(ReadFile(directory.File("large"), 99).status()), "FILE_TOO_LARGE");
  EXPECT_TRUE(ReadFile(directory.File("large"), 100).ok());
}

TEST(Log, WritesOneJsonLine) {
  std::vector<std::string> lines;
  SetLogSink([&lines](absl::string_view line) { lines.emplace_back(line); });
  Log(Severity::kWarning, "disk_full", {{"file", std::string("a\"b\n")}, {"pages", 12}, {"again", true}});
  SetLogSink({});
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0],
              HasSubstr(R"("severity":"warning","event":"disk_full","file":"a\"b\n","pages":12,"again":1})"));
  EXPECT_THAT(lines[0], Not(HasSubstr("\n")));
}

TEST(CheckDeathTest, EndsTheProcessWithAnExplanation) {
  EXPECT_DEATH(MENDWORK_CHECK(1 + 1 == 3, "Sums work."), "check_failed.*Sums work");
}

}  // namespace
}  // namespace mendwork::base
