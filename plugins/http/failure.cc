#include "plugins/http/failure.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mendwork::http {
namespace {

namespace v1 = sdk::v1;

constexpr absl::Duration kRetryAfterMax = absl::Hours(24);

absl::Duration FromRateLimit(absl::string_view header) {
  int64_t seconds = 0;
  for (const absl::string_view limit : absl::StrSplit(header, ',')) {
    int64_t remaining = 1;
    int64_t reset = 0;
    for (const absl::string_view part : absl::StrSplit(limit, ';')) {
      const absl::string_view trimmed = absl::StripAsciiWhitespace(part);
      int64_t number = 0;
      if (absl::StartsWith(trimmed, "r=") && absl::SimpleAtoi(trimmed.substr(2), &number)) {
        remaining = number;
      } else if (absl::StartsWith(trimmed, "t=") && absl::SimpleAtoi(trimmed.substr(2), &number)) {
        reset = number;
      }
    }
    if (remaining <= 0) {
      seconds = std::max(seconds, reset);
    }
  }
  return absl::Seconds(seconds);
}

absl::Duration Bounded(absl::Duration duration) {
  return std::clamp(duration, absl::ZeroDuration(), kRetryAfterMax);
}

}  // namespace

absl::optional<v1::Outcome> OutcomeOfTransport(TransportFailure failure) {
  switch (failure) {
    case TransportFailure::kNone:
      return absl::nullopt;
    case TransportFailure::kUnreachable:
      return sdk::RetryOutcome("unreachable");
    case TransportFailure::kTimedOut:
      return sdk::RetryOutcome("timed-out");
    case TransportFailure::kCancelled:
      return sdk::RetryOutcome("cancelled");
    case TransportFailure::kUntrusted:
      return sdk::PermanentOutcome("untrusted-certificate", v1::PERMANENT_SCOPE_CONFIGURATION);
    case TransportFailure::kTooLarge:
      return sdk::PermanentOutcome("answer-too-large", v1::PERMANENT_SCOPE_CONFIGURATION);
    case TransportFailure::kAddressRefused:
      return sdk::PermanentOutcome("address-refused", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  return absl::nullopt;
}

absl::Duration RetryAfterOf(const HttpResponse& response, absl::Time now) {
  const auto header = response.headers.find("retry-after");
  if (header != response.headers.end()) {
    int64_t seconds = 0;
    if (absl::SimpleAtoi(header->second, &seconds)) {
      return Bounded(absl::Seconds(seconds));
    }
    absl::Time time;
    if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", header->second, &time, nullptr)) {
      return Bounded(time - now);
    }
  }
  const auto rate_limit = response.headers.find("ratelimit");
  return rate_limit == response.headers.end() ? absl::ZeroDuration()
                                              : Bounded(FromRateLimit(rate_limit->second));
}

}  // namespace mendwork::http
