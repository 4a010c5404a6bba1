#include "service/plugin/plugin_package.h"

#include <google/protobuf/util/json_util.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/file.h"
#include "service/base/status.h"

namespace mendwork::plugin {
namespace {

// The additions to mendwork.plugin.v1 that this host knows (see Manifest.api_minimum).
constexpr int kContractRevision = 0;
constexpr uintmax_t kExecutableSizeMax = uintmax_t{512} << 20;
// What mendwork-launcher starts (plugins/launcher/executable.cc), so that anything else is refused while the
// administrator looks on.
constexpr absl::string_view kElf("\177ELF");
constexpr absl::string_view kPythonScript("#!/usr/bin/python3 -I\n");

absl::Status Invalid(const std::string& message) {
  return base::Error(absl::StatusCode::kFailedPrecondition, "PLUGIN_PACKAGE_INVALID", message);
}

absl::StatusOr<std::string> FindExecutable(const std::string& directory) {
  std::vector<std::string> found;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.is_regular_file(error) && access(entry.path().c_str(), X_OK) == 0 &&
        (entry.status(error).permissions() & std::filesystem::perms::owner_exec) !=
            std::filesystem::perms::none) {
      found.push_back(entry.path().string());
    }
  }
  if (error) {
    return Invalid(absl::StrCat("The package directory cannot be read: ", error.message(), "."));
  }
  if (found.size() != 1) {
    return Invalid("A package directory holds exactly one executable file beside plugin.json.");
  }
  return found.front();
}

}  // namespace

absl::StatusOr<v1::Manifest> ParseManifest(const std::string& manifest_json) {
  v1::Manifest manifest;
  google::protobuf::util::JsonParseOptions options;
  const auto parsed = google::protobuf::util::JsonStringToMessage(manifest_json, &manifest, options);
  if (!parsed.ok()) {
    return Invalid("plugin.json is not a manifest of mendwork.plugin.v1.");
  }
  if (manifest.id().empty() || manifest.version().empty() || manifest.title().empty()) {
    return Invalid("plugin.json lacks id, version or title.");
  }
  if (manifest.api_minimum() > kContractRevision) {
    return Invalid("The plugin needs a newer revision of the plugin contract than this server speaks.");
  }
  return manifest;
}

absl::StatusOr<app::PluginPackage> ReadPackage(const std::string& directory) {
  if (!std::filesystem::path(directory).is_absolute()) {
    return Invalid("The package directory must be an absolute path.");
  }
  const absl::StatusOr<std::string> manifest_json = base::ReadFile(absl::StrCat(directory, "/plugin.json"));
  if (!manifest_json.ok()) {
    return Invalid("The package directory has no readable plugin.json.");
  }
  MENDWORK_ASSIGN_OR_RETURN(v1::Manifest manifest, ParseManifest(*manifest_json));
  app::PluginPackage package;
  MENDWORK_ASSIGN_OR_RETURN(package.executable_path, FindExecutable(directory));
  std::error_code error;
  if (std::filesystem::file_size(package.executable_path, error) > kExecutableSizeMax || error) {
    return Invalid("The executable is larger than 512 MiB or cannot be read.");
  }
  // Not moved into a string: GCC 12 then takes it for uninitialized, at -O3 only.
  const absl::StatusOr<std::string> bytes = base::ReadFile(package.executable_path);
  MENDWORK_RETURN_IF_ERROR(bytes.status());
  if (!absl::StartsWith(*bytes, kElf) && !absl::StartsWith(*bytes, kPythonScript)) {
    return Invalid(
        "The executable is neither an ELF program nor a script whose first line is \"#!/usr/bin/python3 "
        "-I\".");
  }
  package.executable_sha256 = base::HexEncode(base::Sha256(*bytes));
  package.plugin_id = manifest.id();
  package.version = manifest.version();
  package.display_name = manifest.title();
  package.manifest_json = *manifest_json;
  for (int data_class : manifest.data_classes()) {
    if (v1::DataClass_IsValid(data_class)) {
      package.requested_data_classes |= 1u << data_class;
    }
  }
  return package;
}

}  // namespace mendwork::plugin
