// The one way in: every call is authenticated, authorized, validated and admitted here, in this order, before
// a use case sees it; and every answer leaves through here, with one log line and no internals in it.
#pragma once

#include <google/protobuf/io/zero_copy_stream.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "google/rpc/status.pb.h"
#include "service/app/call.h"
#include "service/rpc/bounded_pool.h"
#include "service/rpc/call_limiter.h"
#include "service/rpc/limits.h"
#include "service/rpc/method_table.h"

namespace mendwork::rpc {

// A call as it arrived, without gRPC's types. Views need to live only as long as the guard's method runs.
struct IncomingCall {
  size_t metadata_bytes = 0;
  int authorization_count = 0;
  absl::string_view authorization;                         // the value of the metadata `authorization`
  absl::Duration time_left = absl::InfiniteDuration();     // to the client's deadline
  std::function<bool()> cancelled = [] { return false; };  // by the client
  google::protobuf::io::ZeroCopyInputStream* body = nullptr;
};

// What leaves.
struct Outcome {
  google::rpc::Status error;  // code 0: none
  std::string response;       // serialized
  bool ok() const { return error.code() == 0; }
};
using OutcomeCallback = absl::AnyInvocable<void(Outcome)>;

// Makes the outcome of a call and writes its log line: method, code, reason and duration, and nothing of who
// called.
class CallReport {
 public:
  CallReport(app::Runtime& runtime, std::string method);
  // Called once.
  google::rpc::Status End(const absl::Status& status);

 private:
  app::Runtime& runtime_;
  std::string method_;
  int64_t start_ns_;
};

// Thread-safe. Must outlive the calls it admitted.
class Guard {
 public:
  explicit Guard(app::Runtime& runtime);

  // Runs a method of any shape but kWatch. `done` is called exactly once, here or on another thread.
  void Serve(const MethodInfo& method, const IncomingCall& incoming, OutcomeCallback done);

  // The checks alone; the caller runs the use case and makes the report.
  absl::StatusOr<std::unique_ptr<AdmittedCall>> Admit(const MethodInfo& method, const IncomingCall& incoming);

  app::Runtime& runtime() { return runtime_; }

 private:
  absl::StatusOr<app::Caller> Authenticate(const MethodInfo& method, const IncomingCall& incoming);
  static absl::Status Authorize(const MethodInfo& method, const app::Caller& caller);
  static absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Validate(const MethodInfo& method,
                                                                             const IncomingCall& incoming);
  absl::StatusOr<CallLimiter::Slot> TakeSlot(const MethodInfo& method, const app::Caller& caller);
  void Run(const MethodInfo& method, std::unique_ptr<AdmittedCall> admitted, ReplyCallback done);

  app::Runtime& runtime_;
  CallLimiter calls_{kCallsInFlightPerPersonMax};
  CallLimiter watches_{kStreamsPerPersonMax};
  BoundedPool slow_{kSlowThreads, kSlowQueueMax};  // last: its work uses the members above
};

}  // namespace mendwork::rpc
