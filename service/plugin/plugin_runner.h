// Keeps one enabled plugin running on a thread of its own, and hands it its deliveries in order. A dead,
// hanging or lying plugin costs only its own thread: it can delay a delivery, never lose one or widen what
// leaves.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/app/deliveries.h"
#include "service/app/plugin_supervisor.h"
#include "service/app/runtime.h"
#include "service/plugin/plugin_channel.h"
#include "service/store/plugin_rows.h"

namespace mendwork::plugin {

// Starts a plugin and connects to it; called on the runner's thread.
using OpenChannel = std::function<absl::StatusOr<std::unique_ptr<PluginChannel>>(const store::PluginRow&)>;

class PluginRunner {
 public:
  PluginRunner(app::Runtime& runtime, store::PluginRow plugin, OpenChannel open_channel);
  // Gives the attempt under way 5 s, then ends the plugin.
  ~PluginRunner();

  // There may be something to deliver.
  void Wake();
  app::PluginHealth Health() const;

 private:
  void Loop();
  // False while the plugin cannot be used; then the loop waits.
  bool EnsureRunning();
  absl::Status StartPlugin();
  void NoteFailure(const absl::Status& status);
  // Hands over what is due; returns when the next delivery is.
  absl::Time DeliverDue();
  void Deliver(const store::DeliveryRow& delivery);
  v1::Outcome Attempt(const app::DeliveryOrder& order);
  void SetChannel(std::unique_ptr<PluginChannel> channel);
  void SetHealth(bool healthy, const std::string& message);
  bool Stopping() const;
  void WaitUntil(absl::Time time);

  app::Runtime& runtime_;
  const store::PluginRow plugin_;
  const OpenChannel open_channel_;
  std::unique_ptr<PluginChannel> channel_;
  int failures_ = 0;
  absl::Time next_start_ = absl::InfinitePast();
  absl::Time next_probe_ = absl::InfinitePast();
  bool given_up_ = false;

  mutable absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;                           // the loop
  PluginChannel* cancelled_with_us_ ABSL_GUARDED_BY(mutex_) = nullptr;  // channel_, for another thread
  app::PluginHealth health_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;  // last: it uses everything above
};

}  // namespace mendwork::plugin
