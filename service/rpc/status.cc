#include "service/rpc/status.h"

#include <google/protobuf/util/time_util.h>

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "service/base/status.h"
#include "service/rpc/limits.h"

namespace mendwork::rpc {
namespace {

constexpr char kDomain[] = "mendwork";

absl::string_view GenericText(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return "The call was cancelled.";
    case absl::StatusCode::kInvalidArgument:
      return "The request is not valid.";
    case absl::StatusCode::kDeadlineExceeded:
      return "The deadline of the call passed.";
    case absl::StatusCode::kAlreadyExists:
      return "The resource exists already.";
    case absl::StatusCode::kPermissionDenied:
      return "The caller may not do this.";
    case absl::StatusCode::kResourceExhausted:
      return "The server is busy. Try again later.";
    case absl::StatusCode::kFailedPrecondition:
      return "The resource is not in a state that allows this.";
    case absl::StatusCode::kAborted:
      return "The call met a change made at the same time. Read the resource again.";
    case absl::StatusCode::kOutOfRange:
      return "A value of the request is out of range.";
    case absl::StatusCode::kUnimplemented:
      return "The server does not do this.";
    case absl::StatusCode::kUnavailable:
      return "The server is not available now. Try again later.";
    case absl::StatusCode::kUnauthenticated:
      return "The call needs a valid session.";
    default:
      return "The call failed.";
  }
}

std::string CodeName(absl::StatusCode code) {
  const std::string name = absl::StatusCodeToString(code);
  return name.empty() ? "UNKNOWN" : name;
}

std::string TextOf(const absl::Status& status, absl::string_view error_id) {
  if (StaysInside(status)) {
    return absl::StrCat("An internal error happened; the log has it under ", error_id, ".");
  }
  if (base::Reason(status).empty()) {
    return std::string(GenericText(status.code()));
  }
  return std::string(status.message());
}

// The violations that fit; how many were left out is told beside them.
google::rpc::BadRequest FittingViolations(const std::vector<base::Violation>& violations, size_t bytes_max) {
  google::rpc::BadRequest bad_request;
  size_t bytes = 0;
  for (const base::Violation& violation : violations) {
    // Tags and lengths take a few bytes each.
    bytes += violation.field.size() + violation.message.size() + violation.rule.size() + 16;
    if (bytes > bytes_max) {
      break;
    }
    google::rpc::BadRequest::FieldViolation& added = *bad_request.add_field_violations();
    added.set_field(violation.field);
    added.set_description(violation.message);
    added.set_reason(absl::AsciiStrToUpper(violation.rule));  // the domain's own are in lower case
  }
  return bad_request;
}

void AddRetryInfo(absl::Duration delay, google::rpc::Status& result) {
  google::rpc::RetryInfo retry;
  *retry.mutable_retry_delay() =
      google::protobuf::util::TimeUtil::MillisecondsToDuration(absl::ToInt64Milliseconds(delay));
  result.add_details()->PackFrom(retry);
}

bool IsForThePerson(absl::StatusCode code) {
  return code == absl::StatusCode::kInvalidArgument || code == absl::StatusCode::kFailedPrecondition;
}

}  // namespace

bool StaysInside(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

std::string ReasonOf(const absl::Status& status) {
  const std::string reason = base::Reason(status);
  return reason.empty() ? CodeName(status.code()) : reason;
}

google::rpc::Status ToRpcStatus(const absl::Status& status, absl::string_view error_id) {
  if (status.code() == absl::StatusCode::kNotFound) {
    google::rpc::ErrorInfo info;
    info.set_reason("NOT_FOUND");
    info.set_domain(kDomain);
    google::rpc::Status result;
    result.set_code(static_cast<int>(absl::StatusCode::kNotFound));
    result.set_message(std::string(base::NotFound().message()));
    result.add_details()->PackFrom(info);
    return result;
  }

  google::rpc::Status result;
  result.set_code(static_cast<int>(StaysInside(status) ? absl::StatusCode::kInternal : status.code()));
  result.set_message(TextOf(status, error_id));

  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(StaysInside(status) ? "INTERNAL" : ReasonOf(status));
  if (StaysInside(status)) {
    (*info.mutable_metadata())["errorId"] = std::string(error_id);
  }
  google::rpc::BadRequest bad_request;
  const std::vector<base::Violation> violations = base::Violations(status);
  if (!violations.empty() && !StaysInside(status)) {
    bad_request = FittingViolations(violations, kErrorDetailsBytesMax);
    const size_t left_out = violations.size() - static_cast<size_t>(bad_request.field_violations_size());
    if (left_out > 0) {
      (*info.mutable_metadata())["violationsLeftOut"] = absl::StrCat(left_out);
    }
  }
  result.add_details()->PackFrom(info);
  if (bad_request.field_violations_size() > 0) {
    result.add_details()->PackFrom(bad_request);
  }
  if (const absl::optional<absl::Duration> delay = base::RetryAfter(status); delay.has_value()) {
    AddRetryInfo(*delay, result);
  }
  if (IsForThePerson(status.code())) {
    google::rpc::LocalizedMessage localized;
    localized.set_locale("en");
    localized.set_message(result.message());
    result.add_details()->PackFrom(localized);
  }
  return result;
}

}  // namespace mendwork::rpc
