#include "service/store/writer.h"

#include <sqlite3.h>

#include <utility>

#include "absl/memory/memory.h"
#include "service/base/log.h"
#include "service/base/status.h"

namespace mendwork::store {
namespace {

constexpr char kBegin[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";
constexpr char kRollback[] = "ROLLBACK";
constexpr char kSavepoint[] = "SAVEPOINT job";
constexpr char kRelease[] = "RELEASE job";
constexpr char kRollbackToSavepoint[] = "ROLLBACK TO job";

// 8 MiB of 8 KiB pages: larger makes single checkpoints stall writes, smaller makes them frequent.
constexpr int kCheckpointPages = 1024;
// 64 MiB: readers have kept the WAL from starting again, so the checkpoint waits for them a little.
constexpr int kRestartPages = 8192;
constexpr absl::Duration kIdleSweepInterval = absl::Minutes(1);

absl::Status StorageFailed() {
  return base::Error(absl::StatusCode::kUnavailable, "STORAGE_FAILED",
                     "The disk failed; nothing was acknowledged.");
}

absl::Status Stopping() {
  return base::Error(absl::StatusCode::kUnavailable, "SERVER_STOPPING", "The server is stopping; try again.");
}

absl::Status QueueFull() {
  return base::Exhausted("WRITER_QUEUE_FULL", "The server has too many writes waiting; try again.",
                         absl::Seconds(1));
}

absl::Status Expired() {
  return base::Error(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                     "The deadline passed before the write began; nothing was stored.");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Writer>> Writer::Start(WriterOptions options,
                                                      std::unique_ptr<Database> database) {
  std::unique_ptr<Writer> writer = absl::WrapUnique(new Writer(options, std::move(database)));
  MENDWORK_RETURN_IF_ERROR(writer->audit_.Start(*writer->database_));
  MENDWORK_RETURN_IF_ERROR(options.ids->Start(*writer->database_));
  writer->thread_ = std::thread(&Writer::Loop, writer.get());
  return writer;
}

Writer::Writer(WriterOptions options, std::unique_ptr<Database> database)
    : options_(options), database_(std::move(database)), audit_(options.keyring) {}

Writer::~Writer() { Stop(); }

void Writer::Write(absl::Time deadline, WriteBody body, WriteDone done) {
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      refusal = Stopping();
    } else if (queue_.size() >= options_.queue_limit) {
      refusal = QueueFull();
    } else {
      queue_.push_back({deadline, std::move(body), std::move(done), absl::OkStatus(), {}});
      if (queue_.size() == 1) {
        wake_.Signal();
      }
      return;
    }
  }
  refused_.fetch_add(1, std::memory_order_relaxed);
  done(std::move(refusal));
}

void Writer::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.Signal();
  }
  if (thread_.joinable()) {
    thread_.join();
    Close();
  }
}

WriterCounters Writer::counters() const {
  WriterCounters counters;
  counters.jobs = jobs_.load(std::memory_order_relaxed);
  counters.batches = batches_.load(std::memory_order_relaxed);
  counters.refused = refused_.load(std::memory_order_relaxed);
  counters.expired = expired_.load(std::memory_order_relaxed);
  counters.checkpoints = checkpoints_.load(std::memory_order_relaxed);
  counters.wal_pages = wal_pages_.load(std::memory_order_relaxed);
  absl::MutexLock lock(&mutex_);
  counters.queued = queue_.size();
  return counters;
}

void Writer::Loop() {
  for (;;) {
    std::vector<Job> batch = TakeBatch();
    if (!batch.empty()) {
      RunBatch(batch);
      CheckpointIfLong();
    } else if (absl::MutexLock lock(&mutex_); stopping_ && queue_.empty()) {
      return;
    }
    const absl::Time now = options_.clock->Now();
    if (now >= next_idle_sweep_) {
      options_.keyring->DropIdle();
      next_idle_sweep_ = now + kIdleSweepInterval;
    }
  }
}

// Whatever is queued, up to the limit: natural group commit, without lingering for more. Empty after an idle
// interval, or when it is time to stop.
std::vector<Writer::Job> Writer::TakeBatch() {
  std::vector<Job> batch;
  absl::MutexLock lock(&mutex_);
  while (queue_.empty() && !stopping_) {
    if (wake_.WaitWithTimeout(&mutex_, kIdleSweepInterval)) {
      break;
    }
  }
  while (!queue_.empty() && batch.size() < options_.batch_limit) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void Writer::RunBatch(std::vector<Job>& batch) {
  const absl::Status status = RunJobs(batch);
  for (Job& job : batch) {
    if (job.status.ok()) {
      job.status = status;
    }
    if (job.status.ok()) {
      for (auto& action : job.after_commit) {
        action();
      }
    }
    job.done(std::move(job.status));
  }
}

// A job's own error goes into the job; the result is what happened to all the others.
absl::Status Writer::RunJobs(std::vector<Job>& batch) {
  if (options_.vfs->failed()) {
    return StorageFailed();
  }
  batches_.fetch_add(1, std::memory_order_relaxed);
  MENDWORK_RETURN_IF_ERROR(database_->Query(kBegin).Run());
  const int64_t audit_mark = audit_.mark();
  bool anything = false;
  for (Job& job : batch) {
    if (options_.clock->Now() > job.deadline) {
      expired_.fetch_add(1, std::memory_order_relaxed);
      job.status = Expired();
      continue;
    }
    job.status = RunInSavepoint(job);
    if (!database_->in_transaction()) {
      // SQLite gave the whole transaction up, as it may when the disk is full: the jobs before this one are
      // gone too.
      Abandon(audit_mark);
      return job.status.ok() || base::Reason(job.status) == "STORAGE_FULL"
                 ? StatusFromSqlite(nullptr, SQLITE_FULL)
                 : StorageFailed();
    }
    anything = anything || job.status.ok();
  }
  const absl::Status status = anything ? Commit() : absl::OkStatus();
  if (!anything || !status.ok()) {
    Abandon(audit_mark);
  }
  return status;
}

absl::Status Writer::RunInSavepoint(Job& job) {
  jobs_.fetch_add(1, std::memory_order_relaxed);
  MENDWORK_RETURN_IF_ERROR(database_->Query(kSavepoint).Run());
  const int64_t audit_mark = audit_.mark();
  WriteTransaction transaction(*database_, *options_.sealer, audit_, options_.clock->Now());
  absl::Status status = job.body(transaction);
  if (!database_->in_transaction()) {
    return status;
  }
  if (status.ok()) {
    status = database_->Query(kRelease).Run();
    job.after_commit = std::move(transaction.after_commit_);
  }
  if (!status.ok() && database_->in_transaction()) {
    audit_.GoBackTo(audit_mark);
    MENDWORK_RETURN_IF_ERROR(database_->Query(kRollbackToSavepoint).Run());
    MENDWORK_RETURN_IF_ERROR(database_->Query(kRelease).Run());
  }
  return status;
}

absl::Status Writer::Commit() {
  MENDWORK_RETURN_IF_ERROR(options_.ids->ReserveBeforeCommit(*database_));
  MENDWORK_RETURN_IF_ERROR(database_->Query(kCommit).Run());
  if (options_.vfs->failed()) {
    return StorageFailed();
  }
  options_.ids->NoteCommitted();
  wal_pages_.store(database_->wal_pages(), std::memory_order_relaxed);
  return absl::OkStatus();
}

void Writer::Abandon(int64_t audit_mark) {
  if (database_->in_transaction()) {
    const absl::Status status = database_->Query(kRollback).Run();
    if (!status.ok()) {
      base::Log(base::Severity::kError, "rollback_failed", {{"reason", base::Reason(status)}});
    }
  }
  audit_.GoBackTo(audit_mark);
  options_.ids->ForgetReservation();
}

void Writer::CheckpointIfLong() {
  if (database_->wal_pages_since_checkpoint() < kCheckpointPages || options_.vfs->failed()) {
    return;
  }
  checkpoints_.fetch_add(1, std::memory_order_relaxed);
  const absl::Status status =
      database_->RunCheckpoint(database_->wal_pages() >= kRestartPages ? Database::Checkpoint::kRestart
                                                                       : Database::Checkpoint::kPassive);
  wal_pages_.store(database_->wal_pages(), std::memory_order_relaxed);
  if (!status.ok()) {
    // What was acknowledged is durable in the WAL; the next commit tries again.
    base::Log(base::Severity::kWarning, "checkpoint_failed",
              {{"reason", base::Reason(status)}, {"wal_pages", database_->wal_pages()}});
  }
}

void Writer::Close() {
  if (!options_.vfs->failed()) {
    absl::Status status = options_.ids->Finish(*database_);
    if (status.ok()) {
      status = database_->RunCheckpoint(Database::Checkpoint::kTruncate);
    }
    if (!status.ok()) {
      base::Log(base::Severity::kWarning, "unclean_close", {{"reason", base::Reason(status)}});
    }
  }
  database_.reset();
}

}  // namespace mendwork::store
