#include "plugins/fhir/handler.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "plugins/fhir/client.h"
#include "plugins/fhir/deliver.h"
#include "plugins/fhir/embedded.h"
#include "plugins/fhir/revoke.h"
#include "plugins/http/curl_client.h"

namespace mendwork::fhir {
namespace {

// The host probes every 15 s; servers count requests. A good answer holds for a while, a bad one is asked
// again.
constexpr absl::Duration kReadyHolds = absl::Minutes(5);
constexpr char kUserAgent[] = "mendwork-fhir/0.1.0";

bool IsTokenGood(const std::string& token) {
  return !token.empty() &&
         std::all_of(token.begin(), token.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

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

v1::ProbeResponse Judge(const Client& client, const Reply& reply) {
  if (const absl::optional<v1::Outcome> failure = client.FailureOf(reply, Purpose::kRead)) {
    if (failure->has_retry()) {
      return Probed(v1::PROBE_STATE_DEGRADED, failure->retry().code(),
                    "The record system does not answer now.");
    }
    return Probed(v1::PROBE_STATE_MISCONFIGURED, failure->permanent().code(),
                  "The record system refuses to tell its capabilities.");
  }
  if (TextAt(reply.body, "resourceType") != "CapabilityStatement") {
    return Probed(v1::PROBE_STATE_MISCONFIGURED, "not-fhir", "There is no FHIR server at the base URL.");
  }
  const std::string version = TextAt(reply.body, "fhirVersion");
  if (!version.empty() && !absl::StartsWith(version, "4.0")) {
    return Probed(v1::PROBE_STATE_MISCONFIGURED, "not-r4",
                  "The server speaks another version of FHIR than R4.");
  }
  return Probed(v1::PROBE_STATE_READY, "", "");
}

}  // namespace

absl::string_view Handler::ManifestJson() const { return kManifestJson; }

absl::string_view Handler::ConfigurationSchema() const { return kConfigurationSchema; }

std::vector<v1::Capability> Handler::Capabilities() const {
  return {v1::CAPABILITY_DELIVER, v1::CAPABILITY_PREVIEW, v1::CAPABILITY_REVOKE, v1::CAPABILITY_RECONCILE};
}

std::vector<v1::Diagnostic> Handler::ValidateConfig(const v1::ValidateConfigRequest& request) const {
  const std::vector<std::string> names(request.secret_names().begin(), request.secret_names().end());
  return ParseConfiguration(request.configuration(), names).diagnostics;
}

std::vector<v1::Diagnostic> Handler::Configure(const v1::ConfigureRequest& request) {
  std::vector<std::string> names;
  for (const v1::SecretSource& source : request.secrets()) {
    names.push_back(source.name());
  }
  ParsedConfiguration parsed = ParseConfiguration(request.configuration(), names);
  auto setup = std::make_shared<Setup>();
  if (!sdk::HasError(parsed.diagnostics) && parsed.configuration.uses_bearer_token) {
    absl::StatusOr<std::string> token = sdk::ReadSecret(request, kBearerTokenSecret);
    if (!token.ok() || !IsTokenGood(*token)) {
      parsed.diagnostics.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, "secret-unusable",
                                                       "authentication",
                                                       "The secret bearer_token cannot be used."));
    } else {
      setup->bearer_token = *std::move(token);
    }
  }
  if (!sdk::HasError(parsed.diagnostics)) {
    setup->configuration = std::move(parsed.configuration);
    setup->http = std::make_unique<http::CurlClient>(
        http::CurlOptions{.timeouts = setup->configuration.timeouts, .user_agent = kUserAgent});
    absl::MutexLock lock(&mutex_);
    setup_ = std::move(setup);
    ready_until_ = absl::InfinitePast();
  }
  return parsed.diagnostics;
}

std::shared_ptr<const Handler::Setup> Handler::setup() const {
  absl::MutexLock lock(&mutex_);
  return setup_;
}

v1::ProbeResponse Handler::Probe(const sdk::CallContext& context) {
  {
    absl::MutexLock lock(&mutex_);
    if (absl::Now() < ready_until_) {
      return Probed(v1::PROBE_STATE_READY, "", "");
    }
  }
  const std::shared_ptr<const Setup> setup = this->setup();
  Client client(setup->configuration, setup->bearer_token, *setup->http, context);
  v1::ProbeResponse response = Judge(client, client.Capabilities());
  if (response.state() == v1::PROBE_STATE_READY) {
    absl::MutexLock lock(&mutex_);
    if (setup_ == setup) {
      ready_until_ = absl::Now() + kReadyHolds;
    }
  }
  return response;
}

absl::StatusOr<v1::PreviewResponse> Handler::Preview(const sdk::CallContext& context,
                                                     const v1::Event& event) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Client client(setup->configuration, setup->bearer_token, *setup->http, context);
  return fhir::Preview(client, event);
}

v1::Outcome Handler::Deliver(const sdk::CallContext& context, const v1::DeliveryItem& item) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Client client(setup->configuration, setup->bearer_token, *setup->http, context);
  v1::Outcome outcome = fhir::Deliver(client, item);
  if (!outcome.has_done()) {
    absl::MutexLock lock(&mutex_);
    ready_until_ = absl::InfinitePast();  // the next probe looks for itself
  }
  return outcome;
}

v1::Outcome Handler::Revoke(const sdk::CallContext& context, const v1::RevokeRequest& request) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Client client(setup->configuration, setup->bearer_token, *setup->http, context);
  return fhir::Revoke(client, request);
}

absl::StatusOr<v1::ReconcileResponse> Handler::Reconcile(const sdk::CallContext& context,
                                                         const v1::ReconcileRequest& request) {
  const std::shared_ptr<const Setup> setup = this->setup();
  Client client(setup->configuration, setup->bearer_token, *setup->http, context);
  return fhir::Reconcile(client, request);
}

}  // namespace mendwork::fhir
