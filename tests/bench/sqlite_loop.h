// The raw group commit: the rows of one submission, written by SQLite alone with the store's settings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace mendwork::bench {

// What one submission puts into the file, in bytes of the sealed or encoded values.
struct RowSizes {
  size_t content = 0;
  size_t withheld = 0;
  size_t outcome = 0;
  size_t audit = 0;
};

struct GroupCommitResult {
  double per_second = 0;  // submissions
  double cpu_us = 0;      // per submission
  double p99_us = 0;      // of a commit
};

// Writes groups of `batch` submissions into a new file for `seconds`, each group one durable transaction.
GroupCommitResult RunGroupCommit(const std::string& directory, const RowSizes& sizes, int batch,
                                 double seconds);

// The pages of each table and index of a closed database file, in bytes.
std::map<std::string, int64_t> BytesByTable(const std::string& path);

}  // namespace mendwork::bench
