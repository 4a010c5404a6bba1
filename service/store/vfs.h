// The SQLite VFS under every Mendwork database: passes calls to the default one, watches for storage failures
// and makes them final. After a failed sync the kernel may have dropped the pages, yet SQLite would carry on
// and the next commit would succeed (reliability.md 1.2); so the first failed sync, or a read, write or
// truncate that fails with an I/O error, ends the process before anything more is acknowledged. A full disk
// is not such a failure: it is reported and work goes on once there is space.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct sqlite3_vfs;

namespace mendwork::store {

enum class StorageOperation { kRead, kWrite, kSync, kTruncate };

// What a test wants storage to do. Called before each operation, on the thread that does it.
class StorageHook {
 public:
  virtual ~StorageHook() = default;
  // SQLITE_OK lets the operation happen; any other SQLite result code (SQLITE_FULL, SQLITE_IOERR_FSYNC, ...)
  // is returned in its place. `path` is the whole path of the file.
  virtual int Before(StorageOperation operation, absl::string_view path) = 0;
};

struct VfsOptions {
  StorageHook* hook = nullptr;
  // Called once, on the failing thread, inside the failing call. Empty: log one line and
  // _exit(kStorageFailureExitCode).
  std::function<void(absl::string_view operation, absl::string_view path)> on_failure;
};

constexpr int kStorageFailureExitCode = 70;

// Must outlive every connection opened through it. Thread-safe.
class Vfs {
 public:
  explicit Vfs(VfsOptions options);
  ~Vfs();
  Vfs(const Vfs&) = delete;
  Vfs& operator=(const Vfs&) = delete;

  const char* name() const { return name_.c_str(); }

  // After a failure (only seen when on_failure returns) every later write and sync fails too.
  bool failed() const { return failed_.load(std::memory_order_acquire); }

  // For the file methods in vfs.cc.
  int Before(StorageOperation operation, const char* path);
  int After(StorageOperation operation, const char* path, int result);

 private:
  VfsOptions options_;
  std::string name_;
  std::unique_ptr<sqlite3_vfs> registration_;
  std::atomic<bool> failed_{false};
};

}  // namespace mendwork::store
