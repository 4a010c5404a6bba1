// What every plugin makes of a failed exchange, whatever it was about.
#pragma once

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "plugins/http/http.h"

namespace mendwork::http {

// Nothing if there is a response.
absl::optional<sdk::v1::Outcome> OutcomeOfTransport(TransportFailure failure);

// From Retry-After (seconds or a date) or, failing that, the exhausted limits of a RateLimit header
// ("requests";r=0;t=12). Zero if the server said nothing, 24 hours at most.
absl::Duration RetryAfterOf(const HttpResponse& response, absl::Time now);

}  // namespace mendwork::http
