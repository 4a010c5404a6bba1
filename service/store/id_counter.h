// Internal ids: one increasing counter for all tables. Ids are taken from memory; the durable high-water mark
// is moved ahead, before a commit, whenever ids of that commit could pass it. So an id that was ever stored
// is never given again, and no table has to be searched at start.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "service/store/database.h"

namespace mendwork::store {

class IdCounter {
 public:
  // Thread-safe.
  int64_t Next() { return next_.fetch_add(1, std::memory_order_relaxed); }

  // The rest belongs to the thread that has the writing connection.
  absl::Status Start(Database& database);
  absl::Status ReserveBeforeCommit(Database& database);
  // After the commit failed: the mark in the file is the old one.
  void ForgetReservation() { reserved_ = committed_; }
  void NoteCommitted() { committed_ = reserved_; }
  // At a clean end: gives back what was reserved but not used.
  absl::Status Finish(Database& database);

 private:
  std::atomic<int64_t> next_{1};
  int64_t reserved_ = 1;   // ids below may be stored
  int64_t committed_ = 1;  // the same, as it is in the file
};

}  // namespace mendwork::store
