// What an HTTP answer means for a delivery: done, later, never, or a person decides.
#pragma once

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "plugins/fhir/json.h"
#include "plugins/http/failure.h"
#include "plugins/sdk/handler.h"

namespace mendwork::fhir {

namespace v1 = ::mendwork::plugin::v1;

using http::HttpClient;
using http::HttpRequest;
using http::HttpResponse;
using http::RetryAfterOf;
using http::TransportFailure;

// A value, or how the delivery ends without one.
template <typename Value>
class OrOutcome {
 public:
  OrOutcome(Value value) : value_(std::move(value)) {}              // NOLINT: implicit like StatusOr
  OrOutcome(v1::Outcome outcome) : outcome_(std::move(outcome)) {}  // NOLINT
  bool ok() const { return value_.has_value(); }
  const Value& value() const { return *value_; }
  Value& value() { return *value_; }
  const v1::Outcome& outcome() const { return outcome_; }

 private:
  absl::optional<Value> value_;
  v1::Outcome outcome_;
};

// What a request was about: the same status means different things.
enum class Purpose { kChart, kSearch, kRead, kWrite };

// Nothing for a 2xx answer. 409 and 412 count as Retry here: whoever writes looks at what is there first.
absl::optional<v1::Outcome> FailureOf(const HttpResponse& response, Purpose purpose, absl::Time now);

// By status alone, for one entry of a transaction's answer.
absl::optional<v1::Outcome> FailureOfStatus(int status, Purpose purpose, absl::Duration retry_after);

// Logs code and expression of each issue of an OperationOutcome, and nothing else of it: its texts may quote
// answers.
void LogIssues(const Json& operation_outcome, int status);

}  // namespace mendwork::fhir
