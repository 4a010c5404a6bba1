#include "service/store/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/base/log.h"
#include "service/base/status.h"

namespace mendwork::store {
namespace {

using absl::StatusCode;
using base::Error;

// How long a restarting checkpoint waits for readers; the only thing that ever waits for a lock here.
constexpr int kBusyTimeoutMs = 2000;
constexpr int kProgressInterval = 1000;

// page_size only takes effect on a new file, before WAL mode is set.
constexpr char kWriterPragmas[] =
    "PRAGMA page_size = 8192;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;"
    "PRAGMA secure_delete = ON;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA cache_size = -65536;"  // KiB, so 64 MiB; taken only as the file needs it
    "PRAGMA temp_store = MEMORY;";
constexpr char kReaderPragmas[] =
    "PRAGMA query_only = ON;"
    "PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA cache_size = -4096;"
    "PRAGMA temp_store = MEMORY;";
constexpr char kCommonPragmas[] =
    "PRAGMA foreign_keys = ON;"
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA mmap_size = 0;"
    "PRAGMA cell_size_check = ON;";

// Before main, because it must come before SQLite's first use. Its memory statistics, which nobody reads,
// take one lock of the whole process at every allocation.
[[maybe_unused]] const int kMemoryStatisticsOff = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);

constexpr char kReadApplicationId[] = "PRAGMA application_id";
constexpr char kCountSchema[] = "SELECT COUNT(*) FROM sqlite_schema";
constexpr char kQuickCheck[] = "PRAGMA quick_check(1)";

absl::Status DamagedFile(absl::string_view path) {
  return Error(
      StatusCode::kDataLoss, "STORAGE_CORRUPT",
      absl::StrCat("The file ", path,
                   " is damaged or is not a Mendwork file. Keep it as it is, and restore the data directory "
                   "from the latest backup."));
}

absl::Status CannotOpen(absl::string_view path, int result) {
  return Error(
      StatusCode::kFailedPrecondition, "STORAGE_CANNOT_OPEN",
      absl::StrCat("Cannot open ", path, " (", sqlite3_errstr(result),
                   "). Check that the file and its directory belong to the user of the server, that both "
                   "are writable, and that the disk is not full or mounted read-only."));
}

absl::Status OpenError(absl::string_view path, const absl::Status& status) {
  const std::string reason = base::Reason(status);
  if (reason == "STORAGE_CORRUPT") {
    return DamagedFile(path);
  }
  if (reason == "STORAGE_READ_ONLY") {
    return CannotOpen(path, SQLITE_READONLY);
  }
  return status;
}

}  // namespace

absl::Status StatusFromSqlite(sqlite3* connection, int result) {
  const int extended = connection == nullptr ? result : sqlite3_extended_errcode(connection);
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
      extended == SQLITE_CONSTRAINT_ROWID) {
    return Error(StatusCode::kAlreadyExists, "UNIQUE_CONSTRAINT", "The row already exists.");
  }
  // Growing the shared-memory file is where a full disk shows as an I/O error.
  if (result == SQLITE_FULL || (result & 0xFF) == SQLITE_FULL || extended == SQLITE_IOERR_SHMSIZE) {
    return base::Exhausted(
        "STORAGE_FULL",
        "The disk that holds the data directory is full: nothing was stored. Free some space on it; "
        "the server then continues by itself.",
        absl::Seconds(10));
  }
  switch (result & 0xFF) {
    case SQLITE_CONSTRAINT:
      // The text names tables and columns, never values.
      return Error(StatusCode::kInternal, "CONSTRAINT", sqlite3_errmsg(connection));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Error(StatusCode::kUnavailable, "STORAGE_BUSY", "The data file is busy; try again.");
    case SQLITE_INTERRUPT:
      return Error(StatusCode::kResourceExhausted, "READ_STEP_LIMIT",
                   "The request reads too much; ask for less.");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Error(StatusCode::kDataLoss, "STORAGE_CORRUPT", "The data file is damaged.");
    case SQLITE_IOERR:
      return Error(StatusCode::kUnavailable, "STORAGE_FAILED", "The disk failed; nothing was acknowledged.");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Error(StatusCode::kFailedPrecondition, "STORAGE_READ_ONLY", "The data file cannot be written.");
    case SQLITE_TOOBIG:
      return Error(StatusCode::kInvalidArgument, "VALUE_TOO_LARGE", "A value is too large to be stored.");
    case SQLITE_NOMEM:
      return Error(StatusCode::kResourceExhausted, "STORAGE_MEMORY", "The server is out of memory.");
    default:
      return Error(StatusCode::kInternal, "SQL_ERROR", absl::StrCat("SQLite: ", sqlite3_errstr(result)));
  }
}

Database::Database(sqlite3* connection, const DatabaseOptions& options)
    : connection_(connection),
      path_(options.path),
      step_limit_(options.step_limit),
      steps_left_(options.step_limit) {}

Database::~Database() {
  for (auto& entry : cache_) {
    MENDWORK_CHECK(!entry.second->in_use, "No statement outlives its connection.");
    sqlite3_finalize(entry.second->prepared);
  }
  const int result = sqlite3_close(connection_);
  MENDWORK_CHECK(result == SQLITE_OK, "A connection closes: nothing of it is in use.");
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options, Vfs& vfs) {
  const bool writer = options.role == DatabaseOptions::Role::kWriter;
  const int flags = (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* connection = nullptr;
  const int result = sqlite3_open_v2(options.path.c_str(), &connection, flags, vfs.name());
  if (result != SQLITE_OK) {
    sqlite3_close(connection);
    return CannotOpen(options.path, result);
  }
  std::unique_ptr<Database> database = absl::WrapUnique(new Database(connection, options));
  const absl::Status status = database->Configure(options);
  if (!status.ok()) {
    return OpenError(options.path, status);
  }
  return database;
}

absl::Status Database::Configure(const DatabaseOptions& options) {
  const bool writer = options.role == DatabaseOptions::Role::kWriter;
  sqlite3_busy_timeout(connection_, kBusyTimeoutMs);
  int ignored = 0;
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, &ignored);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, &ignored);
  if (!writer) {
    sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &ignored);
    if (step_limit_ > 0) {
      sqlite3_progress_handler(connection_, kProgressInterval, OnProgress, this);
    }
  }
  if (writer) {
    // Before anything is changed: a foreign file is left as it was found.
    MENDWORK_RETURN_IF_ERROR(CheckApplicationId(options));
  }
  MENDWORK_RETURN_IF_ERROR(Execute(writer ? kWriterPragmas : kReaderPragmas));
  MENDWORK_RETURN_IF_ERROR(Execute(kCommonPragmas));
  // After wal_autocheckpoint, which would replace it.
  if (writer) {
    sqlite3_wal_hook(connection_, OnWalCommit, this);
  }
  return absl::OkStatus();
}

absl::Status Database::CheckApplicationId(const DatabaseOptions& options) {
  MENDWORK_ASSIGN_OR_RETURN(const int64_t application_id, ReadInteger(kReadApplicationId));
  if (application_id == options.application_id) {
    return absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(const int64_t objects, ReadInteger(kCountSchema));
  if (application_id != 0 || objects != 0) {
    return Error(StatusCode::kFailedPrecondition, "FOREIGN_FILE",
                 absl::StrCat("The file ", options.path,
                              " belongs to another program. Point the server at its own data directory."));
  }
  return absl::OkStatus();  // new and empty: the first migration marks it
}

Statement Database::Query(const char* constant_sql) {
  std::unique_ptr<Statement::Cached>& cached = cache_[constant_sql];
  if (cached != nullptr && !cached->in_use) {
    MENDWORK_CHECK(std::strcmp(sqlite3_sql(cached->prepared), constant_sql) == 0, "SQL texts are constants.");
    return Statement(connection_, cached->prepared, cached.get(), absl::OkStatus());
  }
  sqlite3_stmt* prepared = nullptr;
  const unsigned int flags = cached == nullptr ? SQLITE_PREPARE_PERSISTENT : 0;
  const int result = sqlite3_prepare_v3(connection_, constant_sql, -1, flags, &prepared, nullptr);
  if (result != SQLITE_OK) {
    absl::Status status = StatusFromSqlite(connection_, result);
    if ((result & 0xFF) == SQLITE_ERROR) {
      // Our own SQL does not fit our own schema; the text is a constant and carries no value.
      base::Log(base::Severity::kError, "sql_not_prepared",
                {{"sql", constant_sql}, {"problem", sqlite3_errmsg(connection_)}});
    }
    if (cached == nullptr) {
      cache_.erase(constant_sql);
    }
    return Statement(connection_, nullptr, nullptr, std::move(status));
  }
  if (cached != nullptr) {
    return Statement(connection_, prepared, nullptr,
                     absl::OkStatus());  // the cached one is in use further up
  }
  cached = std::make_unique<Statement::Cached>();
  cached->prepared = prepared;
  return Statement(connection_, prepared, cached.get(), absl::OkStatus());
}

absl::Status Database::Execute(const char* constant_script) {
  const int result = sqlite3_exec(connection_, constant_script, nullptr, nullptr, nullptr);
  if ((result & 0xFF) == SQLITE_ERROR) {
    base::Log(base::Severity::kError, "sql_script_failed", {{"problem", sqlite3_errmsg(connection_)}});
  }
  return result == SQLITE_OK ? absl::OkStatus() : StatusFromSqlite(connection_, result);
}

absl::StatusOr<int64_t> Database::ReadInteger(const char* constant_sql) {
  Statement statement = Query(constant_sql);
  MENDWORK_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Int64(0) : 0;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_) == 0; }

absl::Status Database::RunCheckpoint(Checkpoint kind) {
  const int mode = kind == Checkpoint::kPassive   ? SQLITE_CHECKPOINT_PASSIVE
                   : kind == Checkpoint::kRestart ? SQLITE_CHECKPOINT_RESTART
                                                  : SQLITE_CHECKPOINT_TRUNCATE;
  int log_pages = 0;
  int copied_pages = 0;
  const int result = sqlite3_wal_checkpoint_v2(connection_, nullptr, mode, &log_pages, &copied_pages);
  if (result == SQLITE_OK || result == SQLITE_BUSY) {
    wal_pages_ = std::max(log_pages, 0);
    wal_pages_at_checkpoint_ = wal_pages_;
    return absl::OkStatus();
  }
  return StatusFromSqlite(connection_, result);
}

absl::Status Database::QuickCheck() {
  Statement statement = Query(kQuickCheck);
  const absl::StatusOr<bool> row = statement.Step();
  if (!row.ok()) {
    return OpenError(path_, row.status());
  }
  if (!*row || statement.Text(0) != "ok") {
    return DamagedFile(path_);
  }
  return absl::OkStatus();
}

int Database::OnProgress(void* self) {
  Database* database = static_cast<Database*>(self);
  database->steps_left_ -= kProgressInterval;
  return database->steps_left_ < 0 ? 1 : 0;
}

int Database::OnWalCommit(void* self, sqlite3* /*connection*/, const char* /*name*/, int pages) {
  Database* database = static_cast<Database*>(self);
  if (pages < database->wal_pages_at_checkpoint_) {
    database->wal_pages_at_checkpoint_ = 0;  // the WAL was started again from its beginning
  }
  database->wal_pages_ = pages;
  return SQLITE_OK;
}

}  // namespace mendwork::store
