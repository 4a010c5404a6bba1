// The webhook plugin as the SDK sees it: configuration in, signed notices out. No state but the
// configuration and whether the endpoint answered a check since.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "plugins/http/http.h"
#include "plugins/sdk/handler.h"
#include "plugins/webhook/config.h"
#include "plugins/webhook/notice.h"
#include "plugins/webhook/signature.h"
#include "service/base/clock.h"
#include "service/base/random.h"

namespace mendwork::webhook {

// Makes the client of a configuration.
using OpenHttp = std::function<std::unique_ptr<http::HttpClient>(const Configuration&)>;
std::unique_ptr<http::HttpClient> OpenGuardedHttp(const Configuration& configuration);

class Handler final : public sdk::PluginHandler {
 public:
  // `clock` and `random` outlive the handler.
  Handler(const base::Clock& clock, base::RandomSource& random, OpenHttp open_http = OpenGuardedHttp)
      : clock_(clock), random_(random), open_http_(std::move(open_http)) {}

  absl::string_view ManifestJson() const override;
  absl::string_view ConfigurationSchema() const override;
  std::vector<v1::Capability> Capabilities() const override;
  std::vector<v1::Diagnostic> ValidateConfig(const v1::ValidateConfigRequest& request) const override;
  std::vector<v1::Diagnostic> Configure(const v1::ConfigureRequest& request) override;
  // Sends a check notice, at most once an hour while it is taken and once a minute while it is not.
  v1::ProbeResponse Probe(const sdk::CallContext& context) override;
  absl::StatusOr<v1::PreviewResponse> Preview(const sdk::CallContext& context,
                                              const v1::Event& event) override;
  v1::Outcome Deliver(const sdk::CallContext& context, const v1::DeliveryItem& item) override;
  v1::Outcome Revoke(const sdk::CallContext& context, const v1::RevokeRequest& request) override;

 private:
  // One configuration with what belongs to it; replaced as a whole, so that a running call keeps its own.
  struct Setup {
    Configuration configuration;
    SigningKeys keys;
    std::unique_ptr<http::HttpClient> http;
  };
  std::shared_ptr<const Setup> setup() const;

  // Nothing if the receiver took it.
  absl::optional<v1::Outcome> Send(const Setup& setup, const sdk::CallContext& context, const Notice& notice);
  absl::optional<v1::Outcome> SendCheck(const std::shared_ptr<const Setup>& setup,
                                        const sdk::CallContext& context);
  // Nothing about a person goes to an endpoint that has not taken a signed check since it was configured.
  absl::optional<v1::Outcome> SendChecked(const sdk::CallContext& context, const NoticeOrRefusal& notice);

  const base::Clock& clock_;
  base::RandomSource& random_;
  const OpenHttp open_http_;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Setup> setup_ ABSL_GUARDED_BY(mutex_);
  bool checked_ ABSL_GUARDED_BY(mutex_) = false;
  v1::ProbeResponse probed_ ABSL_GUARDED_BY(mutex_);
  absl::Time probe_again_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace mendwork::webhook
