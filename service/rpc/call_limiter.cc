#include "service/rpc/call_limiter.h"

#include <utility>

namespace mendwork::rpc {

CallLimiter::Slot& CallLimiter::Slot::operator=(Slot&& other) noexcept {
  if (this != &other) {
    Release();
    limiter_ = std::exchange(other.limiter_, nullptr);
    person_id_ = other.person_id_;
  }
  return *this;
}

void CallLimiter::Slot::Release() {
  if (limiter_ != nullptr) {
    std::exchange(limiter_, nullptr)->Leave(person_id_);
  }
}

absl::optional<CallLimiter::Slot> CallLimiter::Enter(int64_t person_id) {
  absl::MutexLock lock(&mutex_);
  int& running = running_[person_id];
  if (running >= limit_) {
    return absl::nullopt;
  }
  ++running;
  return Slot(this, person_id);
}

void CallLimiter::Leave(int64_t person_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = running_.find(person_id);
  if (--found->second == 0) {
    running_.erase(found);
  }
}

}  // namespace mendwork::rpc
