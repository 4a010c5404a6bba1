// Every way a command can fail, as one absl::Status: what it means for the exit code, and the words that let
// a person act on it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace mendwork::admin {

// Documented in `mendctl --help`; scripts rely on the numbers.
enum class ExitCode { kOk = 0, kRefused = 1, kUsage = 2, kUnreachable = 3, kNotSignedIn = 4 };

// The command line, or a file or terminal that it names, cannot be used.
absl::Status UsageError(absl::string_view message);
absl::Status NotSignedInError(absl::string_view message);
absl::Status UnreachableError(absl::string_view message);
// A check that mendctl itself makes refused something.
absl::Status RefusedError(absl::string_view message);
// What a server answered; `details` are the bytes of `grpc-status-details-bin`, or empty.
absl::Status ServerError(absl::StatusCode code, absl::string_view message, absl::string_view details);

// True when the request may have been carried out although no answer came.
bool OutcomeIsUnknown(const absl::Status& status);

struct FieldProblem {
  std::string field;  // of the request, as the server names it
  std::string description;
  std::string flag = "";  // of the command that set it, when known
};

struct Failure {
  ExitCode exit_code = ExitCode::kRefused;
  std::string code;    // "FAILED_PRECONDITION"; empty when no server was involved
  std::string reason;  // "ETAG_MISMATCH"; empty when the server gave none
  std::string message;
  std::vector<FieldProblem> problems;
  std::map<std::string, std::string> metadata;
  absl::optional<absl::Duration> retry_delay;
  std::string advice;  // what to do next; may be empty
};

// `command` is the path of the command that failed, such as "sign-in"; it selects the advice.
Failure Explain(const absl::Status& status, absl::string_view command);

std::string FailureText(const Failure& failure);
std::string FailureJson(const Failure& failure);

}  // namespace mendwork::admin
