// Use cases of mendwork.admin.v1.PluginAdminService.
#pragma once

#include "mendwork/admin/v1/plugin_admin_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<Commit<admin::v1::Plugin>> RegisterPlugin(const Call& call,
                                                         const admin::v1::RegisterPluginRequest& request);
absl::StatusOr<admin::v1::Plugin> GetPlugin(const Call& call, store::Transaction& transaction,
                                            const admin::v1::GetPluginRequest& request);
absl::StatusOr<admin::v1::ListPluginsResponse> ListPlugins(const Call& call, store::Transaction& transaction,
                                                           const admin::v1::ListPluginsRequest& request);
absl::StatusOr<admin::v1::Plugin> GrantPlugin(const Call& call, store::WriteTransaction& transaction,
                                              const admin::v1::GrantPluginRequest& request);
absl::StatusOr<Commit<admin::v1::Plugin>> ConfigurePlugin(const Call& call,
                                                          const admin::v1::ConfigurePluginRequest& request);
absl::StatusOr<admin::v1::Plugin> EnablePlugin(const Call& call, store::WriteTransaction& transaction,
                                               const admin::v1::EnablePluginRequest& request);
absl::StatusOr<admin::v1::Plugin> DisablePlugin(const Call& call, store::WriteTransaction& transaction,
                                                const admin::v1::DisablePluginRequest& request);
absl::StatusOr<admin::v1::ListDeliveriesResponse> ListDeliveries(
    const Call& call, store::Transaction& transaction, const admin::v1::ListDeliveriesRequest& request);
absl::StatusOr<admin::v1::Delivery> GetDelivery(const Call& call, store::Transaction& transaction,
                                                const admin::v1::GetDeliveryRequest& request);
absl::StatusOr<admin::v1::Delivery> RetryDelivery(const Call& call, store::WriteTransaction& transaction,
                                                  const admin::v1::RetryDeliveryRequest& request);

}  // namespace mendwork::app
