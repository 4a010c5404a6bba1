// Keeps a second process away from a data directory, and refuses a directory that cannot or should not hold
// data.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace mendwork::store {

// Held while the object lives; the kernel releases it when the process ends, however it ends.
class DirectoryLock {
 public:
  // FAILED_PRECONDITION with a message that says what to do: reason DATA_DIRECTORY_MISSING,
  // DATA_DIRECTORY_READ_ONLY, DATA_DIRECTORY_PERMISSIONS or DATA_DIRECTORY_IN_USE.
  static absl::StatusOr<std::unique_ptr<DirectoryLock>> Acquire(const std::string& directory);
  ~DirectoryLock();
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

 private:
  explicit DirectoryLock(int file) : file_(file) {}

  const int file_;
};

}  // namespace mendwork::store
