#include "service/store/id_counter.h"

#include "service/base/status.h"

namespace mendwork::store {
namespace {

// How far ahead the mark is moved; after a crash at most this many ids are skipped.
constexpr int64_t kBlock = 65536;

constexpr char kSelectReserved[] = "SELECT reserved_id FROM engine_state WHERE id = 1";
constexpr char kUpdateReserved[] = "UPDATE engine_state SET reserved_id = $reserved_id WHERE id = 1";

}  // namespace

absl::Status IdCounter::Start(Database& database) {
  MENDWORK_ASSIGN_OR_RETURN(reserved_, database.ReadInteger(kSelectReserved));
  committed_ = reserved_;
  next_.store(reserved_);
  return absl::OkStatus();
}

absl::Status IdCounter::ReserveBeforeCommit(Database& database) {
  const int64_t next = next_.load();
  if (next <= reserved_) {
    return absl::OkStatus();
  }
  reserved_ = next + kBlock;
  return database.Query(kUpdateReserved).Bind("$reserved_id", reserved_).Run();
}

absl::Status IdCounter::Finish(Database& database) {
  return database.Query(kUpdateReserved).Bind("$reserved_id", next_.load()).Run();
}

}  // namespace mendwork::store
