// Opening a data directory: what is refused, and that the refusal says what to do.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "service/base/file.h"
#include "service/store/migrations.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using ::testing::HasSubstr;

class StoreOpenTest : public StoreTest {
 protected:
  absl::Status TryOpen() { return Store::Open(Options()).status(); }

  // Straight to the file, past the store.
  void Script(const std::string& file, const char* sql) {
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(directory_.File(file).c_str(), &connection), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
  }
  void Overwrite(const std::string& file, std::streamoff offset, const std::string& bytes) {
    std::fstream stream(directory_.File(file), std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(offset);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_TRUE(stream.good());
  }
};

TEST_F(StoreOpenTest, SettingsAreAsSpecified) {
  OpenWithNotes();
  const auto read = [](Transaction& transaction, const char* sql) {
    Statement statement = transaction.Query(sql);
    EXPECT_TRUE(*statement.Step());
    return statement.Text(0);
  };
  ASSERT_TRUE(store_
                  ->WriteAndWait([&](WriteTransaction& transaction) {
                    EXPECT_EQ(read(transaction, "PRAGMA journal_mode"), "wal");
                    EXPECT_EQ(read(transaction, "PRAGMA synchronous"), "2");
                    EXPECT_EQ(read(transaction, "PRAGMA page_size"), "8192");
                    EXPECT_EQ(read(transaction, "PRAGMA secure_delete"), "1");
                    EXPECT_EQ(read(transaction, "PRAGMA foreign_keys"), "1");
                    EXPECT_EQ(read(transaction, "PRAGMA trusted_schema"), "0");
                    EXPECT_EQ(read(transaction, "PRAGMA cache_size"), "-65536");
                    EXPECT_EQ(read(transaction, "PRAGMA application_id"), std::to_string(kDataApplicationId));
                    EXPECT_EQ(transaction.now(), clock_.Now());
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_TRUE(
      store_
          ->Read([&](ReadTransaction& transaction) {
            EXPECT_EQ(read(transaction, "PRAGMA query_only"), "1");
            EXPECT_EQ(read(transaction, "PRAGMA wal_autocheckpoint"), "0");
            EXPECT_FALSE(transaction.Query(kInsertNote).Bind("$id", 1).Bind("$body", Blob{"x"}).Run().ok())
                << "a reader cannot write";
            return absl::OkStatus();
          })
          .ok());
}

TEST_F(StoreOpenTest, AMissingDirectory) {
  StoreOptions options = Options();
  options.directory = directory_.File("absent");
  const absl::Status status = Store::Open(std::move(options)).status();
  EXPECT_EQ(base::Reason(status), "DATA_DIRECTORY_MISSING");
  EXPECT_THAT(std::string(status.message()), HasSubstr("mkdir -m 700"));
}

TEST_F(StoreOpenTest, AFileInPlaceOfADirectory) {
  ASSERT_TRUE(base::WriteFileAtomically(directory_.File("file"), "", 0600).ok());
  StoreOptions options = Options();
  options.directory = directory_.File("file");
  EXPECT_THAT(std::string(Store::Open(std::move(options)).status().message()),
              HasSubstr("is not a directory"));
}

TEST_F(StoreOpenTest, ADirectoryThatOthersMayEnter) {
  ASSERT_EQ(chmod(directory_.path().c_str(), 0750), 0);
  const absl::Status status = TryOpen();
  EXPECT_EQ(base::Reason(status), "DATA_DIRECTORY_PERMISSIONS");
  EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 700"));
}

// In a child, because root may write anywhere: the child becomes nobody first.
TEST_F(StoreOpenTest, AReadOnlyDirectory) {
  ASSERT_EQ(chmod(directory_.path().c_str(), 0500), 0);
  constexpr uid_t kNobody = 65534;
  if (geteuid() == 0) {
    ASSERT_EQ(chown(directory_.path().c_str(), kNobody, kNobody), 0);
  }
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    if (geteuid() == 0 && setuid(kNobody) != 0) {
      _exit(2);
    }
    const absl::Status status = TryOpen();
    const bool clear = base::Reason(status) == "DATA_DIRECTORY_READ_ONLY" &&
                       absl::StrContains(status.message(), "chmod 700");
    _exit(clear ? 0 : 1);
  }
  int wait_status = 0;
  ASSERT_EQ(waitpid(child, &wait_status, 0), child);
  EXPECT_TRUE(WIFEXITED(wait_status));
  EXPECT_EQ(WEXITSTATUS(wait_status), 0);
  chmod(directory_.path().c_str(), 0700);
}

TEST_F(StoreOpenTest, ASecondOpener) {
  Open();
  const absl::Status status = TryOpen();
  EXPECT_EQ(base::Reason(status), "DATA_DIRECTORY_IN_USE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("Stop it first"));
  Close();
  EXPECT_TRUE(TryOpen().ok());
}

TEST_F(StoreOpenTest, ANewerSchemaIsLeftAlone) {
  Open();
  Close();
  Script("mendwork.db", "PRAGMA user_version = 9000");
  const absl::Status status = TryOpen();
  EXPECT_EQ(base::Reason(status), "SCHEMA_TOO_NEW");
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema 9000"));
  Script("mendwork.db", "CREATE TABLE still_writable (id INTEGER)");
}

TEST_F(StoreOpenTest, AnotherProgramsFileIsLeftAlone) {
  Script("mendwork.db", "PRAGMA application_id = 77; CREATE TABLE theirs (id INTEGER)");
  Script("keyring.db", "CREATE TABLE theirs (id INTEGER)");
  const std::string before = *base::ReadFile(directory_.File("keyring.db"));
  EXPECT_EQ(base::Reason(TryOpen()), "FOREIGN_FILE");
  EXPECT_EQ(*base::ReadFile(directory_.File("keyring.db")), before);
  std::filesystem::remove(directory_.File("keyring.db"));
  EXPECT_EQ(base::Reason(TryOpen()), "KEYRING_MISSING");
}

TEST_F(StoreOpenTest, AFileThatIsNotADatabase) {
  Open();
  Close();
  Overwrite("mendwork.db", 0, std::string(100, 'z'));
  const absl::Status status = TryOpen();
  EXPECT_EQ(base::Reason(status), "STORAGE_CORRUPT");
  EXPECT_THAT(std::string(status.message()), HasSubstr("restore the data directory from the latest backup"));
}

TEST_F(StoreOpenTest, ATruncatedFile) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1, std::string(300'000, 'b')).ok());
  Close();
  std::filesystem::resize_file(directory_.File("mendwork.db"), 100'000);
  EXPECT_EQ(base::Reason(TryOpen()), "STORAGE_CORRUPT");
}

TEST_F(StoreOpenTest, DamageInsideIsFoundAfterAnUncleanEndAndOnRequest) {
  OpenWithNotes();
  for (int64_t id = 1; id <= 200; ++id) {
    ASSERT_TRUE(Insert(id, std::string(1000, 'b')).ok());
  }
  EXPECT_TRUE(store_->CheckIntegrity().ok());
  Close();
  const auto size = std::filesystem::file_size(directory_.File("mendwork.db"));
  Overwrite("mendwork.db", static_cast<std::streamoff>(size - 8192), std::string(64, '\xEE'));
  {
    // A clean end: not read through at the start, so that the start stays quick.
    Open();
    EXPECT_EQ(base::Reason(store_->CheckIntegrity()), "STORAGE_CORRUPT");
    Close();
  }
  // What an unclean end leaves behind: a WAL.
  ASSERT_TRUE(
      base::WriteFileAtomically(directory_.File("mendwork.db-wal"), std::string(32, '\0'), 0600).ok());
  EXPECT_EQ(base::Reason(TryOpen()), "STORAGE_CORRUPT");
}

TEST_F(StoreOpenTest, FactsForTheAdministrator) {
  OpenWithNotes();
  const int64_t before = store_->Facts().database_bytes;
  ASSERT_TRUE(Insert(1, std::string(100'000, 'b')).ok());
  const StoreFacts facts = store_->Facts();
  EXPECT_EQ(facts.schema_version, DataMigrations().back().version);
  EXPECT_EQ(facts.key_provider, "memory");
  EXPECT_EQ(facts.writer_queue_length, 0);
  EXPECT_GE(facts.database_bytes, before + 100'000);
  EXPECT_GT(facts.free_bytes, 0);
}

TEST_F(StoreOpenTest, ReadsStopAtTheirStepLimit) {
  StoreOptions options = Options();
  options.read_step_limit = 200'000;
  Open(std::move(options));
  constexpr char kEndless[] =
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT COUNT(*) "
      "FROM n";
  const absl::Status status =
      store_->Read([&](ReadTransaction& transaction) { return transaction.Query(kEndless).Step().status(); });
  EXPECT_EQ(base::Reason(status), "READ_STEP_LIMIT");
  EXPECT_EQ(Count("SELECT 7"), 7) << "the connection goes on";
}

TEST_F(StoreOpenTest, AReadSeesOneSnapshot) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1).ok());
  const auto count = [](Transaction& transaction) {
    Statement statement = transaction.Query(kCountNotes);
    EXPECT_TRUE(*statement.Step());
    return statement.Int64(0);
  };
  ASSERT_TRUE(store_
                  ->Read([&](ReadTransaction& transaction) {
                    EXPECT_EQ(count(transaction), 1);
                    EXPECT_TRUE(Insert(2).ok());
                    EXPECT_EQ(count(transaction), 1);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(Count(), 2);
}

TEST_F(StoreOpenTest, MoreReadersThanConnectionsTakeTurns) {
  StoreOptions options = Options();
  options.reader_limit = 2;
  Open(std::move(options));
  std::vector<std::thread> threads;
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  for (int thread = 0; thread < 6; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(store_
                        ->Read([&](ReadTransaction&) {
                          const int now = ++inside;
                          int seen = most.load();
                          while (now > seen && !most.compare_exchange_weak(seen, now)) {
                          }
                          --inside;
                          return absl::OkStatus();
                        })
                        .ok());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_LE(most.load(), 2);
}

TEST_F(StoreOpenTest, AMigrationHappensWholeOrNotAtAll) {
  Vfs vfs({});
  DatabaseOptions options;
  options.path = directory_.File("other.db");
  options.application_id = 1;
  constexpr Migration kGood[] = {{1, "PRAGMA application_id = 1; CREATE TABLE a (id INTEGER)"}};
  constexpr Migration kBad[] = {{1, "PRAGMA application_id = 1; CREATE TABLE a (id INTEGER)"},
                                {2, "CREATE TABLE b (id INTEGER); CREATE TABLE a (id INTEGER)"}};
  constexpr Migration kRepaired[] = {{1, "PRAGMA application_id = 1; CREATE TABLE a (id INTEGER)"},
                                     {2, "CREATE TABLE b (id INTEGER)"}};
  ASSERT_TRUE(OpenMigrated(options, kGood, vfs).ok());
  EXPECT_FALSE(OpenMigrated(options, kBad, vfs).ok());
  const absl::StatusOr<std::unique_ptr<Database>> database = OpenMigrated(options, kRepaired, vfs);
  ASSERT_TRUE(database.ok()) << database.status();
  EXPECT_EQ(*(*database)->ReadInteger("PRAGMA user_version"), 2);
}

}  // namespace
}  // namespace mendwork::store
