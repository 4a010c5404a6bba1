#include "service/app/plugin_admin_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/base/status.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

constexpr int kDataClassMax = admin::v1::DATA_CLASS_APPOINTMENTS;

admin::v1::Plugin Present(Runtime& runtime, const store::PluginRow& row) {
  admin::v1::Plugin plugin;
  plugin.set_name(FormatName(runtime.ids(), kPluginName, {row.practice_id, row.plugin_id}));
  plugin.set_plugin_id(row.plugin_key);
  plugin.set_version(row.plugin_version);
  plugin.set_display_name(row.display_name);
  plugin.set_executable_sha256(row.executable_sha256);
  plugin.set_state(static_cast<admin::v1::Plugin::State>(row.state));
  for (int data_class = 1; data_class <= kDataClassMax; ++data_class) {
    if ((row.requested_data_classes >> data_class) & 1) {
      plugin.add_requested_data_classes(static_cast<admin::v1::DataClass>(data_class));
    }
    if ((row.granted_data_classes >> data_class) & 1) {
      plugin.add_granted_data_classes(static_cast<admin::v1::DataClass>(data_class));
    }
  }
  for (absl::string_view host : absl::StrSplit(row.granted_egress, '\n', absl::SkipEmpty())) {
    plugin.add_granted_egress(std::string(host));
  }
  plugin.set_configured(!row.configuration.empty());
  if (runtime.plugins() != nullptr && row.state != store::PluginState::kDisabled) {  // why it failed, too
    const PluginHealth health = runtime.plugins()->Health(row.plugin_id);
    plugin.set_healthy(health.healthy);
    plugin.set_health_message(health.message);
  }
  SetTime(row.create_time, plugin.mutable_create_time());
  plugin.set_etag(Etag(runtime, Kind::kPlugin, row.plugin_id, row.version));
  return plugin;
}

admin::v1::Delivery Present(Runtime& runtime, const store::DeliveryRow& row) {
  admin::v1::Delivery delivery;
  delivery.set_name(
      FormatName(runtime.ids(), kDeliveryName, {row.practice_id, row.plugin_id, row.delivery_id}));
  delivery.set_kind(static_cast<admin::v1::Delivery::Kind>(row.kind));
  delivery.set_state(static_cast<admin::v1::Delivery::State>(row.state));
  delivery.set_attempt_count(static_cast<int32_t>(row.attempt_count));
  if (row.state == store::DeliveryState::kPending) {
    SetTime(row.next_attempt_time, delivery.mutable_next_attempt_time());
  }
  delivery.set_last_error(row.last_error);
  SetTime(row.create_time, delivery.mutable_create_time());
  SetOptionalTime(row.deliver_time, &delivery, &admin::v1::Delivery::mutable_deliver_time);
  return delivery;
}

absl::StatusOr<store::PluginRow> RequirePlugin(const Call& call, store::Transaction& transaction,
                                               absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kPluginName));
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindPlugin(transaction, call.caller.practice_id, ids[1]));
  if (!row.has_value()) {
    return base::NotFound();
  }
  return *row;
}

absl::StatusOr<store::DeliveryRow> RequireDelivery(const Call& call, store::Transaction& transaction,
                                                   absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kDeliveryName));
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindDelivery(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->plugin_id != ids[1]) {
    return base::NotFound();
  }
  return *row;
}

absl::StatusOr<PluginSupervisor*> RequireSupervisor(Runtime& runtime) {
  if (runtime.plugins() == nullptr) {
    return Precondition("PLUGINS_UNAVAILABLE", "This server runs without a plugin host.");
  }
  return runtime.plugins();
}

absl::Status Save(const Call& call, store::WriteTransaction& transaction, store::PluginRow& row,
                  const char* action) {
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdatePlugin(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {action, "plugin", row.plugin_id, row.configuration}));
  Runtime* runtime = &call.runtime;
  const int64_t plugin_id = row.plugin_id;
  transaction.OnCommit([runtime, plugin_id] {
    if (runtime->plugins() != nullptr) {
      runtime->plugins()->Refresh(plugin_id);
    }
  });
  return absl::OkStatus();
}

absl::Status CheckEgress(const google::protobuf::RepeatedPtrField<std::string>& egress) {
  for (const std::string& entry : egress) {
    const std::vector<std::string> parts = absl::StrSplit(entry, ':');
    int port = 0;
    if (parts.size() != 2 || parts[0].empty() || !absl::SimpleAtoi(parts[1], &port) || port < 1 ||
        port > 65535) {
      return base::InvalidArgument({{"egress", "HOST_AND_PORT", "must be host:port, one per entry"}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<admin::v1::Plugin> StorePackage(const Call& call, store::WriteTransaction& transaction,
                                               const PluginPackage& package, const std::string& directory) {
  MENDWORK_ASSIGN_OR_RETURN(auto found,
                            store::FindPluginByKey(transaction, call.caller.practice_id, package.plugin_id));
  store::PluginRow row;
  if (found.has_value()) {
    row = *found;
  } else {
    row.plugin_id = call.runtime.store().NewId();
    row.practice_id = call.caller.practice_id;
    row.plugin_key = package.plugin_id;
    row.create_time = transaction.now();
  }
  row.plugin_version = package.version;
  row.display_name = package.display_name;
  row.package_directory = directory;
  row.executable_path = package.executable_path;
  row.executable_sha256 = package.executable_sha256;
  row.manifest = package.manifest_json;
  row.state = store::PluginState::kDisabled;
  row.requested_data_classes = package.requested_data_classes;
  row.granted_data_classes &= row.requested_data_classes;
  if (!found.has_value()) {
    MENDWORK_RETURN_IF_ERROR(store::InsertPlugin(transaction, row));
  }
  MENDWORK_RETURN_IF_ERROR(Save(call, transaction, row, "RegisterPlugin"));
  return Present(call.runtime, row);
}

absl::StatusOr<admin::v1::Plugin> SetState(const Call& call, store::WriteTransaction& transaction,
                                           store::PluginRow row, store::PluginState state,
                                           const char* action) {
  row.state = state;
  MENDWORK_RETURN_IF_ERROR(Save(call, transaction, row, action));
  return Present(call.runtime, row);
}

absl::StatusOr<Commit<admin::v1::Plugin>> PrepareRegister(const Call& call,
                                                          const admin::v1::RegisterPluginRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(PluginSupervisor * supervisor, RequireSupervisor(call.runtime));
  MENDWORK_ASSIGN_OR_RETURN(PluginPackage package, supervisor->ReadPackage(request.package_directory()));
  if (package.executable_sha256 != absl::AsciiStrToLower(request.executable_sha256())) {
    return Precondition(
        "EXECUTABLE_HASH_MISMATCH",
        "The executable in the package does not have the expected SHA-256. Check where it came from.");
  }
  return Commit<admin::v1::Plugin>(
      [call, package = std::move(package),
       directory = request.package_directory()](store::WriteTransaction& transaction) {
        return StorePackage(call, transaction, package, directory);
      });
}

absl::StatusOr<Commit<admin::v1::Plugin>> PrepareConfigure(const Call& call,
                                                           const admin::v1::ConfigurePluginRequest& request) {
  store::PluginRow read;
  MENDWORK_RETURN_IF_ERROR(
      call.runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
        MENDWORK_ASSIGN_OR_RETURN(read, RequirePlugin(call, transaction, request.name()));
        return absl::OkStatus();
      }));
  MENDWORK_ASSIGN_OR_RETURN(PluginSupervisor * supervisor, RequireSupervisor(call.runtime));
  MENDWORK_RETURN_IF_ERROR(supervisor->ValidateConfiguration(read.plugin_id, request.configuration_json()));
  storage::v1::SealedText text;
  text.set_text(request.configuration_json());
  const int64_t version = call.runtime.store().NewId();
  MENDWORK_ASSIGN_OR_RETURN(
      std::string sealed,
      SealMessage(call.runtime, ConfigurationRecord(read.practice_id, read.plugin_id, version), text));
  return Commit<admin::v1::Plugin>(
      [call, name = request.name(), etag = request.etag(), sealed,
       version](store::WriteTransaction& transaction) -> absl::StatusOr<admin::v1::Plugin> {
        MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePlugin(call, transaction, name));
        MENDWORK_RETURN_IF_ERROR(CheckEtag(call.runtime, Kind::kPlugin, row.plugin_id, row.version, etag));
        row.configuration = sealed;
        row.configuration_version = version;
        MENDWORK_RETURN_IF_ERROR(Save(call, transaction, row, "ConfigurePlugin"));
        return Present(call.runtime, row);
      });
}

}  // namespace

absl::StatusOr<Commit<admin::v1::Plugin>> RegisterPlugin(const Call& call,
                                                         const admin::v1::RegisterPluginRequest& request) {
  return PrepareOrRefuse<admin::v1::Plugin>([&] { return PrepareRegister(call, request); });
}

absl::StatusOr<admin::v1::Plugin> GetPlugin(const Call& call, store::Transaction& transaction,
                                            const admin::v1::GetPluginRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePlugin(call, transaction, request.name()));
  return Present(call.runtime, row);
}

absl::StatusOr<admin::v1::ListPluginsResponse> ListPlugins(const Call& call, store::Transaction& transaction,
                                                           const admin::v1::ListPluginsRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page,
                            Page::Open(call, "plugins", request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(auto rows,
                            store::ListPlugins(transaction, call.caller.practice_id, page.range()));
  admin::v1::ListPluginsResponse response;
  response.set_next_page_token(
      page.Close<store::PluginRow>(&rows, [](const auto& row) { return row.plugin_id; }));
  for (const auto& row : rows) {
    *response.add_plugins() = Present(call.runtime, row);
  }
  return response;
}

absl::StatusOr<admin::v1::Plugin> GrantPlugin(const Call& call, store::WriteTransaction& transaction,
                                              const admin::v1::GrantPluginRequest& request) {
  MENDWORK_RETURN_IF_ERROR(CheckEgress(request.egress()));
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePlugin(call, transaction, request.name()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kPlugin, row.plugin_id, row.version, request.etag()));
  int64_t granted = 0;
  for (int data_class : request.data_classes()) {
    if (data_class < 1 || data_class > kDataClassMax ||
        ((row.requested_data_classes >> data_class) & 1) == 0) {
      return base::InvalidArgument(
          {{"data_classes", "NOT_REQUESTED", "must be a subset of what the manifest asks for"}});
    }
    granted |= int64_t{1} << data_class;
  }
  row.granted_data_classes = granted;
  row.granted_egress = absl::StrJoin(request.egress(), "\n");
  MENDWORK_RETURN_IF_ERROR(Save(call, transaction, row, "GrantPlugin"));
  return Present(call.runtime, row);
}

absl::StatusOr<Commit<admin::v1::Plugin>> ConfigurePlugin(const Call& call,
                                                          const admin::v1::ConfigurePluginRequest& request) {
  return PrepareOrRefuse<admin::v1::Plugin>([&] { return PrepareConfigure(call, request); });
}

absl::StatusOr<admin::v1::Plugin> EnablePlugin(const Call& call, store::WriteTransaction& transaction,
                                               const admin::v1::EnablePluginRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePlugin(call, transaction, request.name()));
  if (row.configuration.empty()) {
    return Precondition("PLUGIN_NOT_CONFIGURED", "Configure the plugin first.");
  }
  return SetState(call, transaction, row, store::PluginState::kEnabled, "EnablePlugin");
}

absl::StatusOr<admin::v1::Plugin> DisablePlugin(const Call& call, store::WriteTransaction& transaction,
                                                const admin::v1::DisablePluginRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePlugin(call, transaction, request.name()));
  return SetState(call, transaction, row, store::PluginState::kDisabled, "DisablePlugin");
}

absl::StatusOr<admin::v1::ListDeliveriesResponse> ListDeliveries(
    const Call& call, store::Transaction& transaction, const admin::v1::ListDeliveriesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kPluginName));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("deliveries/", request.parent()),
                                                  request.page_size(), request.page_token(), true));
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListDeliveries(transaction, call.caller.practice_id, ids[1], page.range()));
  admin::v1::ListDeliveriesResponse response;
  response.set_next_page_token(
      page.Close<store::DeliveryRow>(&rows, [](const auto& row) { return row.delivery_id; }));
  for (const auto& row : rows) {
    *response.add_deliveries() = Present(call.runtime, row);
  }
  return response;
}

absl::StatusOr<admin::v1::Delivery> GetDelivery(const Call& call, store::Transaction& transaction,
                                                const admin::v1::GetDeliveryRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireDelivery(call, transaction, request.name()));
  return Present(call.runtime, row);
}

absl::StatusOr<admin::v1::Delivery> RetryDelivery(const Call& call, store::WriteTransaction& transaction,
                                                  const admin::v1::RetryDeliveryRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireDelivery(call, transaction, request.name()));
  if (row.state != store::DeliveryState::kDead) {
    return Precondition("DELIVERY_NOT_DEAD",
                        "Only a delivery that was given up can be put back in the queue.");
  }
  row.state = store::DeliveryState::kPending;
  row.next_attempt_time = transaction.now();
  MENDWORK_RETURN_IF_ERROR(store::UpdateDelivery(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"RetryDelivery", "delivery", row.delivery_id, ""}));
  Runtime* runtime = &call.runtime;
  transaction.OnCommit([runtime] { runtime->delivery_feed().Notify(); });
  return Present(call.runtime, row);
}

}  // namespace mendwork::app
