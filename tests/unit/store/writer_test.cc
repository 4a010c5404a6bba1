#include "service/store/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/synchronization/blocking_counter.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using ::testing::ElementsAre;
using WriterTest = StoreTest;

// Keeps the writer busy until released, so that what follows queues up.
class Plug {
 public:
  explicit Plug(Store& store) {
    store.Write(
        absl::InfiniteFuture(),
        [this](WriteTransaction&) {
          entered_.Notify();
          released_.WaitForNotification();
          return absl::OkStatus();
        },
        [this](absl::Status) { finished_.Notify(); });
    entered_.WaitForNotification();
  }
  ~Plug() { finished_.WaitForNotification(); }
  void Release() { released_.Notify(); }

 private:
  absl::Notification entered_, released_, finished_;
};

WriteBody InsertBody(int64_t id) {
  return [id](WriteTransaction& transaction) {
    return transaction.Query(kInsertNote).Bind("$id", id).Bind("$body", Blob{"x"}).Run();
  };
}

TEST_F(WriterTest, ManyThreadsEveryAcknowledgedRowIsThere) {
  OpenWithNotes();
  constexpr int kThreads = 8;
  constexpr int kRows = 50;
  std::vector<std::thread> threads;
  std::atomic<int> acknowledged{0};
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int row = 0; row < kRows; ++row) {
        if (Insert(store_->NewId()).ok()) {
          acknowledged.fetch_add(1);
        }
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(acknowledged.load(), kThreads * kRows);
  EXPECT_EQ(Count(), kThreads * kRows);
}

TEST_F(WriterTest, WhatIsQueuedIsCommittedTogether) {
  OpenWithNotes();
  std::atomic<int> syncs{0};
  storage_.Observe([&](StorageOperation operation, absl::string_view path) {
    syncs += operation == StorageOperation::kSync && absl::EndsWith(path, "mendwork.db-wal");
  });
  absl::BlockingCounter done(100);
  std::atomic<int> ok{0};
  const uint64_t batches_before = store_->writer_counters().batches;
  {
    Plug plug(*store_);
    for (int64_t id = 1; id <= 100; ++id) {
      store_->Write(absl::InfiniteFuture(), InsertBody(id), [&](absl::Status status) {
        ok += status.ok();
        done.DecrementCount();
      });
    }
    plug.Release();
  }
  done.Wait();
  EXPECT_EQ(ok.load(), 100);
  EXPECT_EQ(store_->writer_counters().batches - batches_before, 2u) << "the plug, then all hundred";
  EXPECT_LE(syncs.load(), 2);
  storage_.Observe({});
}

TEST_F(WriterTest, BatchLimitSplitsTheQueue) {
  StoreOptions options = Options();
  options.batch_limit = 10;
  Open(std::move(options));
  ASSERT_TRUE(store_->WriteAndWait([](WriteTransaction& t) { return t.Query(kCreateNote).Run(); }).ok());
  const uint64_t batches_before = store_->writer_counters().batches;
  absl::BlockingCounter done(25);
  {
    Plug plug(*store_);
    for (int64_t id = 1; id <= 25; ++id) {
      store_->Write(absl::InfiniteFuture(), InsertBody(id), [&](absl::Status) { done.DecrementCount(); });
    }
    plug.Release();
  }
  done.Wait();
  EXPECT_EQ(store_->writer_counters().batches - batches_before, 4u);
}

TEST_F(WriterTest, AFailedJobTakesNothingElseWithIt) {
  OpenWithNotes();
  std::vector<std::string> results;
  absl::BlockingCounter done(3);
  const auto note_result = [&](absl::Status status) {
    results.push_back(status.ok() ? "OK" : base::Reason(status));
    done.DecrementCount();
  };
  {
    Plug plug(*store_);
    store_->Write(absl::InfiniteFuture(), InsertBody(1), note_result);
    store_->Write(
        absl::InfiniteFuture(),
        [](WriteTransaction& transaction) -> absl::Status {
          MENDWORK_RETURN_IF_ERROR(InsertBody(2)(transaction));
          AuditEntry entry;
          entry.action = "Refused";
          MENDWORK_RETURN_IF_ERROR(transaction.Audit(entry));
          return base::Error(absl::StatusCode::kFailedPrecondition, "RULE", "A rule says no.");
        },
        note_result);
    store_->Write(
        absl::InfiniteFuture(),
        [](WriteTransaction& transaction) -> absl::Status {
          MENDWORK_RETURN_IF_ERROR(InsertBody(3)(transaction));
          AuditEntry entry;
          entry.action = "Stored";
          return transaction.Audit(entry);
        },
        note_result);
    plug.Release();
  }
  done.Wait();
  EXPECT_THAT(results, ElementsAre("OK", "RULE", "OK"));
  EXPECT_EQ(Count(), 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM note WHERE id = 2"), 0);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM audit_entry"), 1);
  EXPECT_EQ(Count("SELECT MAX(sequence) FROM audit_entry"), 1) << "a rolled-back entry leaves no gap";
}

TEST_F(WriterTest, NothingIsAcknowledgedBeforeTheSync) {
  OpenWithNotes();
  std::atomic<bool> acknowledged{false};
  std::atomic<bool> body_ran{false};
  std::atomic<int> syncs_between{0};
  storage_.Observe([&](StorageOperation operation, absl::string_view path) {
    if (operation == StorageOperation::kSync && absl::EndsWith(path, "mendwork.db-wal") && body_ran) {
      EXPECT_FALSE(acknowledged);
      ++syncs_between;
    }
  });
  absl::Notification done;
  store_->Write(
      absl::InfiniteFuture(),
      [&](WriteTransaction& transaction) {
        body_ran = true;
        return InsertBody(1)(transaction);
      },
      [&](absl::Status status) {
        EXPECT_TRUE(status.ok());
        EXPECT_GE(syncs_between.load(), 1) << "acknowledged without a sync";
        acknowledged = true;
        done.Notify();
      });
  done.WaitForNotification();
  storage_.Observe({});
}

TEST_F(WriterTest, AReadAfterTheAcknowledgementSeesTheRow) {
  OpenWithNotes();
  for (int64_t id = 1; id <= 20; ++id) {
    ASSERT_TRUE(Insert(id).ok());
    ASSERT_EQ(Count(), id);
  }
}

TEST_F(WriterTest, AFullQueueRefusesAtOnce) {
  StoreOptions options = Options();
  options.queue_limit = 2;
  Open(std::move(options));
  int refused = 0;
  {
    Plug plug(*store_);
    for (int i = 0; i < 5; ++i) {
      store_->Write(
          absl::InfiniteFuture(), [](WriteTransaction&) { return absl::OkStatus(); },
          [&refused](absl::Status status) {
            if (base::Reason(status) == "WRITER_QUEUE_FULL") {
              EXPECT_TRUE(absl::IsResourceExhausted(status));
              EXPECT_TRUE(base::RetryAfter(status).has_value());
              ++refused;
            }
          });
    }
    EXPECT_EQ(refused, 3) << "before the writer is free again";
    plug.Release();
  }
  EXPECT_EQ(store_->writer_counters().refused, 3u);
}

TEST_F(WriterTest, PastItsDeadlineABodyNeverRuns) {
  Open();
  std::string expired;
  std::string in_time;
  bool ran = false;
  absl::BlockingCounter done(2);
  {
    Plug plug(*store_);
    store_->Write(
        clock_.Now() + absl::Seconds(1),
        [&](WriteTransaction&) {
          ran = true;
          return absl::OkStatus();
        },
        [&](absl::Status status) {
          expired = base::Reason(status);
          done.DecrementCount();
        });
    store_->Write(
        clock_.Now() + absl::Seconds(3), [](WriteTransaction&) { return absl::OkStatus(); },
        [&](absl::Status status) {
          in_time = status.ToString();
          done.DecrementCount();
        });
    clock_.Advance(absl::Seconds(2));
    plug.Release();
  }
  done.Wait();
  EXPECT_EQ(expired, "DEADLINE_EXCEEDED");
  EXPECT_EQ(in_time, "OK");
  EXPECT_FALSE(ran);
}

TEST_F(WriterTest, StoppingRunsWhatIsQueued) {
  StoreOptions options = Options();
  options.batch_limit = 4;  // so that the queue is not empty after the last batch before the stop
  Open(std::move(options));
  ASSERT_TRUE(store_->WriteAndWait([](WriteTransaction& t) { return t.Query(kCreateNote).Run(); }).ok());
  std::atomic<int> ok{0};
  {
    Plug plug(*store_);
    for (int64_t id = 1; id <= 30; ++id) {
      store_->Write(absl::InfiniteFuture(), InsertBody(id), [&](absl::Status status) { ok += status.ok(); });
    }
    plug.Release();
  }
  Close();
  EXPECT_EQ(ok.load(), 30);
  Open();
  EXPECT_EQ(Count(), 30);
}

TEST_F(WriterTest, WhatWaitsForTheCommitRunsOnlyAfterIt) {
  OpenWithNotes();
  std::atomic<int> syncs{0};
  storage_.Observe([&](StorageOperation operation, absl::string_view path) {
    syncs += operation == StorageOperation::kSync && absl::EndsWith(path, "mendwork.db-wal");
  });
  std::vector<std::string> events;
  const auto write = [&](const std::string& name, absl::Status result) {
    return store_->WriteAndWait([&, name, result](WriteTransaction& transaction) {
      EXPECT_TRUE(InsertBody(store_->NewId())(transaction).ok());
      const int syncs_in_body = syncs;
      transaction.OnCommit([&events, &syncs, name, syncs_in_body] {
        EXPECT_GT(syncs, syncs_in_body) << "before the commit was durable";
        events.push_back(name);
      });
      return result;
    });
  };
  EXPECT_TRUE(write("committed", absl::OkStatus()).ok());
  EXPECT_THAT(events, ElementsAre("committed")) << "and before the acknowledgement";
  EXPECT_FALSE(write("rolled back", absl::AbortedError("no")).ok());
  storage_.Fail(StorageOperation::kWrite, "mendwork.db-wal", SQLITE_FULL);
  EXPECT_FALSE(write("not stored", absl::OkStatus()).ok());
  EXPECT_THAT(events, ElementsAre("committed"));
  storage_.Observe({});
}

TEST_F(WriterTest, ADoneCallbackMayQueueMore) {
  OpenWithNotes();
  absl::Notification done;
  store_->Write(absl::InfiniteFuture(), InsertBody(1), [&](absl::Status) {
    store_->Write(absl::InfiniteFuture(), InsertBody(2), [&](absl::Status) { done.Notify(); });
  });
  done.WaitForNotification();
  EXPECT_EQ(Count(), 2);
}

TEST_F(WriterTest, CheckpointsKeepTheWalShortWhileReadersWork) {
  OpenWithNotes();
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      EXPECT_GE(Count(), 0) << "a read never fails with busy";
    }
  });
  const std::string body(100'000, 'b');
  for (int64_t id = 1; id <= 400; ++id) {
    ASSERT_TRUE(Insert(id, body).ok());
  }
  stop = true;
  reader.join();
  EXPECT_GE(store_->writer_counters().checkpoints, 3u);
  EXPECT_LT(store_->writer_counters().wal_pages, 16384) << "128 MiB";
}

TEST_F(WriterTest, CleanCloseLeavesNoWal) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1).ok());
  EXPECT_EQ(Count(), 1);
  EXPECT_GT(std::filesystem::file_size(directory_.File("mendwork.db-wal")), 0u);
  Close();
  std::error_code error;
  const auto size = std::filesystem::file_size(directory_.File("mendwork.db-wal"), error);
  EXPECT_TRUE(error || size == 0);
}

TEST_F(WriterTest, IdsNeverComeTwice) {
  OpenWithNotes();
  std::set<int64_t> seen;
  int64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) {
      const int64_t id = store_->NewId();
      EXPECT_GT(id, last);
      last = id;
      EXPECT_TRUE(seen.insert(id).second);
      ASSERT_TRUE(Insert(id).ok());
    }
    Close();
    Open();
  }
  EXPECT_EQ(store_->NewId(), 31) << "a clean end gives unused ids back";
}

TEST_F(WriterTest, OneWriteAheadOfACrashKeepsItsIdReserved) {
  OpenWithNotes();
  const int64_t id = store_->NewId();
  ASSERT_TRUE(Insert(id).ok());
  // What a crash would leave: the files as they are now, in another directory.
  test::TemporaryDirectory after_crash;
  for (const char* file : {"mendwork.db", "mendwork.db-wal", "keyring.db", "keyring.db-wal"}) {
    std::filesystem::copy(directory_.File(file), after_crash.File(file));
  }
  StoreOptions options = Options();
  options.directory = after_crash.path();
  absl::StatusOr<std::unique_ptr<Store>> other = Store::Open(std::move(options));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_GT((*other)->NewId(), id);
}

}  // namespace
}  // namespace mendwork::store
