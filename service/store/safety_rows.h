// Rows of flags and of their changes, in order.
#pragma once

#include <string>
#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

// The numbers are those of mendwork.v1.Flag.State.
enum class FlagState : int64_t {
  kOpen = 1,
  kAcknowledged = 2,
  kEscalated = 3,
  kResolved = 4,
  kReopened = 5,
  kMerged = 6,
};

struct FlagRow {
  int64_t flag_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t person_id = 0;
  int64_t response_id = 0;
  std::string rule_id;
  int64_t severity = 0;  // domain::Severity
  std::string category;
  std::string subject;
  FlagState state = FlagState::kOpen;
  absl::Time create_time;
  absl::optional<absl::Time> acknowledge_due_time;
  absl::optional<absl::Time> acknowledge_time;
  absl::optional<int64_t> acknowledger_id;
  absl::optional<absl::Time> resolve_time;
  absl::optional<int64_t> resolver_id;
  int64_t disposition = 0;
  std::string evidence;  // sealed
  std::string note;      // sealed; empty before it is resolved
  int64_t version = 1;
};

absl::Status InsertFlag(WriteTransaction& transaction, const FlagRow& row);
absl::Status UpdateFlag(WriteTransaction& transaction, const FlagRow& row);
absl::StatusOr<absl::optional<FlagRow>> FindFlag(Transaction& transaction, int64_t practice_id,
                                                 int64_t flag_id);

// Does the same rule already stand unresolved for the same response? Then saving again is no new evidence.
absl::StatusOr<bool> HasUnresolvedFlag(Transaction& transaction, int64_t practice_id, int64_t response_id,
                                       absl::string_view rule_id);

// Whose flags a staff member answers for: those of couples they have a relation to, and, on call, every open
// one.
struct FlagViewer {
  int64_t practice_id = 0;
  int64_t staff_id = 0;
  bool on_call = false;
  absl::Time now;
};

// Newest first: those with an id below `range.after_id`.
absl::StatusOr<std::vector<FlagRow>> ListFlags(Transaction& transaction, const FlagViewer& viewer,
                                               bool include_closed, PageRange range);
// Those of one person that are not closed, newest first.
absl::StatusOr<std::vector<FlagRow>> ListOpenFlagsOfPerson(Transaction& transaction, int64_t practice_id,
                                                           int64_t person_id, int64_t limit);

struct FlagChangeRow {
  int64_t change_id = 0;
  int64_t practice_id = 0;
  int64_t flag_id = 0;
  FlagState state = FlagState::kOpen;
  int64_t actor_id = 0;  // 0 for the server
  absl::Time create_time;
};

absl::Status InsertFlagChange(WriteTransaction& transaction, const FlagChangeRow& row);
// In order, after `range.after_id`, of the whole practice: the caller decides which of them the viewer sees.
absl::StatusOr<std::vector<FlagChangeRow>> ListFlagChanges(Transaction& transaction, int64_t practice_id,
                                                           PageRange range);
// 0 when there is none.
absl::StatusOr<int64_t> LastFlagChange(Transaction& transaction, int64_t practice_id);

}  // namespace mendwork::store
