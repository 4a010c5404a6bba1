// The one thread that writes: takes whatever is queued, runs each job in a savepoint, commits them together,
// then acknowledges. The same thread and connection run every checkpoint (SQLite 3.40 can corrupt a WAL that
// two connections write and checkpoint at once).
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/base/clock.h"
#include "service/store/audit.h"
#include "service/store/database.h"
#include "service/store/id_counter.h"
#include "service/store/keyring.h"
#include "service/store/transaction.h"

namespace mendwork::store {

using WriteBody = absl::AnyInvocable<absl::Status(WriteTransaction&)>;
using WriteDone = absl::AnyInvocable<void(absl::Status)>;

struct WriterOptions {
  const base::Clock* clock = nullptr;
  Keyring* keyring = nullptr;
  const Sealer* sealer = nullptr;
  IdCounter* ids = nullptr;
  const Vfs* vfs = nullptr;
  size_t queue_limit = 4096;
  size_t batch_limit = 512;
};

// A consistent-enough copy for metrics.
struct WriterCounters {
  uint64_t jobs = 0;     // bodies run
  uint64_t batches = 0;  // commits tried
  uint64_t refused = 0;  // queue full
  uint64_t expired = 0;  // past their deadline when their turn came
  uint64_t checkpoints = 0;
  size_t queued = 0;
  int wal_pages = 0;
};

class Writer {
 public:
  // `database` has its schema.
  static absl::StatusOr<std::unique_ptr<Writer>> Start(WriterOptions options,
                                                       std::unique_ptr<Database> database);
  // Runs what is queued, then stops.
  ~Writer();

  void Write(absl::Time deadline, WriteBody body, WriteDone done);

  // Refuses new jobs, runs and acknowledges the queued ones, truncates the WAL and closes the file.
  void Stop();

  bool OnWriterThread() const { return std::this_thread::get_id() == thread_.get_id(); }
  WriterCounters counters() const;

 private:
  struct Job {
    absl::Time deadline;
    WriteBody body;
    WriteDone done;
    absl::Status status;
    std::vector<absl::AnyInvocable<void()>> after_commit;
  };

  Writer(WriterOptions options, std::unique_ptr<Database> database);
  void Loop();
  std::vector<Job> TakeBatch();
  void RunBatch(std::vector<Job>& batch);
  absl::Status RunJobs(std::vector<Job>& batch);
  absl::Status RunInSavepoint(Job& job);
  absl::Status Commit();
  void Abandon(int64_t audit_mark);
  void CheckpointIfLong();
  void Close();

  const WriterOptions options_;
  std::unique_ptr<Database> database_;
  AuditLog audit_;
  absl::Time next_idle_sweep_ = absl::InfinitePast();

  mutable absl::Mutex mutex_;
  absl::CondVar wake_;
  std::deque<Job> queue_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::atomic<uint64_t> jobs_{0}, batches_{0}, refused_{0}, expired_{0}, checkpoints_{0};
  std::atomic<int> wal_pages_{0};
  std::thread thread_;
};

}  // namespace mendwork::store
