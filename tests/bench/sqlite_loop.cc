#include "tests/bench/sqlite_loop.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "tests/bench/process.h"

namespace mendwork::bench {
namespace {

using Steady = std::chrono::steady_clock;

// As service/store/database.cc and writer.cc have them.
constexpr char kPragmas[] =
    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = "
    "ON;"
    "PRAGMA wal_autocheckpoint = 1024; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY;"
    "PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON;";

// The tables that SubmitResponse writes, with their keys and nothing else. 100,000 open responses to choose
// from.
constexpr char kTables[] =
    "CREATE TABLE response (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, version INTEGER NOT NULL);"
    "CREATE TABLE response_version (response_id INTEGER PRIMARY KEY, content BLOB NOT NULL);"
    "CREATE TABLE response_withheld (response_id INTEGER PRIMARY KEY, item_ids BLOB NOT NULL);"
    "CREATE TABLE audit_entry (sequence INTEGER PRIMARY KEY, entry BLOB NOT NULL);"
    "CREATE TABLE request_record (record_id INTEGER PRIMARY KEY, request_id BLOB UNIQUE, outcome BLOB NOT "
    "NULL);"
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)"
    " INSERT INTO response SELECT n, 1, 1 FROM numbers;";

void Require(int result, sqlite3* database) {
  if (result != SQLITE_OK && result != SQLITE_DONE) {
    Fail(std::string("raw SQLite: ") + sqlite3_errmsg(database));
  }
}

class RawDatabase {
 public:
  explicit RawDatabase(const std::string& path) {
    Require(sqlite3_open(path.c_str(), &database_), database_);
    Execute(kPragmas);
    Execute(kTables);
  }
  ~RawDatabase() {
    for (sqlite3_stmt* statement : statements_) {
      sqlite3_finalize(statement);
    }
    sqlite3_close(database_);
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;

  void Execute(const char* sql) {
    Require(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr), database_);
  }
  sqlite3_stmt* Prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    Require(sqlite3_prepare_v3(database_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr),
            database_);
    statements_.push_back(statement);
    return statement;
  }
  void Run(sqlite3_stmt* statement) {
    Require(sqlite3_step(statement), database_);
    sqlite3_reset(statement);
  }

 private:
  sqlite3* database_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

}  // namespace

GroupCommitResult RunGroupCommit(const std::string& directory, const RowSizes& sizes, int batch,
                                 double seconds) {
  const std::string path = directory + "/raw.db";
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::remove((path + suffix).c_str());
  }
  RawDatabase database(path);
  sqlite3_stmt* const begin = database.Prepare("BEGIN IMMEDIATE");
  sqlite3_stmt* const commit = database.Prepare("COMMIT");
  sqlite3_stmt* const update =
      database.Prepare("UPDATE response SET state = 2, version = version + 1 WHERE id = ?1");
  sqlite3_stmt* const version = database.Prepare("INSERT INTO response_version VALUES (?1, zeroblob(?2))");
  sqlite3_stmt* const withheld = database.Prepare("INSERT INTO response_withheld VALUES (?1, zeroblob(?2))");
  sqlite3_stmt* const audit = database.Prepare("INSERT INTO audit_entry VALUES (?1, zeroblob(?2))");
  sqlite3_stmt* const record =
      database.Prepare("INSERT INTO request_record VALUES (?1, randomblob(36), zeroblob(?2))");

  const auto insert = [&database](sqlite3_stmt* statement, int64_t id, size_t bytes) {
    sqlite3_bind_int64(statement, 1, id);
    sqlite3_bind_int64(statement, 2, static_cast<int64_t>(bytes));
    database.Run(statement);
  };
  std::vector<double> commits;
  int64_t done = 0;
  const double cpu = OwnCpuMicros();
  const Steady::time_point start = Steady::now();
  const Steady::time_point until =
      start + std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  Steady::time_point now = start;
  while (now < until) {
    database.Run(begin);
    for (int i = 0; i < batch; ++i) {
      ++done;
      sqlite3_bind_int64(update, 1, done % 100000 + 1);
      database.Run(update);
      insert(version, done, sizes.content);
      insert(withheld, done, sizes.withheld);
      insert(audit, done, sizes.audit);
      insert(record, done, sizes.outcome);
    }
    database.Run(commit);
    const Steady::time_point after = Steady::now();
    commits.push_back(std::chrono::duration<double, std::micro>(after - now).count());
    now = after;
  }
  std::sort(commits.begin(), commits.end());
  GroupCommitResult result;
  result.per_second = static_cast<double>(done) / std::chrono::duration<double>(now - start).count();
  result.cpu_us = (OwnCpuMicros() - cpu) / static_cast<double>(done);
  result.p99_us = commits[std::min(commits.size() - 1, commits.size() * 99 / 100)];
  return result;
}

std::map<std::string, int64_t> BytesByTable(const std::string& path) {
  sqlite3* database = nullptr;
  Require(sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr), database);
  sqlite3_stmt* statement = nullptr;
  Require(sqlite3_prepare_v2(database, "SELECT name, SUM(pgsize) FROM dbstat GROUP BY name", -1, &statement,
                             nullptr),
          database);
  std::map<std::string, int64_t> bytes;
  while (sqlite3_step(statement) == SQLITE_ROW) {
    bytes[reinterpret_cast<const char*>(sqlite3_column_text(statement, 0))] =
        sqlite3_column_int64(statement, 1);
  }
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return bytes;
}

}  // namespace mendwork::bench
