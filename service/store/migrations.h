// Numbered schema changes, each in one transaction together with its PRAGMA user_version.
#pragma once

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "service/store/database.h"

namespace mendwork::store {

// Versions count 1, 2, 3, ... without gaps. A released entry is never edited: a change is a new entry.
struct Migration {
  int version;
  const char* sql;
};

// The data file's list (schema.cc).
absl::Span<const Migration> DataMigrations();

// Brings the file up to the last entry. A file with a higher version was written by a newer Mendwork: it is
// left untouched and the error says so.
absl::Status Migrate(Database& database, absl::Span<const Migration> migrations);

// Opens the writing connection, reads the file through when it was not closed cleanly (it left a WAL behind),
// migrates, and makes the directory's entries durable. quick_check takes time on a big file, so a clean start
// skips it.
absl::StatusOr<std::unique_ptr<Database>> OpenMigrated(const DatabaseOptions& options,
                                                       absl::Span<const Migration> migrations, Vfs& vfs);

}  // namespace mendwork::store
