#include "service/rpc/guard.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <chrono>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "service/rpc/status.h"
#include "service/rpc/validate.h"

namespace mendwork::rpc {
namespace {

using google::protobuf::Message;

constexpr size_t kErrorIdBytes = 10;

int64_t SteadyNanoseconds() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// The token of "Bearer <token>" (RFC 6750); nothing for any other text.
absl::optional<absl::string_view> BearerToken(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "bearer ";
  if (authorization.size() > kAuthorizationBytesMax || !absl::StartsWithIgnoreCase(authorization, kScheme)) {
    return absl::nullopt;
  }
  const absl::string_view token = absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
  return token.empty() ? absl::nullopt : absl::make_optional(token);
}

absl::Status CheckMetadata(const IncomingCall& incoming) {
  if (incoming.metadata_bytes > kMetadataBytesMax) {
    return base::Error(
        absl::StatusCode::kResourceExhausted, "METADATA_TOO_LARGE",
        absl::StrCat("The metadata of a call may take at most ", kMetadataBytesMax, " bytes."));
  }
  return absl::OkStatus();
}

absl::Status CheckInTime(absl::Duration time_left) {
  if (time_left <= absl::ZeroDuration()) {
    return base::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_PASSED",
                       "The deadline of the call had passed before its work began; nothing was done.");
  }
  return absl::OkStatus();
}

// The same for the same request, whatever order or encoding the client chose. Keyed, because the hash is
// stored and the answer to a question can be short enough to be guessed from a plain one. Leaves the request
// as it was.
std::string HashWithoutRequestId(const MethodInfo& method, const base::Secret& key, Message& request) {
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  const std::string request_id = reflection.GetString(request, method.request_id);
  reflection.ClearField(&request, method.request_id);
  std::string bytes = "request body ";
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  reflection.SetString(&request, method.request_id, request_id);
  return base::KeyedHash(key.view(), bytes);
}

}  // namespace

CallReport::CallReport(app::Runtime& runtime, std::string method)
    : runtime_(runtime), method_(std::move(method)), start_ns_(SteadyNanoseconds()) {}

google::rpc::Status CallReport::End(const absl::Status& status) {
  const int64_t duration_us = (SteadyNanoseconds() - start_ns_) / 1000;
  if (status.ok()) {
    base::Log(base::Severity::kInfo, "call",
              {{"method", method_}, {"code", "OK"}, {"reason", ""}, {"duration_us", duration_us}});
    return google::rpc::Status();
  }
  const std::string code = absl::StatusCodeToString(status.code());
  const std::string reason = ReasonOf(status);
  if (!StaysInside(status)) {
    base::Log(base::Severity::kInfo, "call",
              {{"method", method_}, {"code", code}, {"reason", reason}, {"duration_us", duration_us}});
    return ToRpcStatus(status, "");
  }
  const std::string error_id = base::Base32Encode(runtime_.random().Bytes(kErrorIdBytes));
  base::Log(base::Severity::kError, "call",
            {{"method", method_},
             {"code", code},
             {"reason", reason},
             {"duration_us", duration_us},
             {"error_id", error_id}});
  return ToRpcStatus(status, error_id);
}

Guard::Guard(app::Runtime& runtime) : runtime_(runtime) {}

void Guard::Serve(const MethodInfo& method, const IncomingCall& incoming, OutcomeCallback done) {
  ReplyCallback finish = [report = CallReport(runtime_, method.full_name),
                          done = std::move(done)](Reply reply) mutable {
    Outcome outcome;
    outcome.error = report.End(reply.status());
    if (reply.ok()) {
      outcome.response = *std::move(reply);
    }
    done(std::move(outcome));
  };
  absl::StatusOr<std::unique_ptr<AdmittedCall>> admitted = Admit(method, incoming);
  if (!admitted.ok()) {
    finish(admitted.status());
    return;
  }
  Run(method, *std::move(admitted), std::move(finish));
}

absl::StatusOr<std::unique_ptr<AdmittedCall>> Guard::Admit(const MethodInfo& method,
                                                           const IncomingCall& incoming) {
  MENDWORK_RETURN_IF_ERROR(CheckMetadata(incoming));
  MENDWORK_RETURN_IF_ERROR(CheckInTime(incoming.time_left));
  MENDWORK_ASSIGN_OR_RETURN(app::Caller caller, Authenticate(method, incoming));
  MENDWORK_RETURN_IF_ERROR(Authorize(method, caller));
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<Message> request, Validate(method, incoming));
  MENDWORK_ASSIGN_OR_RETURN(CallLimiter::Slot slot, TakeSlot(method, caller));
  if (incoming.cancelled()) {
    return base::Error(absl::StatusCode::kCancelled, "CALL_CANCELLED",
                       "The call was cancelled before its work began; nothing was done.");
  }
  std::unique_ptr<AdmittedCall> admitted(new AdmittedCall{app::Call{runtime_, std::move(caller)}});
  admitted->method = method.full_name;
  if (method.request_id != nullptr) {
    admitted->request_id =
        absl::AsciiStrToLower(request->GetReflection()->GetString(*request, method.request_id));
    admitted->body_hash = HashWithoutRequestId(method, runtime_.login_key(), *request);
  }
  admitted->request = std::move(request);
  admitted->deadline = runtime_.Now() + std::min(incoming.time_left, kDeadlineMax);
  admitted->slot = std::move(slot);
  return admitted;
}

absl::StatusOr<app::Caller> Guard::Authenticate(const MethodInfo& method, const IncomingCall& incoming) {
  if (method.anonymous) {
    return app::Caller();  // A stale token of an earlier session must not keep somebody from signing in.
  }
  if (incoming.authorization_count == 0) {
    return base::Error(absl::StatusCode::kUnauthenticated, "SESSION_MISSING",
                       "The call needs a session: send the metadata `authorization: Bearer {token}` once.");
  }
  const absl::optional<absl::string_view> token = BearerToken(incoming.authorization);
  if (incoming.authorization_count > 1 || !token.has_value()) {
    return base::Error(absl::StatusCode::kUnauthenticated, "AUTHORIZATION_MALFORMED",
                       "The call needs the metadata `authorization: Bearer {token}`, once.");
  }
  return app::Authenticate(runtime_, *token);
}

absl::Status Guard::Authorize(const MethodInfo& method, const app::Caller& caller) {
  if (method.anonymous || method.roles == 0 || (method.roles & caller.roles) != 0) {
    return absl::OkStatus();
  }
  return base::Error(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                     "No role of the caller may call this method.");
}

absl::StatusOr<std::unique_ptr<Message>> Guard::Validate(const MethodInfo& method,
                                                         const IncomingCall& incoming) {
  std::unique_ptr<Message> request = method.handler.new_request();
  if (incoming.body == nullptr || !request->ParseFromZeroCopyStream(incoming.body)) {
    return base::Error(absl::StatusCode::kInvalidArgument, "MALFORMED_REQUEST",
                       absl::StrCat("The request is not a ", request->GetDescriptor()->full_name(),
                                    ": its bytes are broken, nested too deep, or a text is not UTF-8."));
  }
  MENDWORK_RETURN_IF_ERROR(
      ValidateRequest(*request, method.side_effects ? UnknownFields::kRefuse : UnknownFields::kIgnore));
  return request;
}

absl::StatusOr<CallLimiter::Slot> Guard::TakeSlot(const MethodInfo& method, const app::Caller& caller) {
  if (caller.anonymous()) {
    return CallLimiter::Slot();  // The slow pool's queue bounds these.
  }
  const bool watch = method.handler.shape == Shape::kWatch;
  absl::optional<CallLimiter::Slot> slot = (watch ? watches_ : calls_).Enter(caller.person_id);
  if (slot.has_value()) {
    return *std::move(slot);
  }
  if (watch) {
    return base::Exhausted(
        "TOO_MANY_STREAMS",
        absl::StrCat("One person may have at most ", kStreamsPerPersonMax, " streams open."),
        absl::Seconds(10));
  }
  return base::Exhausted("TOO_MANY_CALLS", "One person has too many calls running at once.",
                         absl::Seconds(1));
}

void Guard::Run(const MethodInfo& method, std::unique_ptr<AdmittedCall> admitted, ReplyCallback done) {
  const Handler& handler = method.handler;
  if (!handler.slow) {
    handler.run(std::move(admitted), std::move(done));
    return;
  }
  // Shared, because a refused piece of work must still be answered.
  auto answer = std::make_shared<ReplyCallback>(std::move(done));
  absl::AnyInvocable<void()> work = [&handler, answer, admitted = std::move(admitted)]() mutable {
    const absl::Status in_time = CheckInTime(admitted->deadline - admitted->call.runtime.Now());
    if (!in_time.ok()) {
      (*answer)(in_time);
      return;
    }
    handler.run(std::move(admitted), std::move(*answer));
  };
  if (!slow_.TryRun(work)) {
    (*answer)(base::Exhausted("SERVER_BUSY", "The server is busy. Try again later.", kSlowRetryDelay));
  }
}

}  // namespace mendwork::rpc
