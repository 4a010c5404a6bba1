#include "plugins/sdk/handler.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mendwork::sdk {
namespace {

constexpr size_t kSecretSizeMax = 64 * 1024;

v1::Outcome Undeclared() { return PermanentOutcome("unsupported-method", v1::PERMANENT_SCOPE_CONFIGURATION); }

}  // namespace

absl::StatusOr<v1::PreviewResponse> PluginHandler::Preview(const CallContext&, const v1::Event&) {
  return absl::UnimplementedError("Preview is not declared");
}

v1::Outcome PluginHandler::Deliver(const CallContext&, const v1::DeliveryItem&) { return Undeclared(); }

v1::Outcome PluginHandler::Revoke(const CallContext&, const v1::RevokeRequest&) { return Undeclared(); }

absl::StatusOr<v1::ReconcileResponse> PluginHandler::Reconcile(const CallContext&,
                                                               const v1::ReconcileRequest&) {
  return absl::UnimplementedError("Reconcile is not declared");
}

absl::Status PluginHandler::Import(const CallContext&, const v1::ImportRequest&,
                                   absl::FunctionRef<bool(const v1::ImportResponse&)>) {
  return absl::UnimplementedError("Import is not declared");
}

v1::Outcome RetryOutcome(absl::string_view code, absl::Duration after) {
  v1::Outcome out;
  out.mutable_retry()->set_code(std::string(code));
  if (after > absl::ZeroDuration()) {
    const absl::Duration bounded = std::min(after, absl::Hours(24));
    const int64_t seconds = absl::ToInt64Seconds(bounded);
    out.mutable_retry()->mutable_after()->set_seconds(seconds);
    out.mutable_retry()->mutable_after()->set_nanos(
        static_cast<int32_t>(absl::ToInt64Nanoseconds(bounded - absl::Seconds(seconds))));
  }
  return out;
}

v1::Outcome PermanentOutcome(absl::string_view code, v1::PermanentScope scope) {
  v1::Outcome out;
  out.mutable_permanent()->set_code(std::string(code));
  out.mutable_permanent()->set_scope(scope);
  return out;
}

v1::Outcome ConflictOutcome(absl::string_view code, const std::vector<v1::ExternalRef>& refs) {
  v1::Outcome out;
  out.mutable_conflict()->set_code(std::string(code));
  out.mutable_conflict()->mutable_refs()->Add(refs.begin(), refs.end());
  return out;
}

v1::Diagnostic MakeDiagnostic(v1::DiagnosticSeverity severity, absl::string_view code,
                              absl::string_view field, absl::string_view message) {
  v1::Diagnostic out;
  out.set_severity(severity);
  out.set_code(std::string(code));
  out.set_field(std::string(field));
  out.set_message(std::string(message));
  return out;
}

bool HasError(const std::vector<v1::Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const v1::Diagnostic& diagnostic) {
    return diagnostic.severity() == v1::DIAGNOSTIC_SEVERITY_ERROR;
  });
}

absl::StatusOr<std::string> ReadSecret(const v1::ConfigureRequest& request, absl::string_view name) {
  for (const v1::SecretSource& source : request.secrets()) {
    if (absl::string_view(source.name()) != name) {
      continue;
    }
    std::string out(kSecretSizeMax + 1, '\0');
    size_t size = 0;
    while (size < out.size()) {
      const ssize_t got =
          pread(source.file_descriptor(), out.data() + size, out.size() - size, static_cast<off_t>(size));
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return absl::FailedPreconditionError("the secret's descriptor cannot be read");
      }
      if (got == 0) {
        break;
      }
      size += static_cast<size_t>(got);
    }
    if (size > kSecretSizeMax) {
      return absl::InvalidArgumentError("the secret is too long");
    }
    out.resize(size);
    while (!out.empty() && (out.back() == '\n' || out.back() == '\r')) {
      out.pop_back();
    }
    return out;
  }
  return absl::NotFoundError("the host handed over no such secret");
}

}  // namespace mendwork::sdk
