// What a plugin implements. The SDK owns the process, the socket, the life cycle and the rules of the
// contract (plugin.proto); a handler holds only what the plugin is about.
//
// Methods may run at the same time on several threads, except that the SDK never runs two Deliver or Revoke
// calls at once for one process. A handler answers within the deadline of its context and gives up within a
// second once Cancelled() is true. It keeps nothing outside the host's key-value store: the process may be
// killed at any instant.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "mendwork/plugin/v1/event.pb.h"
#include "mendwork/plugin/v1/plugin.pb.h"

namespace mendwork::sdk {

namespace v1 = ::mendwork::plugin::v1;

// The circumstances of one call.
struct CallContext {
  absl::Time deadline = absl::InfiniteFuture();
  // True once nobody waits for the answer any more.
  std::function<bool()> cancelled = [] { return false; };
};

class PluginHandler {
 public:
  virtual ~PluginHandler() = default;

  // The content of plugin.json and of config.schema.json, built into the executable.
  virtual absl::string_view ManifestJson() const = 0;
  virtual absl::string_view ConfigurationSchema() const = 0;
  // Fixed for the life of the process. Methods not declared are answered by the SDK and never reach the
  // handler.
  virtual std::vector<v1::Capability> Capabilities() const = 0;

  // All findings at once, each with the path of its field. No network traffic.
  virtual std::vector<v1::Diagnostic> ValidateConfig(const v1::ValidateConfigRequest& request) const = 0;
  // Applies the configuration as a whole, or, with an ERROR among the findings, nothing of it.
  virtual std::vector<v1::Diagnostic> Configure(const v1::ConfigureRequest& request) = 0;
  virtual v1::ProbeResponse Probe(const CallContext& context) = 0;

  // The rest runs only after a Configure without ERROR, and only if declared.
  virtual absl::StatusOr<v1::PreviewResponse> Preview(const CallContext& context, const v1::Event& event);
  virtual v1::Outcome Deliver(const CallContext& context, const v1::DeliveryItem& item);
  virtual v1::Outcome Revoke(const CallContext& context, const v1::RevokeRequest& request);
  virtual absl::StatusOr<v1::ReconcileResponse> Reconcile(const CallContext& context,
                                                          const v1::ReconcileRequest& request);
  // `write` returns false once nobody reads any more.
  virtual absl::Status Import(const CallContext& context, const v1::ImportRequest& request,
                              absl::FunctionRef<bool(const v1::ImportResponse&)> write);
};

// Shorthands for what most handlers return.
v1::Outcome RetryOutcome(absl::string_view code, absl::Duration after = absl::ZeroDuration());
v1::Outcome PermanentOutcome(absl::string_view code, v1::PermanentScope scope);
v1::Outcome ConflictOutcome(absl::string_view code, const std::vector<v1::ExternalRef>& refs);
v1::Diagnostic MakeDiagnostic(v1::DiagnosticSeverity severity, absl::string_view code,
                              absl::string_view field, absl::string_view message);
bool HasError(const std::vector<v1::Diagnostic>& diagnostics);

// Reads a secret handed over by the host: the whole content of the descriptor named `name`, from offset 0,
// without a trailing line feed. NOT_FOUND if the host gave none.
absl::StatusOr<std::string> ReadSecret(const v1::ConfigureRequest& request, absl::string_view name);

}  // namespace mendwork::sdk
