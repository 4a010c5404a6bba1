// Rows of sessions with a couple: who attended, who is in the room, and the window for joint work.
#pragma once

#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

// The numbers are those of mendwork.v1.Encounter.State.
enum class EncounterState : int64_t { kOpen = 1, kClosed = 2 };

struct EncounterRow {
  int64_t encounter_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  absl::optional<int64_t> appointment_id;
  int64_t modality = 0;
  EncounterState state = EncounterState::kOpen;
  absl::Time start_time;
  absl::optional<absl::Time> end_time;
  int64_t outcome = 0;
  absl::optional<absl::Time> window_start_time;
  absl::optional<absl::Time> window_end_time;
  int64_t version = 1;
};
// A partner or a clinician of a session.
struct EncounterPersonRow {
  int64_t person_id = 0;
  bool clinician = false;
  bool present = true;
};

absl::Status InsertEncounter(WriteTransaction& transaction, const EncounterRow& row,
                             const std::vector<EncounterPersonRow>& people);
absl::Status UpdateEncounter(WriteTransaction& transaction, const EncounterRow& row);
absl::Status UpdatePresence(WriteTransaction& transaction, int64_t encounter_id, int64_t person_id,
                            bool present);
absl::StatusOr<absl::optional<EncounterRow>> FindEncounter(Transaction& transaction, int64_t practice_id,
                                                           int64_t encounter_id);
// The one that is open, if any.
absl::StatusOr<absl::optional<EncounterRow>> FindOpenEncounter(Transaction& transaction, int64_t practice_id,
                                                               int64_t couple_id);
// Newest first: those with an id below `range.after_id`.
absl::StatusOr<std::vector<EncounterRow>> ListEncounters(Transaction& transaction, int64_t practice_id,
                                                         int64_t couple_id, PageRange range);
absl::StatusOr<std::vector<EncounterPersonRow>> ListEncounterPeople(Transaction& transaction,
                                                                    int64_t encounter_id);
// The end of the latest window for joint work that is open at `now`.
absl::StatusOr<absl::optional<absl::Time>> FindJointWindowEnd(Transaction& transaction, int64_t practice_id,
                                                              int64_t couple_id, absl::Time now);
// Is the clinician in a room with two or more partners, in a session opened after `opened_after`? Any couple
// when `couple_id` is 0.
absl::StatusOr<bool> IsWithSeveral(Transaction& transaction, int64_t practice_id, int64_t couple_id,
                                   int64_t staff_id, absl::Time opened_after);

}  // namespace mendwork::store
