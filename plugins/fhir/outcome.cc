#include "plugins/fhir/outcome.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "plugins/sdk/log.h"

namespace mendwork::fhir {
namespace {

constexpr int kIssuesLoggedMax = 5;

enum class Kind { kRetry, kItem, kConfiguration };

struct Rule {
  int first;
  int last;
  Kind kind;
  const char* code;
};

// The first rule that fits counts.
constexpr std::array kRules = {
    Rule{300, 399, Kind::kConfiguration, "redirected"},
    Rule{401, 401, Kind::kConfiguration, "unauthorized"},
    Rule{403, 403, Kind::kConfiguration, "forbidden"},
    Rule{404, 404, Kind::kConfiguration, "not-found"},
    Rule{405, 406, Kind::kConfiguration, "unsupported"},
    Rule{407, 407, Kind::kConfiguration, "proxy"},
    Rule{408, 408, Kind::kRetry, "timed-out"},
    Rule{409, 409, Kind::kRetry, "contended"},
    Rule{410, 410, Kind::kConfiguration, "not-found"},
    Rule{412, 412, Kind::kRetry, "contended"},
    Rule{413, 413, Kind::kItem, "too-large"},
    Rule{415, 415, Kind::kConfiguration, "unsupported"},
    Rule{423, 425, Kind::kRetry, "contended"},
    Rule{428, 428, Kind::kConfiguration, "unsupported"},
    Rule{429, 429, Kind::kRetry, "throttled"},
    Rule{400, 499, Kind::kItem, "rejected"},
    Rule{501, 501, Kind::kConfiguration, "unsupported"},
    Rule{505, 505, Kind::kConfiguration, "unsupported"},
    Rule{500, 599, Kind::kRetry, "server-error"},
};

// FHIR's issue-type value set; anything else a server writes is logged as "other".
bool IsIssueType(const std::string& code) {
  static const std::set<std::string>& known = *new std::set<std::string>{
      "invalid",       "structure", "required",         "value",         "invariant",  "security",
      "login",         "unknown",   "expired",          "forbidden",     "suppressed", "processing",
      "not-supported", "duplicate", "multiple-matches", "not-found",     "deleted",    "too-long",
      "code-invalid",  "extension", "too-costly",       "business-rule", "conflict",   "transient",
      "lock-error",    "no-store",  "exception",        "timeout",       "incomplete", "throttled",
      "informational"};
  return known.count(code) != 0;
}

// A path of element names and indexes below a resource we send: "Observation.component[0].code". Free text
// never looks like it.
bool IsElementPath(absl::string_view text) {
  static const std::set<absl::string_view>& resources = *new std::set<absl::string_view>{
      "Bundle", "Observation", "Patient", "Questionnaire", "QuestionnaireResponse", "Task"};
  constexpr size_t kSegmentSizeMax = 40;
  const std::vector<absl::string_view> segments = absl::StrSplit(text, '.');
  if (segments.size() < 2 || segments.size() > 12 || resources.count(segments[0]) == 0) {
    return false;
  }
  return std::all_of(segments.begin() + 1, segments.end(), [](absl::string_view segment) {
    return !segment.empty() && segment.size() <= kSegmentSizeMax &&
           absl::ascii_islower(static_cast<unsigned char>(segment[0])) &&
           std::all_of(segment.begin(), segment.end(),
                       [](unsigned char c) { return absl::ascii_isalnum(c) || c == '[' || c == ']'; });
  });
}

}  // namespace

absl::optional<v1::Outcome> FailureOfStatus(int status, Purpose purpose, absl::Duration retry_after) {
  if (status >= 200 && status <= 299) {
    return absl::nullopt;
  }
  if (purpose == Purpose::kChart && (status == 404 || status == 410)) {
    return sdk::PermanentOutcome("chart-not-found", v1::PERMANENT_SCOPE_RECORD_LINK);
  }
  for (const Rule& rule : kRules) {
    if (status < rule.first || status > rule.last) {
      continue;
    }
    if (rule.kind == Kind::kRetry) {
      return sdk::RetryOutcome(rule.code, retry_after);
    }
    return sdk::PermanentOutcome(
        rule.code, rule.kind == Kind::kItem ? v1::PERMANENT_SCOPE_ITEM : v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  return sdk::PermanentOutcome("not-http", v1::PERMANENT_SCOPE_CONFIGURATION);
}

absl::optional<v1::Outcome> FailureOf(const HttpResponse& response, Purpose purpose, absl::Time now) {
  const absl::optional<v1::Outcome> transport = http::OutcomeOfTransport(response.failure);
  return transport.has_value() ? transport
                               : FailureOfStatus(response.status, purpose, RetryAfterOf(response, now));
}

void LogIssues(const Json& operation_outcome, int status) {
  const Json& issues = MemberAt(operation_outcome, "issue");
  int logged = 0;
  for (const Json& issue : issues.is_array() ? issues : Json::array()) {
    if (++logged > kIssuesLoggedMax) {
      break;
    }
    const std::string code = TextAt(issue, "code");
    const Json& expressions = MemberAt(issue, "expression");
    const bool has_expression = expressions.is_array() && !expressions.empty() && expressions[0].is_string();
    const std::string expression = has_expression ? expressions[0].get<std::string>() : std::string();
    sdk::Log(sdk::Severity::kWarning, "fhir_issue",
             {sdk::LogField::Number("status", status),
              sdk::LogField::Token("code", IsIssueType(code) ? code : "other"),
              sdk::LogField::Token("expression", IsElementPath(expression) ? expression : "none")});
  }
}

}  // namespace mendwork::fhir
