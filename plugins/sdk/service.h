// PluginService over a handler: keeps the contract's rules (what is declared, configured, draining) in one
// place.
#pragma once

#include <functional>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "mendwork/plugin/v1/plugin.grpc.pb.h"
#include "plugins/sdk/handler.h"

namespace mendwork::sdk {

class Service final : public v1::PluginService::Service {
 public:
  // `on_stop` is called once a Stop was asked for; it must not block.
  Service(v1::Manifest manifest, PluginHandler& handler, std::function<void()> on_stop);

  grpc::Status GetInfo(grpc::ServerContext* context, const v1::GetInfoRequest* request,
                       v1::GetInfoResponse* response) override;
  grpc::Status GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest* request,
                               v1::GetCapabilitiesResponse* response) override;
  grpc::Status ValidateConfig(grpc::ServerContext* context, const v1::ValidateConfigRequest* request,
                              v1::ValidateConfigResponse* response) override;
  grpc::Status Configure(grpc::ServerContext* context, const v1::ConfigureRequest* request,
                         v1::ConfigureResponse* response) override;
  grpc::Status Probe(grpc::ServerContext* context, const v1::ProbeRequest* request,
                     v1::ProbeResponse* response) override;
  grpc::Status Preview(grpc::ServerContext* context, const v1::PreviewRequest* request,
                       v1::PreviewResponse* response) override;
  grpc::Status Deliver(grpc::ServerContext* context, const v1::DeliverRequest* request,
                       v1::DeliverResponse* response) override;
  grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeRequest* request,
                      v1::RevokeResponse* response) override;
  grpc::Status Reconcile(grpc::ServerContext* context, const v1::ReconcileRequest* request,
                         v1::ReconcileResponse* response) override;
  grpc::Status Import(grpc::ServerContext* context, const v1::ImportRequest* request,
                      grpc::ServerWriter<v1::ImportResponse>* writer) override;
  grpc::Status Drain(grpc::ServerContext* context, const v1::DrainRequest* request,
                     v1::DrainResponse* response) override;
  grpc::Status Stop(grpc::ServerContext* context, const v1::StopRequest* request,
                    v1::StopResponse* response) override;

 private:
  class Running;
  class Turn;
  enum class Needs { kConfiguration, kNothing };

  // OK if a call of this kind may begin now.
  grpc::Status Admit(v1::Capability capability, Needs needs);

  const v1::Manifest manifest_;
  PluginHandler& handler_;
  const std::function<void()> on_stop_;
  std::set<v1::Capability> capabilities_;

  absl::Mutex mutex_;
  bool configured_ ABSL_GUARDED_BY(mutex_) = false;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  bool turn_taken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mendwork::sdk
