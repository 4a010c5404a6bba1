// What may be registered: the package's executable is one the launcher will start, and its hash is pinned.
#include "service/plugin/plugin_package.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/status.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::plugin {
namespace {

constexpr char kManifest[] = R"({"id": "org.example.p", "version": "1.0.0", "title": "P",
    "dataClasses": ["DATA_CLASS_IDS"]})";

class PluginPackageTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& bytes, bool executable) {
    std::ofstream(directory_.File(name), std::ios::binary) << bytes;
    if (executable) {
      std::filesystem::permissions(directory_.File(name), std::filesystem::perms::owner_all);
    }
  }
  // "OK", or the reason and the message.
  std::string Read() {
    const auto package = ReadPackage(directory_.path());
    return package.ok() ? "OK"
                        : base::Reason(package.status()) + ": " + std::string(package.status().message());
  }

  test::TemporaryDirectory directory_;
};

TEST_F(PluginPackageTest, AScriptIsPinnedByItsWholeFile) {
  const std::string script = "#!/usr/bin/python3 -I\nPK and all that follows";
  Write("plugin.json", kManifest, false);
  Write("p", script, true);
  const auto package = ReadPackage(directory_.path());
  ASSERT_TRUE(package.ok()) << package.status();
  EXPECT_EQ(package->plugin_id, "org.example.p");
  EXPECT_EQ(package->executable_path, directory_.File("p"));
  EXPECT_EQ(package->executable_sha256, base::HexEncode(base::Sha256(script)));
}

TEST_F(PluginPackageTest, TakesWhatTheLauncherStartsAndNothingElse) {
  Write("plugin.json", kManifest, false);
  const std::pair<const char*, bool> table[] = {
      {"\177ELF\2\1\1", true},
      {"#!/usr/bin/python3 -I\nprint()", true},
      {"#!/usr/bin/python3\nprint()", false},  // would read the user's own modules
      {"#!/usr/bin/env python3\nprint()", false},
      {"#!/bin/sh\nexec python3", false},
      {" #!/usr/bin/python3 -I\n", false},
      {"", false},
  };
  for (const auto& [bytes, good] : table) {
    Write("p", bytes, true);
    if (good) {
      EXPECT_EQ(Read(), "OK") << bytes;
    } else {
      EXPECT_EQ(
          Read(),
          "PLUGIN_PACKAGE_INVALID: The executable is neither an ELF program nor a script whose first line is "
          "\"#!/usr/bin/python3 -I\".")
          << bytes;
    }
  }
}

TEST_F(PluginPackageTest, SaysWhichFileIsWrong) {
  EXPECT_EQ(Read(), "PLUGIN_PACKAGE_INVALID: The package directory has no readable plugin.json.");
  Write("plugin.json", "{\"id\": 3", false);
  EXPECT_EQ(Read(), "PLUGIN_PACKAGE_INVALID: plugin.json is not a manifest of mendwork.plugin.v1.");
  Write("plugin.json", R"({"id": "org.example.p"})", false);
  EXPECT_EQ(Read(), "PLUGIN_PACKAGE_INVALID: plugin.json lacks id, version or title.");
  Write("plugin.json", kManifest, false);
  EXPECT_EQ(
      Read(),
      "PLUGIN_PACKAGE_INVALID: A package directory holds exactly one executable file beside plugin.json.");
  Write("p", "\177ELF", true);
  Write("q", "\177ELF", true);
  EXPECT_EQ(
      Read(),
      "PLUGIN_PACKAGE_INVALID: A package directory holds exactly one executable file beside plugin.json.");
}

}  // namespace
}  // namespace mendwork::plugin
