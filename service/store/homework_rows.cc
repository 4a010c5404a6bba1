#include "service/store/homework_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertExerciseRevision[] =
    "INSERT INTO exercise_revision (exercise_key, revision, content_hash, source, create_time_us) "
    "VALUES ($exercise_key, $revision, $content_hash, $source, $create_time)";
constexpr char kListExerciseRevisions[] =
    "SELECT exercise_key, revision, content_hash, source, create_time_us FROM exercise_revision "
    "ORDER BY exercise_key, revision";
constexpr char kPutAcceptance[] =
    "INSERT INTO exercise_acceptance (practice_id, exercise_key, revision, staff_id, licence, language, "
    "create_time_us) VALUES ($practice_id, $exercise_key, $revision, $staff_id, $licence, $language, "
    "$create_time) "
    "ON CONFLICT (practice_id, exercise_key, revision) DO UPDATE SET staff_id = excluded.staff_id, "
    "licence = excluded.licence, language = excluded.language, create_time_us = excluded.create_time_us";
constexpr char kFindAcceptance[] =
    "SELECT practice_id, exercise_key, revision, staff_id, licence, language, create_time_us FROM "
    "exercise_acceptance "
    "WHERE practice_id = $practice_id AND exercise_key = $exercise_key AND revision = $revision";

constexpr char kInsertAssignment[] =
    "INSERT INTO assignment (assignment_id, practice_id, couple_id, person_id, group_id, exercise_key, "
    "revision, "
    "variant, event_id, state, create_time_us, due_time_us, assigner_id, version) VALUES ($assignment_id, "
    "$practice_id, $couple_id, $person_id, $group_id, $exercise_key, $revision, $variant, $event_id, $state, "
    "$create_time, $due_time, $assigner_id, $version)";
constexpr char kUpdateAssignment[] =
    "UPDATE assignment SET state = $state, due_time_us = $due_time, version = $version "
    "WHERE practice_id = $practice_id AND assignment_id = $assignment_id";
constexpr char kFindAssignment[] =
    "SELECT a.assignment_id, a.practice_id, a.couple_id, a.person_id, a.group_id, a.exercise_key, "
    "a.revision, "
    "a.variant, a.event_id, a.state, a.create_time_us, a.due_time_us, a.assigner_id, a.version, "
    "r.response_id "
    "FROM assignment a JOIN response r ON r.assignment_id = a.assignment_id AND r.occurrence = 1 "
    "WHERE a.practice_id = $practice_id AND a.assignment_id = $assignment_id";
constexpr char kListAssignments[] =
    "SELECT a.assignment_id, a.practice_id, a.couple_id, a.person_id, a.group_id, a.exercise_key, "
    "a.revision, "
    "a.variant, a.event_id, a.state, a.create_time_us, a.due_time_us, a.assigner_id, a.version, "
    "r.response_id "
    "FROM assignment a JOIN response r ON r.assignment_id = a.assignment_id AND r.occurrence = 1 "
    "WHERE a.practice_id = $practice_id AND a.couple_id = $couple_id AND a.assignment_id > $after_id "
    "ORDER BY a.assignment_id LIMIT $limit";
constexpr char kListAssignmentsOfPerson[] =
    "SELECT a.assignment_id, a.practice_id, a.couple_id, a.person_id, a.group_id, a.exercise_key, "
    "a.revision, "
    "a.variant, a.event_id, a.state, a.create_time_us, a.due_time_us, a.assigner_id, a.version, "
    "r.response_id "
    "FROM assignment a JOIN response r ON r.assignment_id = a.assignment_id AND r.occurrence = 1 "
    "WHERE a.practice_id = $practice_id AND a.person_id = $person_id AND a.assignment_id > $after_id "
    "ORDER BY a.assignment_id LIMIT $limit";

constexpr char kInsertResponse[] =
    "INSERT INTO response (response_id, practice_id, couple_id, assignment_id, person_id, occurrence, state, "
    "submit_time_us, content_version, version) VALUES ($response_id, $practice_id, $couple_id, "
    "$assignment_id, "
    "$person_id, $occurrence, $state, $submit_time, $content_version, $version)";
constexpr char kUpdateResponse[] =
    "UPDATE response SET state = $state, submit_time_us = $submit_time, content_version = $content_version, "
    "version = $version WHERE practice_id = $practice_id AND response_id = $response_id";
constexpr char kFindResponse[] =
    "SELECT r.response_id, r.practice_id, r.couple_id, r.assignment_id, r.person_id, r.occurrence, r.state, "
    "r.submit_time_us, r.content_version, r.version, a.exercise_key, a.revision, a.variant, a.state "
    "FROM response r JOIN assignment a ON a.assignment_id = r.assignment_id "
    "WHERE r.practice_id = $practice_id AND r.response_id = $response_id";
constexpr char kListResponses[] =
    "SELECT r.response_id, r.practice_id, r.couple_id, r.assignment_id, r.person_id, r.occurrence, r.state, "
    "r.submit_time_us, r.content_version, r.version, a.exercise_key, a.revision, a.variant, a.state "
    "FROM response r JOIN assignment a ON a.assignment_id = r.assignment_id "
    "WHERE r.practice_id = $practice_id AND r.couple_id = $couple_id AND r.response_id > $after_id "
    "ORDER BY r.response_id LIMIT $limit";
constexpr char kListResponsesOfPerson[] =
    "SELECT r.response_id, r.practice_id, r.couple_id, r.assignment_id, r.person_id, r.occurrence, r.state, "
    "r.submit_time_us, r.content_version, r.version, a.exercise_key, a.revision, a.variant, a.state "
    "FROM response r JOIN assignment a ON a.assignment_id = r.assignment_id "
    "WHERE r.practice_id = $practice_id AND r.person_id = $person_id AND r.response_id > $after_id "
    "ORDER BY r.response_id LIMIT $limit";
constexpr char kListNewestResponsesOfPerson[] =
    "SELECT r.response_id, r.practice_id, r.couple_id, r.assignment_id, r.person_id, r.occurrence, r.state, "
    "r.submit_time_us, r.content_version, r.version, a.exercise_key, a.revision, a.variant, a.state "
    "FROM response r JOIN assignment a ON a.assignment_id = r.assignment_id "
    "WHERE r.practice_id = $practice_id AND r.person_id = $person_id AND r.response_id < $before_id "
    "ORDER BY r.response_id DESC LIMIT $limit";
constexpr char kListUnreviewedResponsesOfPerson[] =
    "SELECT r.response_id, r.practice_id, r.couple_id, r.assignment_id, r.person_id, r.occurrence, r.state, "
    "r.submit_time_us, r.content_version, r.version, a.exercise_key, a.revision, a.variant, a.state "
    "FROM response r JOIN assignment a ON a.assignment_id = r.assignment_id "
    "WHERE r.practice_id = $practice_id AND r.person_id = $person_id AND r.state IN (2, 3) "
    "ORDER BY r.submit_time_us, r.response_id LIMIT $limit";

constexpr char kInsertResponseVersion[] =
    "INSERT INTO response_version (response_id, content_version, content, language, submit_time_us) "
    "VALUES ($response_id, $content_version, $content, $language, $submit_time)";
constexpr char kFindResponseVersion[] =
    "SELECT response_id, content_version, content, language, submit_time_us FROM response_version "
    "WHERE response_id = $response_id AND content_version = $content_version";
constexpr char kPutDraft[] =
    "INSERT INTO response_draft (response_id, draft, draft_revision) VALUES ($response_id, $draft, "
    "$draft_revision) "
    "ON CONFLICT (response_id) DO UPDATE SET draft = excluded.draft, draft_revision = "
    "excluded.draft_revision";
constexpr char kDeleteDraft[] = "DELETE FROM response_draft WHERE response_id = $response_id";
constexpr char kFindDraft[] =
    "SELECT response_id, draft, draft_revision FROM response_draft WHERE response_id = $response_id";
constexpr char kPutWithheld[] =
    "INSERT INTO response_withheld (response_id, item_ids, item_ids_version) "
    "VALUES ($response_id, $item_ids, $item_ids_version) "
    "ON CONFLICT (response_id) DO UPDATE SET item_ids = excluded.item_ids, "
    "item_ids_version = excluded.item_ids_version";
constexpr char kFindWithheld[] =
    "SELECT response_id, item_ids, item_ids_version FROM response_withheld WHERE response_id = $response_id";
constexpr char kInsertReview[] =
    "INSERT INTO review (response_id, practice_id, staff_id, outcome, discussed, note, create_time_us) "
    "VALUES ($response_id, $practice_id, $staff_id, $outcome, $discussed, $note, $create_time)";
constexpr char kFindReview[] =
    "SELECT response_id, practice_id, staff_id, outcome, discussed, note, create_time_us FROM review "
    "WHERE response_id = $response_id";

ExerciseRevisionRow ReadExerciseRevision(Statement& statement) {
  return {.exercise_key = statement.Text(0),
          .revision = statement.Int64(1),
          .content_hash = statement.Text(2),
          .source = statement.Text(3),
          .create_time = statement.Time(4)};
}

AcceptanceRow ReadAcceptance(Statement& statement) {
  return {.practice_id = statement.Int64(0),
          .exercise_key = statement.Text(1),
          .revision = statement.Int64(2),
          .staff_id = statement.Int64(3),
          .licence = statement.Text(4),
          .language = statement.Text(5),
          .create_time = statement.Time(6)};
}

AssignmentRow ReadAssignment(Statement& statement) {
  return {.assignment_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .person_id = statement.Int64(3),
          .group_id = statement.Int64(4),
          .exercise_key = statement.Text(5),
          .revision = statement.Int64(6),
          .variant = statement.Text(7),
          .event_id = statement.OptionalInt64(8),
          .state = static_cast<AssignmentState>(statement.Int64(9)),
          .create_time = statement.Time(10),
          .due_time = statement.OptionalTime(11),
          .assigner_id = statement.Int64(12),
          .version = statement.Int64(13),
          .response_id = statement.Int64(14)};
}

ResponseRow ReadResponse(Statement& statement) {
  return {.response_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .assignment_id = statement.Int64(3),
          .person_id = statement.Int64(4),
          .occurrence = statement.Int64(5),
          .state = static_cast<ResponseState>(statement.Int64(6)),
          .submit_time = statement.OptionalTime(7),
          .content_version = statement.Int64(8),
          .version = statement.Int64(9),
          .exercise_key = statement.Text(10),
          .revision = statement.Int64(11),
          .variant = statement.Text(12),
          .assignment_state = static_cast<AssignmentState>(statement.Int64(13))};
}

ResponseVersionRow ReadResponseVersion(Statement& statement) {
  return {.response_id = statement.Int64(0),
          .content_version = statement.Int64(1),
          .content = statement.Blob(2),
          .language = statement.Text(3),
          .submit_time = statement.Time(4)};
}

DraftRow ReadDraft(Statement& statement) {
  return {
      .response_id = statement.Int64(0), .draft = statement.Blob(1), .draft_revision = statement.Int64(2)};
}

WithheldRow ReadWithheld(Statement& statement) {
  return {.response_id = statement.Int64(0),
          .item_ids = statement.Blob(1),
          .item_ids_version = statement.Int64(2)};
}

ReviewRow ReadReview(Statement& statement) {
  return {.response_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .staff_id = statement.Int64(2),
          .outcome = statement.Int64(3),
          .discussed = statement.Bool(4),
          .note = statement.Blob(5),
          .create_time = statement.Time(6)};
}

}  // namespace

absl::Status InsertExerciseRevision(WriteTransaction& transaction, const ExerciseRevisionRow& row) {
  return transaction.Query(kInsertExerciseRevision)
      .Bind("$exercise_key", row.exercise_key)
      .Bind("$revision", row.revision)
      .Bind("$content_hash", row.content_hash)
      .Bind("$source", row.source)
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::StatusOr<std::vector<ExerciseRevisionRow>> ListExerciseRevisions(Transaction& transaction) {
  return ReadAll(transaction.Query(kListExerciseRevisions), ReadExerciseRevision);
}

absl::Status PutAcceptance(WriteTransaction& transaction, const AcceptanceRow& row) {
  return transaction.Query(kPutAcceptance)
      .Bind("$practice_id", row.practice_id)
      .Bind("$exercise_key", row.exercise_key)
      .Bind("$revision", row.revision)
      .Bind("$staff_id", row.staff_id)
      .Bind("$licence", row.licence)
      .Bind("$language", row.language)
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::StatusOr<absl::optional<AcceptanceRow>> FindAcceptance(Transaction& transaction, int64_t practice_id,
                                                             absl::string_view exercise_key,
                                                             int64_t revision) {
  return ReadOne(transaction.Query(kFindAcceptance)
                     .Bind("$practice_id", practice_id)
                     .Bind("$exercise_key", exercise_key)
                     .Bind("$revision", revision),
                 ReadAcceptance);
}

absl::Status InsertAssignment(WriteTransaction& transaction, const AssignmentRow& row) {
  return transaction.Query(kInsertAssignment)
      .Bind("$assignment_id", row.assignment_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$person_id", row.person_id)
      .Bind("$group_id", row.group_id)
      .Bind("$exercise_key", row.exercise_key)
      .Bind("$revision", row.revision)
      .Bind("$variant", row.variant)
      .Bind("$event_id", row.event_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$create_time", row.create_time)
      .Bind("$due_time", row.due_time)
      .Bind("$assigner_id", row.assigner_id)
      .Bind("$version", row.version)
      .Run();
}

absl::Status UpdateAssignment(WriteTransaction& transaction, const AssignmentRow& row) {
  return transaction.Query(kUpdateAssignment)
      .Bind("$practice_id", row.practice_id)
      .Bind("$assignment_id", row.assignment_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$due_time", row.due_time)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<AssignmentRow>> FindAssignment(Transaction& transaction, int64_t practice_id,
                                                             int64_t assignment_id) {
  return ReadOne(transaction.Query(kFindAssignment)
                     .Bind("$practice_id", practice_id)
                     .Bind("$assignment_id", assignment_id),
                 ReadAssignment);
}

absl::StatusOr<std::vector<AssignmentRow>> ListAssignments(Transaction& transaction, int64_t practice_id,
                                                           int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListAssignments)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadAssignment);
}

absl::StatusOr<std::vector<AssignmentRow>> ListAssignmentsOfPerson(Transaction& transaction,
                                                                   int64_t practice_id, int64_t person_id,
                                                                   PageRange range) {
  return ReadAll(transaction.Query(kListAssignmentsOfPerson)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadAssignment);
}

absl::Status InsertResponse(WriteTransaction& transaction, const ResponseRow& row) {
  return transaction.Query(kInsertResponse)
      .Bind("$response_id", row.response_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$assignment_id", row.assignment_id)
      .Bind("$person_id", row.person_id)
      .Bind("$occurrence", row.occurrence)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$submit_time", row.submit_time)
      .Bind("$content_version", row.content_version)
      .Bind("$version", row.version)
      .Run();
}

absl::Status UpdateResponse(WriteTransaction& transaction, const ResponseRow& row) {
  return transaction.Query(kUpdateResponse)
      .Bind("$practice_id", row.practice_id)
      .Bind("$response_id", row.response_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$submit_time", row.submit_time)
      .Bind("$content_version", row.content_version)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<ResponseRow>> FindResponse(Transaction& transaction, int64_t practice_id,
                                                         int64_t response_id) {
  return ReadOne(
      transaction.Query(kFindResponse).Bind("$practice_id", practice_id).Bind("$response_id", response_id),
      ReadResponse);
}

absl::StatusOr<std::vector<ResponseRow>> ListResponses(Transaction& transaction, int64_t practice_id,
                                                       int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListResponses)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadResponse);
}

absl::StatusOr<std::vector<ResponseRow>> ListResponsesOfPerson(Transaction& transaction, int64_t practice_id,
                                                               int64_t person_id, PageRange range) {
  return ReadAll(transaction.Query(kListResponsesOfPerson)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadResponse);
}

absl::StatusOr<std::vector<ResponseRow>> ListNewestResponsesOfPerson(Transaction& transaction,
                                                                     int64_t practice_id, int64_t person_id,
                                                                     PageRange range) {
  return ReadAll(transaction.Query(kListNewestResponsesOfPerson)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$before_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadResponse);
}

absl::StatusOr<std::vector<ResponseRow>> ListUnreviewedResponsesOfPerson(Transaction& transaction,
                                                                         int64_t practice_id,
                                                                         int64_t person_id, int64_t limit) {
  return ReadAll(transaction.Query(kListUnreviewedResponsesOfPerson)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$limit", limit),
                 ReadResponse);
}

absl::Status InsertResponseVersion(WriteTransaction& transaction, const ResponseVersionRow& row) {
  return transaction.Query(kInsertResponseVersion)
      .Bind("$response_id", row.response_id)
      .Bind("$content_version", row.content_version)
      .Bind("$content", Blob{row.content})
      .Bind("$language", row.language)
      .Bind("$submit_time", row.submit_time)
      .Run();
}

absl::StatusOr<absl::optional<ResponseVersionRow>> FindResponseVersion(Transaction& transaction,
                                                                       int64_t response_id,
                                                                       int64_t content_version) {
  return ReadOne(transaction.Query(kFindResponseVersion)
                     .Bind("$response_id", response_id)
                     .Bind("$content_version", content_version),
                 ReadResponseVersion);
}

absl::Status PutDraft(WriteTransaction& transaction, const DraftRow& row) {
  return transaction.Query(kPutDraft)
      .Bind("$response_id", row.response_id)
      .Bind("$draft", Blob{row.draft})
      .Bind("$draft_revision", row.draft_revision)
      .Run();
}

absl::Status DeleteDraft(WriteTransaction& transaction, int64_t response_id) {
  return transaction.Query(kDeleteDraft).Bind("$response_id", response_id).Run();
}

absl::StatusOr<absl::optional<DraftRow>> FindDraft(Transaction& transaction, int64_t response_id) {
  return ReadOne(transaction.Query(kFindDraft).Bind("$response_id", response_id), ReadDraft);
}

absl::Status PutWithheld(WriteTransaction& transaction, const WithheldRow& row) {
  return transaction.Query(kPutWithheld)
      .Bind("$response_id", row.response_id)
      .Bind("$item_ids", Blob{row.item_ids})
      .Bind("$item_ids_version", row.item_ids_version)
      .Run();
}

absl::StatusOr<absl::optional<WithheldRow>> FindWithheld(Transaction& transaction, int64_t response_id) {
  return ReadOne(transaction.Query(kFindWithheld).Bind("$response_id", response_id), ReadWithheld);
}

absl::Status InsertReview(WriteTransaction& transaction, const ReviewRow& row) {
  return transaction.Query(kInsertReview)
      .Bind("$response_id", row.response_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$staff_id", row.staff_id)
      .Bind("$outcome", row.outcome)
      .Bind("$discussed", row.discussed)
      .Bind("$note", Blob{row.note})
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::StatusOr<absl::optional<ReviewRow>> FindReview(Transaction& transaction, int64_t response_id) {
  return ReadOne(transaction.Query(kFindReview).Bind("$response_id", response_id), ReadReview);
}

}  // namespace mendwork::store
