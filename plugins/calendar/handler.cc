#include "plugins/calendar/handler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "plugins/calendar/dav.h"
#include "plugins/calendar/deliver.h"
#include "plugins/calendar/embedded.h"
#include "plugins/calendar/feed.h"
#include "plugins/calendar/multistatus.h"
#include "plugins/http/curl_client.h"

namespace mendwork::calendar {
namespace {

// The host probes every 15 s; servers count requests. A good answer holds for a while, a bad one is asked
// again.
constexpr absl::Duration kReadyHolds = absl::Minutes(5);
constexpr char kUserAgent[] = "calendar-export/0.1.0";  // the product's name would tell, in logs too
// Configure answers within 10 s, whatever the server does.
constexpr absl::Duration kConfigureBudget = absl::Seconds(5);

v1::ProbeResponse Probed(v1::ProbeState state, absl::string_view code, absl::string_view message) {
  v1::ProbeResponse out;
  out.set_state(state);
  if (!code.empty()) {
    const auto severity =
        state == v1::PROBE_STATE_DEGRADED ? v1::DIAGNOSTIC_SEVERITY_WARNING : v1::DIAGNOSTIC_SEVERITY_ERROR;
    *out.add_diagnostics() = sdk::MakeDiagnostic(severity, code, "", message);
  }
  return out;
}

v1::ProbeResponse Judge(const http::HttpResponse& answer, absl::Time now) {
  if (const absl::optional<v1::Outcome> failure = FailureOf(answer, now)) {
    return failure->has_retry() ? Probed(v1::PROBE_STATE_DEGRADED, failure->retry().code(),
                                         "The calendar server does not answer now.")
                                : Probed(v1::PROBE_STATE_MISCONFIGURED, failure->permanent().code(),
                                         "The calendar server refuses to show the calendar.");
  }
  const absl::optional<CollectionKind> kind = KindOfCollection(answer.body);
  if (!kind.has_value() || !kind->is_calendar) {
    return Probed(v1::PROBE_STATE_MISCONFIGURED, "not-a-calendar",
                  "There is no CalDAV calendar at calendarUrl.");
  }
  if (!kind->takes_events) {
    return Probed(v1::PROBE_STATE_MISCONFIGURED, "no-events", "The calendar takes no events.");
  }
  return Probed(v1::PROBE_STATE_READY, "", "");
}

// A header ends at a line feed: what holds one is no password.
bool IsPasswordGood(const std::string& password) {
  return std::none_of(password.begin(), password.end(),
                      [](unsigned char c) { return absl::ascii_iscntrl(c); });
}

}  // namespace

absl::string_view Handler::ManifestJson() const { return kManifestJson; }

absl::string_view Handler::ConfigurationSchema() const { return kConfigurationSchema; }

std::vector<v1::Capability> Handler::Capabilities() const {
  return {v1::CAPABILITY_DELIVER, v1::CAPABILITY_PREVIEW, v1::CAPABILITY_REVOKE, v1::CAPABILITY_RECONCILE};
}

std::vector<v1::Diagnostic> Handler::ValidateConfig(const v1::ValidateConfigRequest& request) const {
  return ParseConfiguration(request.configuration()).diagnostics;
}

std::vector<v1::Diagnostic> Handler::Configure(const v1::ConfigureRequest& request) {
  ParsedConfiguration parsed = ParseConfiguration(request.configuration());
  const absl::StatusOr<std::string> secret = sdk::ReadSecret(request, kPasswordSecret);
  if (secret.ok()) {
    parsed.configuration.password = *secret;
  }
  if (!IsPasswordGood(parsed.configuration.password) ||
      (!secret.ok() && !absl::IsNotFound(secret.status()))) {
    parsed.diagnostics.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, "secret-unusable",
                                                     "password", "The password cannot be used."));
  }
  if (sdk::HasError(parsed.diagnostics)) {
    return parsed.diagnostics;
  }
  auto setup = std::make_shared<Setup>();
  setup->configuration = std::move(parsed.configuration);
  setup->http = std::make_unique<http::CurlClient>(
      http::CurlOptions{.timeouts = setup->configuration.timeouts, .user_agent = kUserAgent});
  {
    absl::MutexLock lock(&mutex_);
    setup_ = setup;
    ready_until_ = absl::InfinitePast();
    revoked_feeds_gone_ = false;
  }
  sdk::CallContext context;
  context.deadline = absl::Now() + kConfigureBudget;
  Dav dav(setup->configuration, *setup->http, context);
  if (!AreRevokedFeedsGone(setup, context)) {
    parsed.diagnostics.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_WARNING, "feed-not-revoked",
                                                     "feed.revokedUrls",
                                                     "A former feed may still be readable."));
  }
  if (PublishFeed(dav, now_()).has_value()) {
    parsed.diagnostics.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_WARNING, "feed-not-published",
                                                     "feed.url",
                                                     "The feed will come with the next appointment."));
  }
  return parsed.diagnostics;
}

std::shared_ptr<const Handler::Setup> Handler::setup() const {
  absl::MutexLock lock(&mutex_);
  return setup_;
}

bool Handler::AreRevokedFeedsGone(const std::shared_ptr<const Setup>& setup,
                                  const sdk::CallContext& context) {
  {
    absl::MutexLock lock(&mutex_);
    if (revoked_feeds_gone_ && setup_ == setup) {
      return true;
    }
  }
  Dav dav(setup->configuration, *setup->http, context);
  const bool gone = DeleteRevokedFeeds(dav);
  absl::MutexLock lock(&mutex_);
  if (setup_ == setup) {
    revoked_feeds_gone_ = gone;
  }
  return gone;
}

v1::ProbeResponse Handler::Probe(const sdk::CallContext& context) {
  const std::shared_ptr<const Setup> setup = this->setup();
  if (!AreRevokedFeedsGone(setup, context)) {
    return Probed(v1::PROBE_STATE_DEGRADED, "feed-not-revoked", "A former feed may still be readable.");
  }
  {
    absl::MutexLock lock(&mutex_);
    if (now_() < ready_until_) {
      return Probed(v1::PROBE_STATE_READY, "", "");
    }
  }
  Dav dav(setup->configuration, *setup->http, context);
  v1::ProbeResponse response = Judge(dav.AskForCalendar(), now_());
  if (response.state() == v1::PROBE_STATE_READY) {
    absl::MutexLock lock(&mutex_);
    if (setup_ == setup) {
      ready_until_ = now_() + kReadyHolds;
    }
  }
  return response;
}

absl::StatusOr<v1::PreviewResponse> Handler::Preview(const sdk::CallContext& context,
                                                     const v1::Event& event) {
  const std::shared_ptr<const Setup> setup = this->setup();
  const Dav dav(setup->configuration, *setup->http, context);
  return calendar::Preview(dav, event);
}

v1::Outcome Handler::Deliver(const sdk::CallContext& context, const v1::DeliveryItem& item) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Dav dav(setup->configuration, *setup->http, context);
  v1::Outcome outcome = calendar::Deliver(dav, item, now_());
  if (!outcome.has_done()) {
    absl::MutexLock lock(&mutex_);
    ready_until_ = absl::InfinitePast();  // the next probe looks for itself
  }
  return outcome;
}

v1::Outcome Handler::Revoke(const sdk::CallContext& context, const v1::RevokeRequest& request) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Dav dav(setup->configuration, *setup->http, context);
  return calendar::Revoke(dav, request, now_());
}

absl::StatusOr<v1::ReconcileResponse> Handler::Reconcile(const sdk::CallContext& context,
                                                         const v1::ReconcileRequest& request) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Dav dav(setup->configuration, *setup->http, context);
  return calendar::Reconcile(dav, request, now_());
}

}  // namespace mendwork::calendar
