// Counts what each person has running, up to a limit.
#pragma once

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/optional.h"

namespace mendwork::rpc {

// Thread-safe; must outlive its slots.
class CallLimiter {
 public:
  explicit CallLimiter(int limit) : limit_(limit) {}

  // Frees its place when it goes.
  class Slot {
   public:
    Slot() = default;
    Slot(CallLimiter* limiter, int64_t person_id) : limiter_(limiter), person_id_(person_id) {}
    Slot(Slot&& other) noexcept : limiter_(other.limiter_), person_id_(other.person_id_) {
      other.limiter_ = nullptr;
    }
    Slot& operator=(Slot&& other) noexcept;
    ~Slot() { Release(); }
    void Release();

   private:
    CallLimiter* limiter_ = nullptr;
    int64_t person_id_ = 0;
  };

  // Nothing when the person has as many as they may.
  absl::optional<Slot> Enter(int64_t person_id);

 private:
  void Leave(int64_t person_id);

  const int limit_;
  absl::Mutex mutex_;
  absl::flat_hash_map<int64_t, int> running_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::rpc
