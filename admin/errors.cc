#include "admin/errors.h"

#include <nlohmann/json.hpp>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "admin/print.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace mendwork::admin {
namespace {

constexpr char kOriginUrl[] = "mendctl/origin";
constexpr char kDetailsUrl[] = "mendctl/details";

absl::Status LocalError(absl::StatusCode code, absl::string_view origin, absl::string_view message) {
  absl::Status status(code, message);
  status.SetPayload(kOriginUrl, absl::Cord(origin));
  return status;
}

std::string Payload(const absl::Status& status, absl::string_view url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : std::string();
}

ExitCode ExitCodeOf(const absl::Status& status) {
  const std::string origin = Payload(status, kOriginUrl);
  if (origin == "usage") {
    return ExitCode::kUsage;
  }
  if (status.code() == absl::StatusCode::kUnauthenticated) {
    return ExitCode::kNotSignedIn;
  }
  if (status.code() == absl::StatusCode::kUnavailable ||
      status.code() == absl::StatusCode::kDeadlineExceeded) {
    return ExitCode::kUnreachable;
  }
  // What nobody classified came from a local library call, such as reading a file.
  return origin.empty() ? ExitCode::kUsage : ExitCode::kRefused;
}

void ReadDetails(const std::string& bytes, Failure& failure) {
  google::rpc::Status details;
  if (bytes.empty() || !details.ParseFromString(bytes)) {
    return;
  }
  for (const google::protobuf::Any& any : details.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad_request;
    google::rpc::RetryInfo retry;
    google::rpc::LocalizedMessage localized;
    if (any.UnpackTo(&info)) {
      failure.reason = info.reason();
      failure.metadata = {info.metadata().begin(), info.metadata().end()};
    } else if (any.UnpackTo(&bad_request)) {
      for (const auto& violation : bad_request.field_violations()) {
        failure.problems.push_back({violation.field(), violation.description()});
      }
    } else if (any.UnpackTo(&retry)) {
      failure.retry_delay =
          absl::Seconds(retry.retry_delay().seconds()) + absl::Nanoseconds(retry.retry_delay().nanos());
    } else if (any.UnpackTo(&localized) && !localized.message().empty()) {
      failure.message = localized.message();
    }
  }
}

// By reason, or by code where the reason says no more; the first match wins.
struct Advice {
  absl::string_view key;
  absl::string_view command;  // only for this command; empty for every command
  absl::string_view text;
};

constexpr Advice kAdvice[] = {
    {"UNAUTHENTICATED", "sign-in",
     "Check the sign-in name and the secret. Whoever lost the secret gets a new code: mendctl staff reissue"},
    {"UNAUTHENTICATED", "enroll",
     "A code works once and ends after some days. Ask for a new one: mendctl staff reissue"},
    {"UNAUTHENTICATED", "change-secret",
     "Check the present secret, or sign in again: mendctl sign-in --name NAME"},
    {"UNAUTHENTICATED", "", "Sign in with: mendctl sign-in --name NAME"},
    {"ETAG_MISMATCH", "",
     "Somebody else changed it at the same moment. Look at it again, then repeat the command."},
    {"ALREADY_INITIALIZED", "",
     "Sign in as an administrator; another practice is made with: mendctl practice create"},
    {"LAST_ADMINISTRATOR", "",
     "Give another person the administrator role first: mendctl staff roles STAFF --role administrator"},
    {"LAST_LEAD", "", "Add another lead first: mendctl relation add COUPLE --staff STAFF --kind lead"},
    {"UNDER_AGE", "", "Mendwork is for adults only."},
    {"SECRET_NOT_REPEATED", "",
     "The code that the lost answer held is void. Run the command again for a new one."},
    {"PARTNER_NOT_CONFIRMED", "",
     "Record what you established with the partner alone: mendctl partner confirm"},
    {"PLUGIN_NOT_CONFIGURED", "", "Configure it first: mendctl plugin configure PLUGIN --file FILE"},
    {"NO_RECORD_LINK", "", "Link the partner to their chart first: mendctl partner link"},
    {"NOT_ACKNOWLEDGED", "", "Take it first: mendctl flag acknowledge FLAG"},
    {"PERMISSION_DENIED", "", "Your roles do not allow this. See them with: mendctl whoami"},
    {"NOT_FOUND", "",
     "Check the name with the matching list command; couples are visible only to staff with a current "
     "relation."},
    {"ABORTED", "", "Look at the present state, then repeat the command if it is still needed."},
    {"UNIMPLEMENTED", "",
     "This address does not serve the command. Use the administration socket: --server unix:DATA/admin.sock"},
    {"RESOURCE_EXHAUSTED", "", "Wait, then repeat the command."},
    {"UNAVAILABLE", "", "Check that mendworkd runs, and the address: --server ADDRESS or --data DIRECTORY"},
    {"DEADLINE_EXCEEDED", "",
     "Look at the present state before repeating; --timeout SECONDS allows more time."},
    {"INTERNAL", "", "The server's log says more."},
};

std::string AdviceFor(const Failure& failure, absl::string_view command) {
  for (const Advice& advice : kAdvice) {
    const bool key_matches = advice.key == failure.reason || advice.key == failure.code;
    if (key_matches && (advice.command.empty() || advice.command == command)) {
      return std::string(advice.text);
    }
  }
  return "";
}

}  // namespace

absl::Status UsageError(absl::string_view message) {
  return LocalError(absl::StatusCode::kInvalidArgument, "usage", message);
}

absl::Status NotSignedInError(absl::string_view message) {
  return LocalError(absl::StatusCode::kUnauthenticated, "local", message);
}

absl::Status UnreachableError(absl::string_view message) {
  return LocalError(absl::StatusCode::kUnavailable, "local", message);
}

absl::Status RefusedError(absl::string_view message) {
  return LocalError(absl::StatusCode::kFailedPrecondition, "local", message);
}

absl::Status ServerError(absl::StatusCode code, absl::string_view message, absl::string_view details) {
  absl::Status status = LocalError(code, "server", message);
  status.SetPayload(kDetailsUrl, absl::Cord(details));
  return status;
}

bool OutcomeIsUnknown(const absl::Status& status) {
  const bool is_open = status.code() == absl::StatusCode::kUnknown ||
                       status.code() == absl::StatusCode::kUnavailable ||
                       status.code() == absl::StatusCode::kDeadlineExceeded;
  // A reply with details was written by the server itself, which does so only after it decided.
  return is_open && Payload(status, kOriginUrl) == "server" && Payload(status, kDetailsUrl).empty();
}

Failure Explain(const absl::Status& status, absl::string_view command) {
  Failure failure;
  failure.exit_code = ExitCodeOf(status);
  failure.message = std::string(status.message());
  const std::string origin = Payload(status, kOriginUrl);
  if (origin == "server" || status.code() == absl::StatusCode::kUnauthenticated ||
      status.code() == absl::StatusCode::kUnavailable) {
    failure.code = absl::StatusCodeToString(status.code());
  }
  ReadDetails(Payload(status, kDetailsUrl), failure);
  failure.advice = AdviceFor(failure, command);
  if (failure.message.empty()) {
    failure.message = "The server gave no explanation.";
  }
  return failure;
}

std::string FailureText(const Failure& failure) {
  std::string text = absl::StrCat("mendctl: ", Clean(failure.message), "\n");
  if (!failure.reason.empty()) {
    absl::StrAppend(&text, "  reason: ", Clean(failure.reason), "\n");
  }
  for (const FieldProblem& problem : failure.problems) {
    const std::string flag = problem.flag.empty() ? "" : absl::StrCat(" (", problem.flag, ")");
    absl::StrAppend(&text, "  - ", Clean(problem.field), flag, problem.field.empty() ? "" : ": ",
                    Clean(problem.description), "\n");
  }
  for (const auto& [key, value] : failure.metadata) {
    absl::StrAppend(&text, "  ", Clean(key), ": ", Clean(value), "\n");
  }
  if (failure.retry_delay.has_value()) {
    absl::StrAppend(&text, "  wait at least ", absl::FormatDuration(*failure.retry_delay), "\n");
  }
  if (!failure.advice.empty()) {
    absl::StrAppend(&text, failure.advice, "\n");
  }
  return text;
}

std::string FailureJson(const Failure& failure) {
  nlohmann::json error = {{"exitCode", static_cast<int>(failure.exit_code)}, {"message", failure.message}};
  if (!failure.code.empty()) {
    error["code"] = failure.code;
  }
  if (!failure.reason.empty()) {
    error["reason"] = failure.reason;
  }
  for (const FieldProblem& problem : failure.problems) {
    error["fieldViolations"].push_back({{"field", problem.field}, {"description", problem.description}});
  }
  if (!failure.metadata.empty()) {
    error["metadata"] = failure.metadata;
  }
  if (failure.retry_delay.has_value()) {
    error["retryDelaySeconds"] = absl::ToDoubleSeconds(*failure.retry_delay);
  }
  if (!failure.advice.empty()) {
    error["advice"] = failure.advice;
  }
  const nlohmann::json document = {{"error", error}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace mendwork::admin
