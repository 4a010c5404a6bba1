// What the store does when storage fails: it stops for good, except for a full disk, which it survives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "absl/synchronization/blocking_counter.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using StorageFailureTest = StoreTest;

TEST_F(StorageFailureTest, AFailedSyncIsFinal) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1).ok());
  storage_.Fail(StorageOperation::kSync, "mendwork.db-wal", SQLITE_IOERR_FSYNC);
  const absl::Status failed = Insert(2);
  EXPECT_EQ(base::Reason(failed), "STORAGE_FAILED");
  EXPECT_TRUE(absl::IsUnavailable(failed));
  EXPECT_THAT(failures_, ElementsAre("sync"));
  // The disk would work again (SQLite alone would carry on), yet nothing more is acknowledged.
  storage_.Heal();
  EXPECT_EQ(base::Reason(Insert(3)), "STORAGE_FAILED");
  EXPECT_EQ(base::Reason(store_->Seal(NoteIdentity(), "words").status()), "STORAGE_FAILED");
  EXPECT_EQ(failures_.size(), 1u);
  Close();
  Open();
  EXPECT_EQ(Count("SELECT COUNT(*) FROM note WHERE id = 1"), 1) << "what was acknowledged is there";
  EXPECT_EQ(Count("SELECT COUNT(*) FROM note WHERE id = 3"), 0);
}

TEST_F(StorageFailureTest, AfterAFailureNoBodyRuns) {
  OpenWithNotes();
  storage_.Fail(StorageOperation::kSync, "mendwork.db-wal", SQLITE_IOERR_FSYNC);
  EXPECT_FALSE(Insert(1).ok());
  bool ran = false;
  EXPECT_FALSE(store_
                   ->WriteAndWait([&ran](WriteTransaction&) {
                     ran = true;
                     return absl::OkStatus();
                   })
                   .ok());
  EXPECT_FALSE(ran);
}

// The layer below holds by itself, whatever its user forgets to ask.
TEST_F(StorageFailureTest, AfterAFailureTheVfsWritesNothing) {
  VfsOptions vfs_options;
  vfs_options.hook = &storage_;
  vfs_options.on_failure = [](absl::string_view, absl::string_view) {};
  Vfs vfs(std::move(vfs_options));
  DatabaseOptions options;
  options.path = directory_.File("other.db");
  const absl::StatusOr<std::unique_ptr<Database>> database = Database::Open(options, vfs);
  ASSERT_TRUE(database.ok()) << database.status();
  ASSERT_TRUE((*database)->Execute("CREATE TABLE a (id INTEGER)").ok());
  storage_.Fail(StorageOperation::kSync, "other.db-wal", SQLITE_IOERR_FSYNC);
  EXPECT_FALSE((*database)->Execute("INSERT INTO a (id) VALUES (1)").ok());
  EXPECT_TRUE(vfs.failed());
  storage_.Heal();
  EXPECT_FALSE((*database)->Execute("INSERT INTO a (id) VALUES (2)").ok());
  EXPECT_EQ(*(*database)->ReadInteger("SELECT COUNT(*) FROM a"), 0);
}

TEST_F(StorageFailureTest, EveryJobOfTheBatchIsTold) {
  OpenWithNotes();
  std::vector<std::string> reasons;
  absl::BlockingCounter done(4);
  absl::Notification entered;
  absl::Notification go;
  const auto note_reason = [&](absl::Status status) {
    reasons.push_back(base::Reason(status));
    done.DecrementCount();
  };
  store_->Write(
      absl::InfiniteFuture(),
      [&](WriteTransaction&) {
        entered.Notify();
        go.WaitForNotification();
        return base::Error(absl::StatusCode::kAborted, "OWN_ERROR", "Its own.");
      },
      note_reason);
  entered.WaitForNotification();
  for (int64_t id = 1; id <= 3; ++id) {
    store_->Write(
        absl::InfiniteFuture(),
        [id](WriteTransaction& transaction) {
          return transaction.Query(kInsertNote).Bind("$id", id).Bind("$body", Blob{"x"}).Run();
        },
        note_reason);
  }
  storage_.Fail(StorageOperation::kSync, "mendwork.db-wal", SQLITE_IOERR_FSYNC);
  go.Notify();
  done.Wait();
  EXPECT_THAT(reasons, ElementsAre("OWN_ERROR", "STORAGE_FAILED", "STORAGE_FAILED", "STORAGE_FAILED"));
}

TEST_F(StorageFailureTest, AFailedWriteOrReadIsFinalToo) {
  OpenWithNotes();
  storage_.Fail(StorageOperation::kWrite, "mendwork.db-wal", SQLITE_IOERR_WRITE);
  EXPECT_EQ(base::Reason(Insert(1)), "STORAGE_FAILED");
  EXPECT_THAT(failures_, ElementsAre("write"));
  storage_.Heal();
  EXPECT_EQ(base::Reason(Insert(2)), "STORAGE_FAILED");
}

TEST_F(StorageFailureTest, AKeyIsNeverUsedBeforeItIsDurable) {
  OpenWithNotes();
  storage_.Fail(StorageOperation::kSync, "keyring.db-wal", SQLITE_IOERR_FSYNC);
  EXPECT_EQ(base::Reason(store_->Seal(NoteIdentity(), "words").status()), "STORAGE_FAILED");
  EXPECT_EQ(base::Reason(Insert(1)), "STORAGE_FAILED") << "the data file stops as well";
}

TEST_F(StorageFailureTest, AFullDiskRefusesAndThenRecovers) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1).ok());
  storage_.Fail(StorageOperation::kWrite, "", SQLITE_FULL, 1, /*and_later=*/true);
  for (int64_t id = 2; id <= 4; ++id) {
    const absl::Status status = Insert(id);
    EXPECT_EQ(base::Reason(status), "STORAGE_FULL");
    EXPECT_TRUE(absl::IsResourceExhausted(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("Free some space"));
    EXPECT_TRUE(base::RetryAfter(status).has_value());
  }
  EXPECT_EQ(base::Reason(store_->Seal(NoteIdentity(), "words").status()), "STORAGE_FULL");
  EXPECT_EQ(Count(), 1) << "reads go on";
  storage_.Heal();
  EXPECT_TRUE(Insert(5).ok());
  EXPECT_TRUE(store_->Seal(NoteIdentity(), "words").ok());
  EXPECT_EQ(Count(), 2);
  EXPECT_TRUE(failures_.empty()) << "a full disk does not end the process";
}

TEST_F(StorageFailureTest, AFullDiskAtAnyWriteLosesNothingAcknowledged) {
  OpenWithNotes();
  const std::string body(200'000, 'b');
  int64_t acknowledged = 0;
  int64_t id = 0;
  for (int nth = 1; nth <= 40; ++nth) {
    storage_.Fail(StorageOperation::kWrite, "", SQLITE_FULL, nth);
    for (int i = 0; i < 2; ++i) {
      acknowledged += Insert(++id, body).ok();
    }
    storage_.Heal();
    ASSERT_EQ(Count(), acknowledged) << "write " << nth;
  }
  EXPECT_TRUE(store_->CheckIntegrity().ok());
}

// When the cache spills and finds the disk full, SQLite gives up the whole transaction, and every job of the
// batch with it. Then the jobs before must not be acknowledged.
TEST_F(StorageFailureTest, ATransactionThatSqliteGaveUpIsNotAcknowledged) {
  OpenWithNotes();
  constexpr char kInsertHuge[] = "INSERT INTO note (id, body) VALUES ($id, ZEROBLOB(90000000))";
  absl::Notification entered;
  absl::Notification go;
  absl::BlockingCounter done(4);
  std::vector<std::string> results;
  const auto note_result = [&](absl::Status status) {
    results.push_back(status.ok() ? "OK" : base::Reason(status));
    done.DecrementCount();
  };
  store_->Write(
      absl::InfiniteFuture(),
      [&](WriteTransaction&) {
        entered.Notify();
        go.WaitForNotification();
        return absl::OkStatus();
      },
      note_result);
  entered.WaitForNotification();
  for (const auto& [id, sql] :
       {std::pair(1, kInsertNote), std::pair(2, kInsertHuge), std::pair(3, kInsertNote)}) {
    store_->Write(
        absl::InfiniteFuture(),
        [id = id, sql = sql](WriteTransaction& transaction) {
          Statement statement = transaction.Query(sql);
          statement.Bind("$id", id);
          if (sql == kInsertNote) {
            statement.Bind("$body", Blob{"x"});
          }
          return statement.Run();
        },
        note_result);
  }
  storage_.Fail(StorageOperation::kWrite, "mendwork.db-wal", SQLITE_FULL, 20, /*and_later=*/true);
  go.Notify();
  done.Wait();
  EXPECT_TRUE(storage_.fired());
  storage_.Heal();
  EXPECT_THAT(results, ElementsAre("OK", "STORAGE_FULL", "STORAGE_FULL", "STORAGE_FULL"));
  EXPECT_EQ(Count(), 0);
  EXPECT_TRUE(Insert(4).ok());
  EXPECT_EQ(Count(), 1);
}

TEST_F(StorageFailureTest, AuditSequencesStayWithoutGapsThroughAFullDisk) {
  OpenWithNotes();
  const auto audit = [this] {
    return store_->WriteAndWait(
        [](WriteTransaction& transaction) { return transaction.Audit(AuditEntry{}); });
  };
  ASSERT_TRUE(audit().ok());
  storage_.Fail(StorageOperation::kWrite, "mendwork.db-wal", SQLITE_FULL, 1, /*and_later=*/true);
  EXPECT_FALSE(audit().ok());
  storage_.Heal();
  ASSERT_TRUE(audit().ok());
  EXPECT_EQ(Count("SELECT MAX(sequence) FROM audit_entry"), 2);
  EXPECT_EQ(Count("SELECT COUNT(*) FROM audit_entry"), 2);
}

TEST_F(StorageFailureTest, AFailedCommitDoesNotLetIdsComeAgain) {
  OpenWithNotes();
  storage_.Fail(StorageOperation::kWrite, "mendwork.db-wal", SQLITE_FULL);
  const int64_t lost = store_->NewId();
  EXPECT_FALSE(Insert(lost).ok());
  const int64_t kept = store_->NewId();
  ASSERT_TRUE(Insert(kept).ok());
  test::TemporaryDirectory after_crash;
  for (const char* file : {"mendwork.db", "mendwork.db-wal", "keyring.db", "keyring.db-wal"}) {
    std::filesystem::copy(directory_.File(file), after_crash.File(file));
  }
  StoreOptions options = Options();
  options.directory = after_crash.path();
  absl::StatusOr<std::unique_ptr<Store>> other = Store::Open(std::move(options));
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_GT((*other)->NewId(), kept);
}

using StorageFailureDeathTest = StoreTest;

TEST_F(StorageFailureDeathTest, ByDefaultTheProcessEnds) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        StoreOptions options = Options();
        options.vfs.on_failure = nullptr;
        Open(std::move(options));
        store_->WriteAndWait([](WriteTransaction& t) { return t.Query(kCreateNote).Run(); }).IgnoreError();
        storage_.Fail(StorageOperation::kSync, "mendwork.db-wal", SQLITE_IOERR_FSYNC);
        Insert(1).IgnoreError();
        std::exit(0);  // acknowledged or refused: either way too late
      },
      ::testing::ExitedWithCode(kStorageFailureExitCode), "storage_failed.*sync.*mendwork.db-wal");
}

// A child stores rows and says so, one id per acknowledgement, until it is killed in the middle of it.
TEST_F(StorageFailureTest, EverythingAcknowledgedSurvivesSigkill) {
  int64_t known_total = 0;
  for (int round = 0; round < 4; ++round) {
    int channel[2];
    ASSERT_EQ(pipe(channel), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(channel[0]);
      Open();
      if (round == 0) {
        store_->WriteAndWait([](WriteTransaction& t) { return t.Query(kCreateNote).Run(); }).IgnoreError();
      }
      for (;;) {
        const int64_t id = store_->NewId();
        if (!Insert(id).ok() || write(channel[1], &id, sizeof(id)) != sizeof(id)) {
          _exit(1);
        }
      }
    }
    close(channel[1]);
    std::vector<int64_t> acknowledged;
    int64_t id = 0;
    while (acknowledged.size() < 30u + 17u * round && read(channel[0], &id, sizeof(id)) == sizeof(id)) {
      acknowledged.push_back(id);
    }
    kill(child, SIGKILL);
    while (read(channel[0], &id, sizeof(id)) == sizeof(id)) {
      acknowledged.push_back(id);
    }
    close(channel[0]);
    int wait_status = 0;
    ASSERT_EQ(waitpid(child, &wait_status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(wait_status)) << "the child ended by itself";
    Open();
    for (const int64_t stored : acknowledged) {
      ASSERT_TRUE(absl::IsAlreadyExists(Insert(stored)))
          << "row " << stored << " was acknowledged and is gone";
    }
    known_total += static_cast<int64_t>(acknowledged.size());
    EXPECT_GE(Count(), known_total);
    EXPECT_TRUE(store_->CheckIntegrity().ok());
    Close();
  }
}

}  // namespace
}  // namespace mendwork::store
