// Rows of exercises, assignments, responses, drafts and reviews.
#pragma once

#include <string>
#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

struct ExerciseRevisionRow {
  std::string exercise_key;
  int64_t revision = 0;
  std::string content_hash;
  std::string source;
  absl::Time create_time;
};

absl::Status InsertExerciseRevision(WriteTransaction& transaction, const ExerciseRevisionRow& row);
absl::StatusOr<std::vector<ExerciseRevisionRow>> ListExerciseRevisions(Transaction& transaction);

struct AcceptanceRow {
  int64_t practice_id = 0;
  std::string exercise_key;
  int64_t revision = 0;
  int64_t staff_id = 0;
  std::string licence;
  std::string language;
  absl::Time create_time;
};

// Replaces an earlier acceptance of the same revision.
absl::Status PutAcceptance(WriteTransaction& transaction, const AcceptanceRow& row);
absl::StatusOr<absl::optional<AcceptanceRow>> FindAcceptance(Transaction& transaction, int64_t practice_id,
                                                             absl::string_view exercise_key,
                                                             int64_t revision);

// The numbers are those of mendwork.v1.Assignment.State.
enum class AssignmentState : int64_t { kOpen = 1, kReviewed = 2, kCancelled = 3 };

struct AssignmentRow {
  int64_t assignment_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t person_id = 0;
  int64_t group_id = 0;
  std::string exercise_key;
  int64_t revision = 0;
  std::string variant;
  absl::optional<int64_t> event_id;
  AssignmentState state = AssignmentState::kOpen;
  absl::Time create_time;
  absl::optional<absl::Time> due_time;
  int64_t assigner_id = 0;
  int64_t version = 1;
  int64_t response_id = 0;  // of its first occurrence, read only
};

absl::Status InsertAssignment(WriteTransaction& transaction, const AssignmentRow& row);
absl::Status UpdateAssignment(WriteTransaction& transaction, const AssignmentRow& row);
absl::StatusOr<absl::optional<AssignmentRow>> FindAssignment(Transaction& transaction, int64_t practice_id,
                                                             int64_t assignment_id);
absl::StatusOr<std::vector<AssignmentRow>> ListAssignments(Transaction& transaction, int64_t practice_id,
                                                           int64_t couple_id, PageRange range);
absl::StatusOr<std::vector<AssignmentRow>> ListAssignmentsOfPerson(Transaction& transaction,
                                                                   int64_t practice_id, int64_t person_id,
                                                                   PageRange range);

// The numbers are those of mendwork.v1.Response.State.
enum class ResponseState : int64_t { kOpen = 1, kSubmitted = 2, kAmended = 3, kWithdrawn = 4, kReviewed = 5 };

// A response with what every decision about it needs of its assignment.
struct ResponseRow {
  int64_t response_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t assignment_id = 0;
  int64_t person_id = 0;
  int64_t occurrence = 1;
  ResponseState state = ResponseState::kOpen;
  absl::optional<absl::Time> submit_time;
  int64_t content_version = 0;
  int64_t version = 1;
  std::string exercise_key;                                   // of assignment, read only
  int64_t revision = 0;                                       // of assignment, read only
  std::string variant;                                        // of assignment, read only
  AssignmentState assignment_state = AssignmentState::kOpen;  // of assignment, read only
};

absl::Status InsertResponse(WriteTransaction& transaction, const ResponseRow& row);
absl::Status UpdateResponse(WriteTransaction& transaction, const ResponseRow& row);
absl::StatusOr<absl::optional<ResponseRow>> FindResponse(Transaction& transaction, int64_t practice_id,
                                                         int64_t response_id);
absl::StatusOr<std::vector<ResponseRow>> ListResponses(Transaction& transaction, int64_t practice_id,
                                                       int64_t couple_id, PageRange range);
absl::StatusOr<std::vector<ResponseRow>> ListResponsesOfPerson(Transaction& transaction, int64_t practice_id,
                                                               int64_t person_id, PageRange range);
// Newest first: those with an id below `range.after_id`.
absl::StatusOr<std::vector<ResponseRow>> ListNewestResponsesOfPerson(Transaction& transaction,
                                                                     int64_t practice_id, int64_t person_id,
                                                                     PageRange range);
// Those that wait for a review, the longest first.
absl::StatusOr<std::vector<ResponseRow>> ListUnreviewedResponsesOfPerson(Transaction& transaction,
                                                                         int64_t practice_id,
                                                                         int64_t person_id, int64_t limit);

struct ResponseVersionRow {
  int64_t response_id = 0;
  int64_t content_version = 0;
  std::string content;  // sealed
  std::string language;
  absl::Time submit_time;
};

absl::Status InsertResponseVersion(WriteTransaction& transaction, const ResponseVersionRow& row);
absl::StatusOr<absl::optional<ResponseVersionRow>> FindResponseVersion(Transaction& transaction,
                                                                       int64_t response_id,
                                                                       int64_t content_version);

struct DraftRow {
  int64_t response_id = 0;
  std::string draft;  // sealed
  int64_t draft_revision = 0;
};

absl::Status PutDraft(WriteTransaction& transaction, const DraftRow& row);
absl::Status DeleteDraft(WriteTransaction& transaction, int64_t response_id);
absl::StatusOr<absl::optional<DraftRow>> FindDraft(Transaction& transaction, int64_t response_id);

struct WithheldRow {
  int64_t response_id = 0;
  std::string item_ids;  // sealed
  int64_t item_ids_version = 1;
};

absl::Status PutWithheld(WriteTransaction& transaction, const WithheldRow& row);
absl::StatusOr<absl::optional<WithheldRow>> FindWithheld(Transaction& transaction, int64_t response_id);

struct ReviewRow {
  int64_t response_id = 0;
  int64_t practice_id = 0;
  int64_t staff_id = 0;
  int64_t outcome = 0;
  bool discussed = false;
  std::string note;  // sealed
  absl::Time create_time;
};

absl::Status InsertReview(WriteTransaction& transaction, const ReviewRow& row);
absl::StatusOr<absl::optional<ReviewRow>> FindReview(Transaction& transaction, int64_t response_id);

}  // namespace mendwork::store
