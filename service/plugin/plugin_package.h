// A plugin's package directory: plugin.json and one executable beside it.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "mendwork/plugin/v1/manifest.pb.h"
#include "service/app/plugin_supervisor.h"

namespace mendwork::plugin {

// FAILED_PRECONDITION, reason PLUGIN_PACKAGE_INVALID, says which file is wrong and how.
absl::StatusOr<app::PluginPackage> ReadPackage(const std::string& directory);

absl::StatusOr<v1::Manifest> ParseManifest(const std::string& manifest_json);

}  // namespace mendwork::plugin
