#include "plugins/webhook/handler.h"

#include <utility>

#include "plugins/http/curl_client.h"
#include "plugins/sdk/log.h"
#include "plugins/webhook/embedded.h"
#include "plugins/webhook/outcome.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"

namespace mendwork::webhook {
namespace {

constexpr char kUserAgent[] = "mendwork-webhook/0.1.0";
constexpr size_t kAnswerSizeMax = size_t{64} << 10;  // nobody reads it
constexpr absl::Duration kGoodHolds = absl::Hours(1);
constexpr absl::Duration kBadHolds = absl::Minutes(1);
constexpr size_t kCheckIdSize = 16;

v1::ProbeResponse Judge(const absl::optional<v1::Outcome>& failure) {
  v1::ProbeResponse out;
  if (!failure.has_value()) {
    out.set_state(v1::PROBE_STATE_READY);
  } else if (failure->has_retry()) {
    out.set_state(v1::PROBE_STATE_DEGRADED);
    *out.add_diagnostics() = sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_WARNING, failure->retry().code(),
                                                 "url", "The endpoint does not take notices now.");
  } else {
    out.set_state(v1::PROBE_STATE_MISCONFIGURED);
    *out.add_diagnostics() = sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, failure->permanent().code(),
                                                 "url", "The endpoint refuses a signed check.");
  }
  return out;
}

v1::Outcome Done(const Notice& notice, const std::string& body) {
  v1::Outcome out;
  v1::ExternalRef* ref = out.mutable_done()->add_refs();
  ref->set_type("CloudEvent");
  ref->set_id(notice.id);
  out.mutable_done()->set_content_hash(base::Sha256(body));
  return out;
}

}  // namespace

std::unique_ptr<http::HttpClient> OpenGuardedHttp(const Configuration& configuration) {
  http::CurlOptions options;
  options.timeouts = configuration.timeouts;
  options.user_agent = kUserAgent;
  options.body_size_max = kAnswerSizeMax;
  options.ca_certificates = configuration.ca_certificates;
  options.address_policy = http::AddressPolicy(configuration.allowed_networks);
  return std::make_unique<http::CurlClient>(std::move(options));
}

absl::string_view Handler::ManifestJson() const { return kManifestJson; }

absl::string_view Handler::ConfigurationSchema() const { return kConfigurationSchema; }

std::vector<v1::Capability> Handler::Capabilities() const {
  return {v1::CAPABILITY_DELIVER, v1::CAPABILITY_PREVIEW, v1::CAPABILITY_REVOKE};
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
  if (!sdk::HasError(parsed.diagnostics)) {
    absl::StatusOr<std::string> secret = sdk::ReadSecret(request, kSigningSecrets);
    absl::StatusOr<SigningKeys> keys = secret.ok() ? ParseSigningSecrets(*secret) : secret.status();
    if (secret.ok()) {
      base::Wipe(*secret);
    }
    if (keys.ok()) {
      setup->keys = *std::move(keys);
    } else {
      parsed.diagnostics.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, "secret-unusable", "",
                                                       std::string(keys.status().message())));
    }
  }
  if (!sdk::HasError(parsed.diagnostics)) {
    setup->configuration = std::move(parsed.configuration);
    setup->http = open_http_(setup->configuration);
    absl::MutexLock lock(&mutex_);
    setup_ = std::move(setup);
    checked_ = false;
    probe_again_ = absl::InfinitePast();
  }
  return parsed.diagnostics;
}

std::shared_ptr<const Handler::Setup> Handler::setup() const {
  absl::MutexLock lock(&mutex_);
  return setup_;
}

absl::optional<v1::Outcome> Handler::Send(const Setup& setup, const sdk::CallContext& context,
                                          const Notice& notice) {
  const http::HttpResponse response =
      setup.http->Send(MakeRequest(setup.configuration, setup.keys, notice, clock_.Now()), context);
  const absl::optional<v1::Outcome> failure = FailureOf(response, clock_.Now());
  if (failure.has_value()) {
    sdk::Log(sdk::Severity::kWarning, "notice_not_taken",
             {sdk::LogField::Number("status", response.status),
              sdk::LogField::Token(
                  "code", failure->has_retry() ? failure->retry().code() : failure->permanent().code())});
  }
  return failure;
}

absl::optional<v1::Outcome> Handler::SendCheck(const std::shared_ptr<const Setup>& setup,
                                               const sdk::CallContext& context) {
  const std::string unique = base::HexEncode(random_.Bytes(kCheckIdSize));
  const absl::optional<v1::Outcome> failure = Send(*setup, context, CheckNotice(unique, clock_.Now()));
  absl::MutexLock lock(&mutex_);
  if (setup_ == setup) {
    checked_ = checked_ || !failure.has_value();
    probed_ = Judge(failure);
    probe_again_ = clock_.Now() + (failure.has_value() ? kBadHolds : kGoodHolds);
  }
  return failure;
}

absl::optional<v1::Outcome> Handler::SendChecked(const sdk::CallContext& context,
                                                 const NoticeOrRefusal& notice) {
  if (notice.refusal.has_value()) {
    return notice.refusal;
  }
  const std::shared_ptr<const Setup> setup = this->setup();
  bool checked = false;
  {
    absl::MutexLock lock(&mutex_);
    checked = checked_;
  }
  if (!checked) {
    if (const absl::optional<v1::Outcome> failure = SendCheck(setup, context)) {
      return failure;
    }
  }
  const absl::optional<v1::Outcome> failure = Send(*setup, context, notice.notice);
  if (failure.has_value()) {
    absl::MutexLock lock(&mutex_);
    probe_again_ = absl::InfinitePast();  // the next probe looks for itself
  }
  return failure;
}

v1::ProbeResponse Handler::Probe(const sdk::CallContext& context) {
  {
    absl::MutexLock lock(&mutex_);
    if (clock_.Now() < probe_again_) {
      return probed_;
    }
  }
  return Judge(SendCheck(setup(), context));
}

absl::StatusOr<v1::PreviewResponse> Handler::Preview(const sdk::CallContext&, const v1::Event& event) {
  const std::shared_ptr<const Setup> setup = this->setup();
  const NoticeOrRefusal notice = ReleasedNotice(setup->configuration, event);
  v1::PreviewResponse out;
  if (notice.refusal.has_value()) {
    *out.mutable_refusal() = notice.refusal->permanent();
    return out;
  }
  http::HttpRequest request = MakeRequest(setup->configuration, setup->keys, notice.notice, clock_.Now());
  v1::PreviewDocument* document = out.add_documents();
  // Only where it goes: paths and queries of webhooks often hold a token.
  document->set_target("POST " + setup->configuration.url.Origin());
  for (const auto& [name, value] : request.headers) {
    if (name == "Content-Type") {
      document->set_media_type(value);
    }
  }
  document->set_content(std::move(request.body));
  return out;
}

v1::Outcome Handler::Deliver(const sdk::CallContext& context, const v1::DeliveryItem& item) {
  const std::shared_ptr<const Setup> setup = this->setup();
  const NoticeOrRefusal notice = ReleasedNotice(setup->configuration, item.event());
  absl::optional<v1::Outcome> failure = SendChecked(context, notice);
  return failure.has_value()
             ? *std::move(failure)
             : Done(notice.notice, MakeRequest(setup->configuration, {}, notice.notice, clock_.Now()).body);
}

v1::Outcome Handler::Revoke(const sdk::CallContext& context, const v1::RevokeRequest& request) {
  const NoticeOrRefusal notice = RevokedNotice(setup()->configuration, request);
  absl::optional<v1::Outcome> failure = SendChecked(context, notice);
  if (failure.has_value()) {
    return *std::move(failure);
  }
  v1::Outcome out;
  out.mutable_done();  // what the receiver still holds it alone knows
  return out;
}

}  // namespace mendwork::webhook
