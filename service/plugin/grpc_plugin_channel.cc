#include "service/plugin/grpc_plugin_channel.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "mendwork/plugin/v1/plugin.grpc.pb.h"
#include "service/base/status.h"

namespace mendwork::plugin {
namespace {

// Deadlines of calls to a plugin: a delivery may wait for the other system, the rest answers at once.
constexpr std::chrono::seconds kQuickDeadline{10};
constexpr std::chrono::seconds kDeliveryDeadline{60};
constexpr int kMessageSizeMax = 8 << 20;

class GrpcPluginChannel : public PluginChannel {
 public:
  explicit GrpcPluginChannel(std::unique_ptr<PluginProcess> process) : process_(std::move(process)) {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMessageSizeMax);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = v1::PluginService::NewStub(grpc::CreateCustomChannel(
        absl::StrCat("unix:", process_->socket_path()), grpc::InsecureChannelCredentials(), arguments));
  }

  absl::StatusOr<v1::GetInfoResponse> GetInfo() override {
    return Run<v1::GetInfoResponse>(v1::GetInfoRequest(), &v1::PluginService::Stub::GetInfo, kQuickDeadline);
  }
  absl::StatusOr<v1::ValidateConfigResponse> ValidateConfig(
      const v1::ValidateConfigRequest& request) override {
    v1::ValidateConfigRequest with_secrets = request;
    for (const OpenSecret& secret : process_->secrets()) {
      with_secrets.add_secret_names(secret.name());
    }
    return Run<v1::ValidateConfigResponse>(with_secrets, &v1::PluginService::Stub::ValidateConfig,
                                           kQuickDeadline);
  }
  absl::StatusOr<v1::ConfigureResponse> Configure(const v1::ConfigureRequest& request) override {
    v1::ConfigureRequest with_secrets = request;
    for (const OpenSecret& secret : process_->secrets()) {
      v1::SecretSource* source = with_secrets.add_secrets();
      source->set_name(secret.name());
      source->set_file_descriptor(secret.fd());
    }
    return Run<v1::ConfigureResponse>(with_secrets, &v1::PluginService::Stub::Configure, kQuickDeadline);
  }
  absl::StatusOr<v1::ProbeResponse> Probe() override {
    return Run<v1::ProbeResponse>(v1::ProbeRequest(), &v1::PluginService::Stub::Probe, kQuickDeadline);
  }
  absl::StatusOr<v1::DeliverResponse> Deliver(const v1::DeliverRequest& request) override {
    return Run<v1::DeliverResponse>(request, &v1::PluginService::Stub::Deliver, kDeliveryDeadline);
  }
  absl::StatusOr<v1::RevokeResponse> Revoke(const v1::RevokeRequest& request) override {
    return Run<v1::RevokeResponse>(request, &v1::PluginService::Stub::Revoke, kDeliveryDeadline);
  }
  void Cancel() override {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    if (calling_ != nullptr) {
      calling_->TryCancel();
    }
  }
  bool IsGone() override { return process_->HasExited(); }

 private:
  template <class Response, class Request, class Method>
  absl::StatusOr<Response> Run(const Request& request, Method method, std::chrono::seconds deadline) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + deadline);
    Response response;
    grpc::Status status = grpc::Status::CANCELLED;
    if (Begin(&context)) {
      status = (stub_.get()->*method)(&context, request, &response);
      Begin(nullptr);
    }
    if (!status.ok()) {  // the plugin's own words stay out: they could hold anything
      return base::Error(static_cast<absl::StatusCode>(status.error_code()), "PLUGIN_CALL_FAILED",
                         "the plugin did not answer the call");
    }
    return response;
  }

  // There is one call at a time. False once cancelled.
  bool Begin(grpc::ClientContext* context) {
    absl::MutexLock lock(&mutex_);
    calling_ = context;
    return !cancelled_;
  }

  absl::Mutex mutex_;
  grpc::ClientContext* calling_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<PluginProcess> process_;
  std::unique_ptr<v1::PluginService::Stub> stub_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<PluginChannel>> OpenPluginChannel(const LaunchOptions& options) {
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<PluginProcess> process, PluginProcess::Start(options));
  return std::unique_ptr<PluginChannel>(std::make_unique<GrpcPluginChannel>(std::move(process)));
}

}  // namespace mendwork::plugin
