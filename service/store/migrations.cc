#include "service/store/migrations.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/base/file.h"
#include "service/base/log.h"
#include "service/base/status.h"

namespace mendwork::store {
namespace {

constexpr char kReadVersion[] = "PRAGMA user_version";
constexpr char kBegin[] = "BEGIN IMMEDIATE";
constexpr char kCommit[] = "COMMIT";
constexpr char kRollback[] = "ROLLBACK";

bool LeftWalBehind(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path + "-wal", error);
  return !error && size > 0;
}

// Pragmas take no parameters; the version is a number of ours.
std::string SetVersionSql(int version) { return absl::StrCat("PRAGMA user_version = ", version); }

absl::Status Apply(Database& database, const Migration& migration) {
  MENDWORK_RETURN_IF_ERROR(database.Execute(kBegin));
  absl::Status status = database.Execute(migration.sql);
  if (status.ok()) {
    status = database.Execute(SetVersionSql(migration.version).c_str());
  }
  if (status.ok()) {
    status = database.Execute(kCommit);
  }
  if (!status.ok() && database.in_transaction()) {
    database.Execute(kRollback).IgnoreError();  // the first error is the one to report
  }
  return status;
}

}  // namespace

absl::Status Migrate(Database& database, absl::Span<const Migration> migrations) {
  MENDWORK_ASSIGN_OR_RETURN(const int64_t current, database.ReadInteger(kReadVersion));
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  if (current > newest) {
    return base::Error(
        absl::StatusCode::kFailedPrecondition, "SCHEMA_TOO_NEW",
        absl::StrCat(
            "The data was written by a newer version of Mendwork (schema ", current,
            "; this one knows up to ", newest,
            "). Nothing was changed. Install that version again, or restore a backup made by this one."));
  }
  int expected = 1;
  for (const Migration& migration : migrations) {
    MENDWORK_CHECK(migration.version == expected, "Migrations count 1, 2, 3, ... without gaps.");
    ++expected;
    if (migration.version > current) {
      MENDWORK_RETURN_IF_ERROR(Apply(database, migration));
      base::Log(base::Severity::kInfo, "schema_migrated",
                {{"file", std::filesystem::path(database.path()).filename().string()},
                 {"version", migration.version}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Database>> OpenMigrated(const DatabaseOptions& options,
                                                       absl::Span<const Migration> migrations, Vfs& vfs) {
  const bool unclean = LeftWalBehind(options.path);
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options, vfs));
  if (unclean) {
    base::Log(base::Severity::kWarning, "unclean_end_checking_file",
              {{"file", std::filesystem::path(options.path).filename().string()}});
    MENDWORK_RETURN_IF_ERROR(database->QuickCheck());
  }
  MENDWORK_RETURN_IF_ERROR(Migrate(*database, migrations));
  MENDWORK_RETURN_IF_ERROR(base::SyncDirectory(std::filesystem::path(options.path).parent_path().string()));
  return database;
}

}  // namespace mendwork::store
