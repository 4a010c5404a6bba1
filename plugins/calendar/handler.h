// The calendar plugin as the SDK sees it: configuration in, calls to the calendar server out. No state but
// that.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "plugins/calendar/config.h"
#include "plugins/http/http.h"
#include "plugins/sdk/handler.h"

namespace mendwork::calendar {

class Handler final : public sdk::PluginHandler {
 public:
  explicit Handler(std::function<absl::Time()> now = absl::Now) : now_(std::move(now)) {}

  absl::string_view ManifestJson() const override;
  absl::string_view ConfigurationSchema() const override;
  std::vector<v1::Capability> Capabilities() const override;
  std::vector<v1::Diagnostic> ValidateConfig(const v1::ValidateConfigRequest& request) const override;
  // Also deletes former feeds and publishes the present one, if the server answers at once; what is left over
  // is done by Probe (deleting) and by the next Deliver or Revoke (publishing).
  std::vector<v1::Diagnostic> Configure(const v1::ConfigureRequest& request) override;
  // DEGRADED also while a former feed may still be read.
  v1::ProbeResponse Probe(const sdk::CallContext& context) override;
  absl::StatusOr<v1::PreviewResponse> Preview(const sdk::CallContext& context,
                                              const v1::Event& event) override;
  v1::Outcome Deliver(const sdk::CallContext& context, const v1::DeliveryItem& item) override;
  v1::Outcome Revoke(const sdk::CallContext& context, const v1::RevokeRequest& request) override;
  absl::StatusOr<v1::ReconcileResponse> Reconcile(const sdk::CallContext& context,
                                                  const v1::ReconcileRequest& request) override;

 private:
  // One configuration with what belongs to it; replaced as a whole, so that a running call keeps its own.
  struct Setup {
    Configuration configuration;
    std::unique_ptr<http::HttpClient> http;
  };
  std::shared_ptr<const Setup> setup() const;
  bool AreRevokedFeedsGone(const std::shared_ptr<const Setup>& setup, const sdk::CallContext& context);

  const std::function<absl::Time()> now_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Setup> setup_ ABSL_GUARDED_BY(mutex_);
  absl::Time ready_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  bool revoked_feeds_gone_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mendwork::calendar
