// One SQLite connection with Mendwork's settings, its statement cache, and SQLite results as statuses.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/store/statement.h"
#include "service/store/vfs.h"

struct sqlite3;

namespace mendwork::store {

// "MWDB" and "MWKR".
constexpr int64_t kDataApplicationId = 0x4D574442;
constexpr int64_t kKeyringApplicationId = 0x4D574B52;

struct DatabaseOptions {
  std::string path;
  enum class Role { kWriter, kReader } role = Role::kWriter;
  int64_t application_id = 0;
  // Readers only: virtual-machine steps before a statement is given up, 0 for no limit.
  int64_t step_limit = 0;
};

// Used by one thread at a time.
class Database {
 public:
  // A writer creates the file if it does not exist. Says in its error what to do about a foreign, damaged or
  // read-only file. Does not migrate.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const DatabaseOptions& options, Vfs& vfs);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // `constant_sql` must be a literal or another text that never moves or changes: the cache is keyed by its
  // address.
  Statement Query(const char* constant_sql);

  // For constant scripts without parameters (pragmas, migrations, transaction control outside the hot path).
  absl::Status Execute(const char* constant_script);

  absl::StatusOr<int64_t> ReadInteger(const char* constant_sql);

  const std::string& path() const { return path_; }

  // False when SQLite has rolled the transaction back by itself, for example after running out of space.
  bool in_transaction() const;

  // Pages in the WAL after the last commit through this connection.
  int wal_pages() const { return wal_pages_; }
  // How many of them came after the last checkpoint was tried.
  int wal_pages_since_checkpoint() const { return wal_pages_ - wal_pages_at_checkpoint_; }

  // Starts a new step budget (readers).
  void ResetStepLimit() { steps_left_ = step_limit_; }

  enum class Checkpoint { kPassive, kRestart, kTruncate };
  // OK also when readers kept it from finishing.
  absl::Status RunCheckpoint(Checkpoint kind);

  // Reads the whole file: only after an unclean end, or when asked.
  absl::Status QuickCheck();

 private:
  Database(sqlite3* connection, const DatabaseOptions& options);
  absl::Status Configure(const DatabaseOptions& options);
  absl::Status CheckApplicationId(const DatabaseOptions& options);

  static int OnProgress(void* self);
  static int OnWalCommit(void* self, sqlite3* connection, const char* database, int pages);

  sqlite3* connection_;
  std::string path_;
  int64_t step_limit_ = 0;
  int64_t steps_left_ = 0;
  int wal_pages_ = 0;
  int wal_pages_at_checkpoint_ = 0;
  absl::flat_hash_map<const char*, std::unique_ptr<Statement::Cached>> cache_;
};

// A SQLite result as a status. Reasons: STORAGE_FULL (RESOURCE_EXHAUSTED), STORAGE_FAILED (UNAVAILABLE),
// STORAGE_CORRUPT (DATA_LOSS), STORAGE_BUSY (UNAVAILABLE), READ_STEP_LIMIT (RESOURCE_EXHAUSTED),
// UNIQUE_CONSTRAINT (ALREADY_EXISTS), CONSTRAINT, VALUE_TOO_LARGE, STORAGE_READ_ONLY, SQL_ERROR (INTERNAL).
// Never carries a value.
absl::Status StatusFromSqlite(sqlite3* connection, int result);

}  // namespace mendwork::store
