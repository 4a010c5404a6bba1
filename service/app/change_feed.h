// Tells listeners that something changed, without saying what: they read the store again. Losing no wake-up
// is the point; spurious ones are fine.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "absl/synchronization/mutex.h"

namespace mendwork::app {

// Thread-safe. Listeners run on the notifying thread (the writer's): they must only schedule work.
class ChangeFeed {
 public:
  uint64_t Subscribe(std::function<void()> listener) {
    absl::MutexLock lock(&mutex_);
    listeners_[++last_id_] = std::move(listener);
    return last_id_;
  }
  // After it returns, the listener does not run and will not run.
  void Unsubscribe(uint64_t id) {
    absl::MutexLock lock(&mutex_);
    listeners_.erase(id);
  }
  void Notify() {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, listener] : listeners_) {
      listener();
    }
  }

 private:
  absl::Mutex mutex_;
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, std::function<void()>> listeners_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::app
