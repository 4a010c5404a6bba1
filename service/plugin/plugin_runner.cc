#include "service/plugin/plugin_runner.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "service/app/plugin_registry.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "service/plugin/plugin_package.h"

namespace mendwork::plugin {
namespace {

// Restarts wait 1 s, doubled, at most 5 min; after this many failures in a row the plugin is given up
// (integration 9.7).
constexpr absl::Duration kFirstRestartDelay = absl::Seconds(1);
constexpr absl::Duration kLongestRestartDelay = absl::Minutes(5);
constexpr int kFailuresMax = 8;
constexpr absl::Duration kProbeInterval = absl::Seconds(15);
constexpr int64_t kDeliveriesAtOnce = 16;
constexpr absl::Duration kStopGrace = absl::Seconds(5);
// Of one Done (plugin.proto, ExternalRef).
constexpr int kReferencesMax = 100;

v1::Outcome RetryOutcome(const char* code) {
  v1::Outcome outcome;
  outcome.mutable_retry()->set_code(code);
  return outcome;
}

bool IsCode(const std::string& code) {
  return !code.empty() && code.size() <= 60 && std::all_of(code.begin(), code.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsReference(const v1::ExternalRef& reference) {
  return reference.type().size() <= 64 && reference.id().size() <= 200 && reference.version().size() <= 100 &&
         reference.identifier().size() <= 400;
}

// A plugin's result is untrusted: what breaks the contract's limits goes no further. An administrator, who
// may not see content, reads the codes, and a plugin could write anything there.
v1::Outcome Checked(v1::Outcome outcome) {
  std::string* code = outcome.has_retry()       ? outcome.mutable_retry()->mutable_code()
                      : outcome.has_permanent() ? outcome.mutable_permanent()->mutable_code()
                      : outcome.has_conflict()  ? outcome.mutable_conflict()->mutable_code()
                                                : nullptr;
  if (code != nullptr && !IsCode(*code)) {
    *code = "code-not-allowed";
  }
  const auto& references = outcome.done().refs();
  if (references.size() > kReferencesMax || !std::all_of(references.begin(), references.end(), IsReference)) {
    outcome.mutable_done()->clear_refs();  // the plugin finds its copies by the release id as well
  }
  return outcome;
}

bool HasError(const google::protobuf::RepeatedPtrField<v1::Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(), [](const v1::Diagnostic& diagnostic) {
    return diagnostic.severity() == v1::DIAGNOSTIC_SEVERITY_ERROR;
  });
}

}  // namespace

PluginRunner::PluginRunner(app::Runtime& runtime, store::PluginRow plugin, OpenChannel open_channel)
    : runtime_(runtime),
      plugin_(std::move(plugin)),
      open_channel_(std::move(open_channel)),
      health_{.healthy = false, .message = "starting"},
      thread_([this] { Loop(); }) {}

PluginRunner::~PluginRunner() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    mutex_.AwaitWithTimeout(absl::Condition(&over_), kStopGrace);
    if (cancelled_with_us_ != nullptr) {
      cancelled_with_us_->Cancel();
    }
  }
  thread_.join();
}

void PluginRunner::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

app::PluginHealth PluginRunner::Health() const {
  absl::MutexLock lock(&mutex_);
  return health_;
}

void PluginRunner::Loop() {
  while (!Stopping() && !given_up_) {
    absl::Time next = runtime_.Now() + kProbeInterval;
    if (EnsureRunning()) {
      next = std::min(next, DeliverDue());
    } else {
      next = std::min(next, next_start_);
    }
    WaitUntil(next);
  }
  {
    absl::MutexLock lock(&mutex_);
    over_ = true;
  }
  SetChannel(nullptr);
}

void PluginRunner::SetChannel(std::unique_ptr<PluginChannel> channel) {
  {
    absl::MutexLock lock(&mutex_);
    cancelled_with_us_ = channel.get();
    if (stopping_ && channel != nullptr) {
      channel->Cancel();
    }
  }
  channel_ = std::move(channel);
}

bool PluginRunner::EnsureRunning() {
  const absl::Time now = runtime_.Now();
  if (channel_ != nullptr && channel_->IsGone()) {
    SetChannel(nullptr);
    NoteFailure(base::Error(absl::StatusCode::kUnavailable, "PLUGIN_ENDED", "the plugin ended by itself"));
  }
  if (channel_ == nullptr) {
    if (now < next_start_ || given_up_) {
      return false;
    }
    const absl::Status started = StartPlugin();
    if (!started.ok()) {
      SetChannel(nullptr);
      NoteFailure(started);
      return false;
    }
    next_probe_ = now;
  }
  if (now >= next_probe_) {
    next_probe_ = now + kProbeInterval;
    const absl::StatusOr<v1::ProbeResponse> probe = channel_->Probe();
    if (!probe.ok()) {
      SetChannel(nullptr);
      NoteFailure(probe.status());
      return false;
    }
    const bool ready = probe->state() == v1::PROBE_STATE_READY;
    failures_ = 0;
    SetHealth(ready, ready ? "" : "the plugin runs, but cannot reach or use the other system now");
  }
  return true;
}

absl::Status PluginRunner::StartPlugin() {
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<PluginChannel> channel, open_channel_(plugin_));
  SetChannel(std::move(channel));
  MENDWORK_ASSIGN_OR_RETURN(v1::GetInfoResponse info, channel_->GetInfo());
  MENDWORK_ASSIGN_OR_RETURN(v1::Manifest registered, ParseManifest(plugin_.manifest));
  if (!google::protobuf::util::MessageDifferencer::Equals(info.manifest(), registered)) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "PLUGIN_MANIFEST_DIFFERS",
                       "the plugin does not say of itself what was registered");
  }
  v1::ConfigureRequest configure;
  MENDWORK_ASSIGN_OR_RETURN(*configure.mutable_configuration(), app::OpenConfiguration(runtime_, plugin_));
  for (int data_class = 1; data_class < 32; ++data_class) {
    if ((plugin_.granted_data_classes >> data_class) & 1) {
      configure.add_granted_data_classes(static_cast<v1::DataClass>(data_class));
    }
  }
  MENDWORK_ASSIGN_OR_RETURN(v1::ConfigureResponse configured, channel_->Configure(configure));
  if (HasError(configured.diagnostics())) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "PLUGIN_CONFIGURATION_REFUSED",
                       "the plugin refuses its configuration");
  }
  return absl::OkStatus();
}

void PluginRunner::NoteFailure(const absl::Status& status) {
  ++failures_;
  const absl::Duration delay =
      std::min(kFirstRestartDelay * (int64_t{1} << std::min(failures_ - 1, 10)), kLongestRestartDelay);
  next_start_ = runtime_.Now() + delay;
  base::Log(base::Severity::kWarning, "plugin_failed",
            {{"plugin", plugin_.plugin_key}, {"reason", base::Reason(status)}, {"failures", failures_}});
  SetHealth(false, std::string(status.message()));
  if (failures_ >= kFailuresMax) {
    given_up_ = true;
    const absl::Status marked = app::MarkPluginFailed(runtime_, plugin_);
    base::Log(base::Severity::kError, "plugin_given_up",
              {{"plugin", plugin_.plugin_key}, {"recorded", marked.ok() ? "yes" : "no"}});
  }
}

absl::Time PluginRunner::DeliverDue() {
  for (;;) {
    const absl::StatusOr<app::DueDeliveries> found =
        app::FindDueDeliveries(runtime_, plugin_.plugin_id, kDeliveriesAtOnce);
    if (!found.ok()) {
      return runtime_.Now() + kFirstRestartDelay;
    }
    if (found->due.empty()) {
      return found->next_time;
    }
    for (const store::DeliveryRow& delivery : found->due) {
      if (Stopping() || channel_ == nullptr || channel_->IsGone()) {
        return runtime_.Now();
      }
      Deliver(delivery);
    }
  }
}

void PluginRunner::Deliver(const store::DeliveryRow& delivery) {
  const absl::StatusOr<absl::optional<app::DeliveryOrder>> order = app::PrepareDelivery(runtime_, delivery);
  if (!order.ok()) {
    base::Log(base::Severity::kWarning, "delivery_not_prepared",
              {{"plugin", plugin_.plugin_key}, {"reason", base::Reason(order.status())}});
    WaitUntil(runtime_.Now() + kFirstRestartDelay);
    return;
  }
  if (!order->has_value()) {
    return;
  }
  const v1::Outcome outcome = Attempt(**order);
  const absl::Status finished = app::FinishDelivery(runtime_, delivery, outcome);
  base::Log(base::Severity::kInfo, "delivery_attempted",
            {{"plugin", plugin_.plugin_key},
             {"result", static_cast<int>(outcome.result_case())},
             {"recorded", finished.ok() ? "yes" : "no"}});
}

v1::Outcome PluginRunner::Attempt(const app::DeliveryOrder& order) {
  if (std::holds_alternative<v1::RevokeRequest>(order)) {
    const auto response = channel_->Revoke(std::get<v1::RevokeRequest>(order));
    return response.ok() ? Checked(response->outcome()) : RetryOutcome("plugin-unavailable");
  }
  const v1::DeliverRequest& request = std::get<v1::DeliverRequest>(order);
  const auto response = channel_->Deliver(request);
  if (!response.ok()) {
    return RetryOutcome("plugin-unavailable");
  }
  // One result for the one item; a second one would leave open which of them holds.
  if (response->results_size() != 1 || response->results(0).delivery_id() != request.items(0).delivery_id()) {
    return RetryOutcome("plugin-gave-no-result");
  }
  return Checked(response->results(0).outcome());
}

void PluginRunner::SetHealth(bool healthy, const std::string& message) {
  absl::MutexLock lock(&mutex_);
  health_ = {.healthy = healthy, .message = message};
}

bool PluginRunner::Stopping() const {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

// Waits on the runtime's clock as far as it goes: the delay is taken from it, the waiting itself is real
// time.
void PluginRunner::WaitUntil(absl::Time time) {
  const absl::Duration left = std::min(std::max(time - runtime_.Now(), absl::ZeroDuration()), kProbeInterval);
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || woken_; };
  mutex_.AwaitWithTimeout(absl::Condition(&ready), left);
  woken_ = false;
}

}  // namespace mendwork::plugin
