// A few threads with a short queue, for work that must not hold up gRPC's own threads.
#pragma once

#include <cstddef>
#include <deque>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace mendwork::rpc {

// Thread-safe.
class BoundedPool {
 public:
  BoundedPool(int threads, size_t queue_max);
  // Runs what is queued, then ends.
  ~BoundedPool();

  // False when the queue is full: the work was not taken.
  bool TryRun(absl::AnyInvocable<void()>& work);

 private:
  void Loop();
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); }

  const size_t queue_max_;
  absl::Mutex mutex_;
  std::deque<absl::AnyInvocable<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace mendwork::rpc
