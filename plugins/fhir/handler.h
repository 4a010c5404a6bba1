// The FHIR plugin as the SDK sees it: configuration in, calls to the record system out. No state but that.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "plugins/fhir/config.h"
#include "plugins/http/http.h"
#include "plugins/sdk/handler.h"

namespace mendwork::fhir {

class Handler final : public sdk::PluginHandler {
 public:
  absl::string_view ManifestJson() const override;
  absl::string_view ConfigurationSchema() const override;
  std::vector<v1::Capability> Capabilities() const override;
  std::vector<v1::Diagnostic> ValidateConfig(const v1::ValidateConfigRequest& request) const override;
  std::vector<v1::Diagnostic> Configure(const v1::ConfigureRequest& request) override;
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
    std::string bearer_token;
    std::unique_ptr<http::HttpClient> http;
  };
  std::shared_ptr<const Setup> setup() const;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const Setup> setup_ ABSL_GUARDED_BY(mutex_);
  absl::Time ready_until_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace mendwork::fhir
