// Storage that fails on request: the N-th matching operation, or every one until told otherwise.
#pragma once

#include <sqlite3.h>

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "service/store/vfs.h"

namespace mendwork::test {

class FaultyStorage : public store::StorageHook {
 public:
  // The `nth` (from 1, counted from now) `operation` on a file whose name ends with `file_suffix` gives
  // `result`; with `and_later`, so do all that follow.
  void Fail(store::StorageOperation operation, std::string file_suffix, int result, int nth = 1,
            bool and_later = false) {
    absl::MutexLock lock(&mutex_);
    operation_ = operation;
    file_suffix_ = std::move(file_suffix);
    result_ = result;
    remaining_ = nth;
    and_later_ = and_later;
  }
  void Heal() {
    absl::MutexLock lock(&mutex_);
    remaining_ = 0;
  }
  // Called on the thread that does the operation, before it is done.
  void Observe(std::function<void(store::StorageOperation, absl::string_view path)> observer) {
    absl::MutexLock lock(&mutex_);
    observer_ = std::move(observer);
  }
  bool fired() const {
    absl::MutexLock lock(&mutex_);
    return fired_;
  }

  int Before(store::StorageOperation operation, absl::string_view path) override {
    absl::MutexLock lock(&mutex_);
    if (observer_) {
      observer_(operation, path);
    }
    if (remaining_ == 0 || operation != operation_ || !absl::EndsWith(path, file_suffix_)) {
      return SQLITE_OK;
    }
    if (--remaining_ > 0) {
      return SQLITE_OK;
    }
    remaining_ = and_later_ ? 1 : 0;
    fired_ = true;
    return result_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::function<void(store::StorageOperation, absl::string_view)> observer_ ABSL_GUARDED_BY(mutex_);
  store::StorageOperation operation_ ABSL_GUARDED_BY(mutex_) = store::StorageOperation::kSync;
  std::string file_suffix_ ABSL_GUARDED_BY(mutex_);
  int result_ ABSL_GUARDED_BY(mutex_) = SQLITE_OK;
  int remaining_ ABSL_GUARDED_BY(mutex_) = 0;
  bool and_later_ ABSL_GUARDED_BY(mutex_) = false;
  bool fired_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mendwork::test
