#include "plugins/sdk/service.h"

#include <utility>

#include "plugins/sdk/log.h"

namespace mendwork::sdk {
namespace {

constexpr int kDeliverItemsMax = 16;

grpc::Status ToGrpc(const absl::Status& status) {
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message()));
}

CallContext ContextOf(grpc::ServerContext* context) {
  CallContext out;
  out.deadline = absl::FromChrono(context->deadline());
  out.cancelled = [context, deadline = out.deadline] {
    return context->IsCancelled() || absl::Now() > deadline;
  };
  return out;
}

grpc::Status NotReached() {
  return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "the call ended before its turn");
}

grpc::Status CheckDeliver(const v1::DeliverRequest& request) {
  if (request.items().empty() || request.items_size() > kDeliverItemsMax) {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "items: between 1 and 16 are needed");
  }
  for (const v1::DeliveryItem& item : request.items()) {
    if (item.event().subject() != request.items(0).event().subject()) {
      return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "items: all concern one subject");
    }
  }
  return grpc::Status::OK;
}

const char* Word(const v1::Outcome& outcome) {
  switch (outcome.result_case()) {
    case v1::Outcome::kDone:
      return "done";
    case v1::Outcome::kRetry:
      return "retry";
    case v1::Outcome::kPermanent:
      return "permanent";
    case v1::Outcome::kConflict:
      return "conflict";
    case v1::Outcome::RESULT_NOT_SET:
      break;
  }
  return "none";
}

void LogOutcome(absl::string_view event, absl::string_view id, const v1::Outcome& outcome, absl::Time start) {
  const std::string& code = outcome.has_retry()       ? outcome.retry().code()
                            : outcome.has_permanent() ? outcome.permanent().code()
                                                      : outcome.conflict().code();
  Log(outcome.has_done() ? Severity::kInfo : Severity::kWarning, event,
      {LogField::Token("id", id), LogField::Token("result", Word(outcome)), LogField::Token("code", code),
       LogField::Duration("took", absl::Now() - start)});
}

}  // namespace

// Counts a call as running while it lives, so that Drain can wait for it. It begins before the call is
// admitted, so that none slips in between.
class Service::Running {
 public:
  explicit Running(Service& service) : service_(service) {
    absl::MutexLock lock(&service_.mutex_);
    ++service_.running_;
  }
  ~Running() {
    absl::MutexLock lock(&service_.mutex_);
    --service_.running_;
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Service& service_;
};

// One effect at a time towards the other system. Waiting for it ends with the call.
class Service::Turn {
 public:
  Turn(Service& service, const CallContext& context) : service_(service) {
    constexpr absl::Duration kLook = absl::Milliseconds(100);
    absl::MutexLock lock(&service_.mutex_);
    const auto is_free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !service_.turn_taken_; };
    while (!taken_ && !context.cancelled()) {
      taken_ = service_.mutex_.AwaitWithTimeout(absl::Condition(&is_free), kLook);
    }
    service_.turn_taken_ = service_.turn_taken_ || taken_;
  }
  ~Turn() {
    if (taken_) {
      absl::MutexLock lock(&service_.mutex_);
      service_.turn_taken_ = false;
    }
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  bool taken() const { return taken_; }

 private:
  Service& service_;
  bool taken_ = false;
};

Service::Service(v1::Manifest manifest, PluginHandler& handler, std::function<void()> on_stop)
    : manifest_(std::move(manifest)), handler_(handler), on_stop_(std::move(on_stop)) {
  for (const v1::Capability capability : handler_.Capabilities()) {
    capabilities_.insert(capability);
  }
}

grpc::Status Service::Admit(v1::Capability capability, Needs needs) {
  if (capability != v1::CAPABILITY_UNSPECIFIED && capabilities_.count(capability) == 0) {
    return grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "the capability is not declared");
  }
  absl::MutexLock lock(&mutex_);
  if (draining_) {
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the plugin is draining");
  }
  if (needs == Needs::kConfiguration && !configured_) {
    return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the plugin is not configured");
  }
  return grpc::Status::OK;
}

grpc::Status Service::GetInfo(grpc::ServerContext*, const v1::GetInfoRequest*,
                              v1::GetInfoResponse* response) {
  *response->mutable_manifest() = manifest_;
  response->set_configuration_schema(std::string(handler_.ConfigurationSchema()));
  return grpc::Status::OK;
}

grpc::Status Service::GetCapabilities(grpc::ServerContext*, const v1::GetCapabilitiesRequest*,
                                      v1::GetCapabilitiesResponse* response) {
  for (const v1::Capability capability : capabilities_) {
    response->add_capabilities(capability);
  }
  return grpc::Status::OK;
}

grpc::Status Service::ValidateConfig(grpc::ServerContext*, const v1::ValidateConfigRequest* request,
                                     v1::ValidateConfigResponse* response) {
  const std::vector<v1::Diagnostic> found = handler_.ValidateConfig(*request);
  response->mutable_diagnostics()->Add(found.begin(), found.end());
  return grpc::Status::OK;
}

grpc::Status Service::Configure(grpc::ServerContext* context, const v1::ConfigureRequest* request,
                                v1::ConfigureResponse* response) {
  {
    absl::MutexLock lock(&mutex_);
    if (draining_) {
      return grpc::Status(grpc::StatusCode::FAILED_PRECONDITION, "the plugin is draining");
    }
  }
  const Turn turn(*this, ContextOf(context));
  if (!turn.taken()) {
    return NotReached();
  }
  const std::vector<v1::Diagnostic> found = handler_.Configure(*request);
  response->mutable_diagnostics()->Add(found.begin(), found.end());
  if (!HasError(found)) {
    absl::MutexLock lock(&mutex_);
    configured_ = true;
  }
  Log(Severity::kInfo, "configured", {LogField::Flag("applied", !HasError(found))});
  return grpc::Status::OK;
}

grpc::Status Service::Probe(grpc::ServerContext* context, const v1::ProbeRequest*,
                            v1::ProbeResponse* response) {
  const Running running(*this);
  const grpc::Status admitted = Admit(v1::CAPABILITY_UNSPECIFIED, Needs::kConfiguration);
  if (!admitted.ok()) {
    return admitted;
  }
  *response = handler_.Probe(ContextOf(context));
  return grpc::Status::OK;
}

grpc::Status Service::Preview(grpc::ServerContext* context, const v1::PreviewRequest* request,
                              v1::PreviewResponse* response) {
  const Running running(*this);
  const grpc::Status admitted = Admit(v1::CAPABILITY_PREVIEW, Needs::kConfiguration);
  if (!admitted.ok()) {
    return admitted;
  }
  absl::StatusOr<v1::PreviewResponse> preview = handler_.Preview(ContextOf(context), request->event());
  if (preview.ok()) {
    *response = *std::move(preview);
  }
  return ToGrpc(preview.status());
}

grpc::Status Service::Deliver(grpc::ServerContext* context, const v1::DeliverRequest* request,
                              v1::DeliverResponse* response) {
  const Running running(*this);
  grpc::Status status = Admit(v1::CAPABILITY_DELIVER, Needs::kConfiguration);
  status = status.ok() ? CheckDeliver(*request) : status;
  if (!status.ok()) {
    return status;
  }
  const CallContext call = ContextOf(context);
  const Turn turn(*this, call);
  if (!turn.taken()) {
    return NotReached();
  }
  bool blocked = false;
  for (const v1::DeliveryItem& item : request->items()) {
    const absl::Time start = absl::Now();
    v1::DeliveryResult* result = response->add_results();
    result->set_delivery_id(item.delivery_id());
    // Order holds within a subject: what comes after an item that has to wait waits as well.
    *result->mutable_outcome() =
        blocked || call.cancelled() ? RetryOutcome("not-attempted") : handler_.Deliver(call, item);
    blocked = blocked || result->outcome().has_retry();
    LogOutcome("delivered", item.delivery_id(), result->outcome(), start);
  }
  return grpc::Status::OK;
}

grpc::Status Service::Revoke(grpc::ServerContext* context, const v1::RevokeRequest* request,
                             v1::RevokeResponse* response) {
  const Running running(*this);
  const grpc::Status admitted = Admit(v1::CAPABILITY_REVOKE, Needs::kConfiguration);
  if (!admitted.ok()) {
    return admitted;
  }
  if (request->policy() == v1::WITHDRAWAL_POLICY_UNSPECIFIED) {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "policy: is needed");
  }
  const CallContext call = ContextOf(context);
  const Turn turn(*this, call);
  if (!turn.taken()) {
    return NotReached();
  }
  const absl::Time start = absl::Now();
  *response->mutable_outcome() = handler_.Revoke(call, *request);
  LogOutcome("revoked", request->release_id(), response->outcome(), start);
  return grpc::Status::OK;
}

grpc::Status Service::Reconcile(grpc::ServerContext* context, const v1::ReconcileRequest* request,
                                v1::ReconcileResponse* response) {
  const Running running(*this);
  const grpc::Status admitted = Admit(v1::CAPABILITY_RECONCILE, Needs::kConfiguration);
  if (!admitted.ok()) {
    return admitted;
  }
  absl::StatusOr<v1::ReconcileResponse> found = handler_.Reconcile(ContextOf(context), *request);
  if (found.ok()) {
    *response = *std::move(found);
  }
  return ToGrpc(found.status());
}

grpc::Status Service::Import(grpc::ServerContext* context, const v1::ImportRequest* request,
                             grpc::ServerWriter<v1::ImportResponse>* writer) {
  const Running running(*this);
  const grpc::Status admitted = Admit(v1::CAPABILITY_IMPORT, Needs::kConfiguration);
  if (!admitted.ok()) {
    return admitted;
  }
  return ToGrpc(handler_.Import(ContextOf(context), *request,
                                [writer](const v1::ImportResponse& page) { return writer->Write(page); }));
}

grpc::Status Service::Drain(grpc::ServerContext* context, const v1::DrainRequest*, v1::DrainResponse*) {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_ == 0; };
  if (!mutex_.AwaitWithDeadline(absl::Condition(&idle), absl::FromChrono(context->deadline()))) {
    return grpc::Status(grpc::StatusCode::DEADLINE_EXCEEDED, "calls are still running");
  }
  return grpc::Status::OK;
}

grpc::Status Service::Stop(grpc::ServerContext*, const v1::StopRequest*, v1::StopResponse*) {
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
  }
  on_stop_();
  return grpc::Status::OK;
}

}  // namespace mendwork::sdk
