// What the receiver's answer means: taken, later, or never.
#pragma once

#include "absl/time/time.h"
#include "plugins/http/http.h"

namespace mendwork::webhook {

namespace v1 = ::mendwork::plugin::v1;

// Nothing if the receiver took the notice (2xx). The status line decides, however the rest of the answer
// went: a receiver that said yes has it.
absl::optional<v1::Outcome> FailureOf(const http::HttpResponse& response, absl::Time now);

}  // namespace mendwork::webhook
