// What is said: one CloudEvent (1.0) for one release, one revocation, or one check of the endpoint. It holds
// identifiers and never content: whoever may know more asks the API, where consent and audit apply.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "plugins/http/http.h"
#include "plugins/sdk/json.h"
#include "plugins/webhook/config.h"
#include "plugins/webhook/signature.h"

namespace mendwork::webhook {

struct Notice {
  std::string id;    // of the CloudEvent and of the webhook: the same in every attempt, no dots
  std::string type;  // "mendwork.response.released.v1" and so on
  std::string subject;
  absl::optional<absl::Time> time;
  sdk::Json data;
};

// A notice, or how the delivery ends without one.
struct NoticeOrRefusal {
  Notice notice;
  absl::optional<v1::Outcome> refusal;
};
NoticeOrRefusal ReleasedNotice(const Configuration& configuration, const v1::Event& event);
// Without a time: when somebody withdrew a consent is nobody's business.
NoticeOrRefusal RevokedNotice(const Configuration& configuration, const v1::RevokeRequest& request);
// Says only that the endpoint is configured; `unique` makes the id.
Notice CheckNotice(absl::string_view unique, absl::Time now);

// The request of one attempt at `now`. The same notice gives the same body at any time.
http::HttpRequest MakeRequest(const Configuration& configuration, const SigningKeys& keys,
                              const Notice& notice, absl::Time now);

}  // namespace mendwork::webhook
