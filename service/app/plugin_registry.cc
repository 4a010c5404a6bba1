#include "service/app/plugin_registry.h"

#include "service/app/call.h"
#include "service/app/common.h"

namespace mendwork::app {

absl::StatusOr<std::vector<store::PluginRow>> LoadEnabledPlugins(Runtime& runtime) {
  std::vector<store::PluginRow> plugins;
  MENDWORK_RETURN_IF_ERROR(runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(plugins, store::ListEnabledPlugins(transaction));
    return absl::OkStatus();
  }));
  return plugins;
}

absl::StatusOr<absl::optional<store::PluginRow>> LoadPlugin(Runtime& runtime, int64_t plugin_id) {
  absl::optional<store::PluginRow> plugin;
  MENDWORK_RETURN_IF_ERROR(runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(plugin, store::FindPluginOfAnyPractice(transaction, plugin_id));
    return absl::OkStatus();
  }));
  return plugin;
}

absl::Status MarkPluginFailed(Runtime& runtime, const store::PluginRow& plugin) {
  return runtime.store().WriteAndWait([&](store::WriteTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindPlugin(transaction, plugin.practice_id, plugin.plugin_id));
    if (!row.has_value() || row->state != store::PluginState::kEnabled) {
      return absl::OkStatus();
    }
    row->state = store::PluginState::kFailed;
    row->version += 1;
    MENDWORK_RETURN_IF_ERROR(store::UpdatePlugin(transaction, *row));
    const Caller server = {.practice_id = plugin.practice_id};
    return AuditChange({runtime, server}, transaction, {"PluginFailed", "plugin", plugin.plugin_id, ""});
  });
}

}  // namespace mendwork::app
