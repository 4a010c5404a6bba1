#include "plugins/webhook/outcome.h"

#include <array>

#include "plugins/http/failure.h"

namespace mendwork::webhook {
namespace {

enum class Kind { kRetry, kItem, kConfiguration };

struct Rule {
  int first;
  int last;
  Kind kind;
  const char* code;
};

// The first rule that fits counts. A redirect is a failure: the receiver the administrator named is the only
// one.
constexpr std::array kRules = {
    Rule{300, 399, Kind::kConfiguration, "redirected"}, Rule{401, 401, Kind::kConfiguration, "unauthorized"},
    Rule{403, 403, Kind::kConfiguration, "forbidden"},  Rule{404, 405, Kind::kConfiguration, "not-found"},
    Rule{408, 408, Kind::kRetry, "timed-out"},          Rule{410, 410, Kind::kConfiguration, "gone"},
    Rule{429, 429, Kind::kRetry, "throttled"},          Rule{400, 499, Kind::kItem, "rejected"},
    Rule{500, 599, Kind::kRetry, "server-error"},
};

}  // namespace

absl::optional<v1::Outcome> FailureOf(const http::HttpResponse& response, absl::Time now) {
  if (response.status >= 200 && response.status <= 299) {
    return absl::nullopt;
  }
  for (const Rule& rule : kRules) {
    if (response.status < rule.first || response.status > rule.last) {
      continue;
    }
    if (rule.kind == Kind::kRetry) {
      return sdk::RetryOutcome(rule.code, http::RetryAfterOf(response, now));
    }
    return sdk::PermanentOutcome(
        rule.code, rule.kind == Kind::kItem ? v1::PERMANENT_SCOPE_ITEM : v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  if (response.failure == http::TransportFailure::kUntrusted) {
    return sdk::RetryOutcome("untrusted-certificate");  // a certificate that ran out is renewed tomorrow
  }
  const absl::optional<v1::Outcome> transport = http::OutcomeOfTransport(response.failure);
  return transport.has_value() ? transport
                               : sdk::PermanentOutcome("not-http", v1::PERMANENT_SCOPE_CONFIGURATION);
}

}  // namespace mendwork::webhook
