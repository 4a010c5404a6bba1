#include "service/rpc/health.h"

#include <utility>

#include "service/rpc/limits.h"

namespace mendwork::rpc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

namespace {

grpc::Status Stopping() { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "The server is stopping."); }

class RefusedWatch : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  explicit RefusedWatch(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

// Sends the state now and again when it changes. It changes at most twice in the life of a server.
class HealthService::Watcher : public grpc::ServerWriteReactor<HealthCheckResponse> {
 public:
  Watcher(HealthService& health, std::string service, ServingStatus status)
      : health_(health), service_(std::move(service)) {
    absl::MutexLock lock(&mutex_);
    Send(status);
  }

  const std::string& service() const { return service_; }

  void Update(ServingStatus status, bool last) {
    absl::MutexLock lock(&mutex_);
    last_ = last_ || last;
    if (writing_) {
      next_ = status;
      has_next_ = true;
    } else if (!finished_) {
      Send(status);
    }
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok || cancelled_) {
      FinishOnce(grpc::Status::CANCELLED);
    } else if (has_next_) {
      has_next_ = false;
      Send(next_);
    } else if (last_) {
      FinishOnce(Stopping());
    }
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    cancelled_ = true;
    if (!writing_) {
      FinishOnce(grpc::Status::CANCELLED);
    }
  }

  void OnDone() override {
    health_.Forget(this);
    delete this;
  }

 private:
  void Send(ServingStatus status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    response_.set_status(status);
    writing_ = true;
    StartWrite(&response_);
  }
  void FinishOnce(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!finished_) {
      finished_ = true;
      Finish(status);
    }
  }

  HealthService& health_;
  const std::string service_;
  absl::Mutex mutex_;
  HealthCheckResponse response_;  // until OnWriteDone
  ServingStatus next_ ABSL_GUARDED_BY(mutex_) = HealthCheckResponse::UNKNOWN;
  bool has_next_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool last_ ABSL_GUARDED_BY(mutex_) = false;
};

HealthService::HealthService(const std::vector<std::string>& services)
    : services_(services.begin(), services.end()) {}

HealthService::ServingStatus HealthService::StatusOf(const std::string& service) const {
  if (!service.empty() && services_.count(service) == 0) {
    return HealthCheckResponse::SERVICE_UNKNOWN;
  }
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthService::SetServing() {
  absl::MutexLock lock(&mutex_);
  serving_ = true;
  for (Watcher* watcher : watchers_) {
    watcher->Update(StatusOf(watcher->service()), /*last=*/false);
  }
}

void HealthService::Stop() {
  absl::MutexLock lock(&mutex_);
  serving_ = false;
  stopped_ = true;
  for (Watcher* watcher : watchers_) {
    watcher->Update(StatusOf(watcher->service()), /*last=*/true);
  }
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  absl::MutexLock lock(&mutex_);
  const ServingStatus status = StatusOf(request->service());
  if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish(grpc::Status(grpc::StatusCode::NOT_FOUND, "The service is unknown."));
    return reactor;
  }
  response->set_status(status);
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(grpc::CallbackServerContext*,
                                                                    const HealthCheckRequest* request) {
  absl::MutexLock lock(&mutex_);
  if (stopped_) {
    return new RefusedWatch(Stopping());
  }
  if (watchers_.size() >= kHealthWatchersMax) {
    return new RefusedWatch(
        grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "Too many health watches are open."));
  }
  return *watchers_.insert(new Watcher(*this, request->service(), StatusOf(request->service()))).first;
}

void HealthService::Forget(Watcher* watcher) {
  absl::MutexLock lock(&mutex_);
  watchers_.erase(watcher);
}

}  // namespace mendwork::rpc
