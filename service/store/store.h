// The store: one data directory, its two files, one writer, pooled readers, and the way in and out of sealed
// records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/base/random.h"
#include "service/base/secret.h"
#include "service/store/database.h"
#include "service/store/directory_lock.h"
#include "service/store/id_counter.h"
#include "service/store/key_provider.h"
#include "service/store/keyring.h"
#include "service/store/sealing.h"
#include "service/store/transaction.h"
#include "service/store/vfs.h"
#include "service/store/writer.h"

namespace mendwork::store {

struct StoreOptions {
  std::string directory;  // exists, mode 0700
  const base::Clock* clock = nullptr;
  base::RandomSource* random = nullptr;
  KeyProvider* keys = nullptr;
  size_t queue_limit = 4096;
  size_t batch_limit = 512;
  size_t reader_limit = 16;              // read-only connections; further reads wait
  int64_t read_step_limit = 20'000'000;  // SQLite steps per Read: about a second or two
  VfsOptions vfs;                        // storage faults, for tests
};

struct StoreFacts {
  int schema_version = 0;
  std::string key_provider;
  int64_t writer_queue_length = 0;
  int64_t database_bytes = 0;  // data file and its WAL
  int64_t free_bytes = 0;      // of the file system that holds the data
};

class Store {
 public:
  // Errors say what to do. Takes the directory's lock; brings the schema up to date; after an unclean end it
  // reads both files through (PRAGMA quick_check) before anything is served.
  static absl::StatusOr<std::unique_ptr<Store>> Open(StoreOptions options);

  // Drains the writer, then closes.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `body` on the writer thread inside a savepoint. `done` runs on the writer thread once the commit
  // that holds it is durable, or with the error: the body's own, DEADLINE_EXCEEDED (body never run), or the
  // commit's. Queue full: `done` runs at once on the calling thread with reason WRITER_QUEUE_FULL. Neither
  // may block or wait for another write.
  void Write(absl::Time deadline, absl::AnyInvocable<absl::Status(WriteTransaction&)> body,
             absl::AnyInvocable<void(absl::Status)> done);

  // The same, waiting; never from the writer thread.
  absl::Status WriteAndWait(absl::FunctionRef<absl::Status(WriteTransaction&)> body);

  // One snapshot on a read-only connection. Must not be nested. READ_STEP_LIMIT when it reads too much.
  absl::Status Read(absl::FunctionRef<absl::Status(ReadTransaction&)> body);

  // A new internal id, above every stored one. Thread-safe.
  int64_t NewId() { return ids_.Next(); }

  // Thread-safe and outside any transaction; makes the subject's key durably first.
  absl::StatusOr<std::string> Seal(const RecordIdentity& identity, absl::string_view plaintext);

  // For the state page of an administrator.
  StoreFacts Facts() const;

  Keyring& keyring() { return *keyring_; }
  WriterCounters writer_counters() const { return writer_->counters(); }

  // Reads the whole data file; DATA_LOSS when it is damaged. Slow for big files.
  absl::Status CheckIntegrity();

 private:
  explicit Store(StoreOptions options);
  absl::Status Start();
  absl::Status OpenKeyring();
  absl::StatusOr<std::unique_ptr<Database>> OpenData();
  absl::Status MatchKeyring(Database& database);
  absl::StatusOr<std::unique_ptr<Database>> OpenReader(int64_t step_limit);
  absl::StatusOr<std::unique_ptr<Database>> TakeReader();
  void ReturnReader(std::unique_ptr<Database> reader);
  std::string PathOf(absl::string_view file) const;

  const StoreOptions options_;
  std::unique_ptr<DirectoryLock> lock_;
  std::unique_ptr<Vfs> vfs_;
  std::unique_ptr<Keyring> keyring_;
  std::unique_ptr<Sealer> sealer_;
  IdCounter ids_;
  std::unique_ptr<Writer> writer_;

  absl::Mutex readers_mutex_;
  std::vector<std::unique_ptr<Database>> idle_readers_ ABSL_GUARDED_BY(readers_mutex_);
  size_t open_readers_ ABSL_GUARDED_BY(readers_mutex_) = 0;
};

}  // namespace mendwork::store
