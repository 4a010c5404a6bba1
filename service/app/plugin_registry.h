// What the plugin host needs to know of the rows of plugins. Not an RPC: the host is the server's own.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "service/app/runtime.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {

// Of every practice, in the order of registration.
absl::StatusOr<std::vector<store::PluginRow>> LoadEnabledPlugins(Runtime& runtime);

// Nothing when there is no such plugin.
absl::StatusOr<absl::optional<store::PluginRow>> LoadPlugin(Runtime& runtime, int64_t plugin_id);

// Marks a plugin that failed too often, so that it stays off until an administrator enables it again.
absl::Status MarkPluginFailed(Runtime& runtime, const store::PluginRow& plugin);

}  // namespace mendwork::app
