#include "service/store/safety_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertFlag[] =
    "INSERT INTO flag (flag_id, practice_id, couple_id, person_id, response_id, rule_id, severity, category, "
    "subject, state, "
    "create_time_us, acknowledge_due_time_us, acknowledge_time_us, acknowledger_id, resolve_time_us, "
    "resolver_id, "
    "disposition, evidence, note, version) VALUES ($flag_id, $practice_id, $couple_id, $person_id, "
    "$response_id, "
    "$rule_id, $severity, $category, $subject, $state, $create_time, $acknowledge_due_time, NULL, NULL, "
    "NULL, NULL, 0, "
    "$evidence, NULL, $version)";
constexpr char kUpdateFlag[] =
    "UPDATE flag SET severity = $severity, state = $state, acknowledge_due_time_us = $acknowledge_due_time, "
    "acknowledge_time_us = $acknowledge_time, acknowledger_id = $acknowledger_id, resolve_time_us = "
    "$resolve_time, "
    "resolver_id = $resolver_id, disposition = $disposition, note = $note, version = $version "
    "WHERE practice_id = $practice_id AND flag_id = $flag_id";
constexpr char kFindFlag[] =
    "SELECT flag_id, practice_id, couple_id, person_id, response_id, rule_id, severity, category, subject, "
    "state, "
    "create_time_us, acknowledge_due_time_us, acknowledge_time_us, acknowledger_id, resolve_time_us, "
    "resolver_id, "
    "disposition, evidence, note, version FROM flag WHERE practice_id = $practice_id AND flag_id = $flag_id";
// States 4 and 6 are resolved and merged.
constexpr char kListFlags[] =
    "SELECT f.flag_id, f.practice_id, f.couple_id, f.person_id, f.response_id, f.rule_id, f.severity, "
    "f.category, f.subject, "
    "f.state, f.create_time_us, f.acknowledge_due_time_us, f.acknowledge_time_us, f.acknowledger_id, "
    "f.resolve_time_us, f.resolver_id, f.disposition, f.evidence, f.note, f.version FROM flag f "
    "WHERE f.practice_id = $practice_id AND f.flag_id < $before_id "
    "AND ($include_closed OR f.state NOT IN (4, 6)) "
    "AND (($on_call AND f.state NOT IN (4, 6)) OR EXISTS (SELECT 1 FROM care_relation r "
    "WHERE r.staff_id = $staff_id AND r.couple_id = f.couple_id AND r.start_time_us <= $now "
    "AND (r.end_time_us IS NULL OR r.end_time_us > $now))) ORDER BY f.flag_id DESC LIMIT $limit";
constexpr char kListOpenFlagsOfPerson[] =
    "SELECT flag_id, practice_id, couple_id, person_id, response_id, rule_id, severity, category, subject, "
    "state, create_time_us, acknowledge_due_time_us, acknowledge_time_us, acknowledger_id, "
    "resolve_time_us, resolver_id, disposition, evidence, note, version FROM flag "
    "WHERE practice_id = $practice_id AND person_id = $person_id AND state NOT IN (4, 6) "
    "ORDER BY flag_id DESC LIMIT $limit";
constexpr char kHasUnresolvedFlag[] =
    "SELECT EXISTS (SELECT 1 FROM flag WHERE practice_id = $practice_id AND response_id = $response_id "
    "AND rule_id = $rule_id AND state NOT IN (4, 6))";
constexpr char kInsertFlagChange[] =
    "INSERT INTO flag_change (change_id, practice_id, flag_id, state, actor_id, create_time_us) "
    "VALUES ($change_id, $practice_id, $flag_id, $state, $actor_id, $create_time)";
constexpr char kListFlagChanges[] =
    "SELECT change_id, practice_id, flag_id, state, actor_id, create_time_us FROM flag_change "
    "WHERE practice_id = $practice_id AND change_id > $after_id ORDER BY change_id LIMIT $limit";
constexpr char kLastFlagChange[] =
    "SELECT coalesce(max(change_id), 0) FROM flag_change WHERE practice_id = $practice_id";

FlagRow ReadFlag(Statement& statement) {
  return {.flag_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .person_id = statement.Int64(3),
          .response_id = statement.Int64(4),
          .rule_id = statement.Text(5),
          .severity = statement.Int64(6),
          .category = statement.Text(7),
          .subject = statement.Text(8),
          .state = static_cast<FlagState>(statement.Int64(9)),
          .create_time = statement.Time(10),
          .acknowledge_due_time = statement.OptionalTime(11),
          .acknowledge_time = statement.OptionalTime(12),
          .acknowledger_id = statement.OptionalInt64(13),
          .resolve_time = statement.OptionalTime(14),
          .resolver_id = statement.OptionalInt64(15),
          .disposition = statement.Int64(16),
          .evidence = statement.Blob(17),
          .note = statement.IsNull(18) ? std::string() : statement.Blob(18),
          .version = statement.Int64(19)};
}

FlagChangeRow ReadFlagChange(Statement& statement) {
  return {.change_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .flag_id = statement.Int64(2),
          .state = static_cast<FlagState>(statement.Int64(3)),
          .actor_id = statement.Int64(4),
          .create_time = statement.Time(5)};
}

}  // namespace

absl::Status InsertFlag(WriteTransaction& transaction, const FlagRow& row) {
  return transaction.Query(kInsertFlag)
      .Bind("$flag_id", row.flag_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$person_id", row.person_id)
      .Bind("$response_id", row.response_id)
      .Bind("$rule_id", row.rule_id)
      .Bind("$severity", row.severity)
      .Bind("$category", row.category)
      .Bind("$subject", row.subject)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$create_time", row.create_time)
      .Bind("$acknowledge_due_time", row.acknowledge_due_time)
      .Bind("$evidence", Blob{row.evidence})
      .Bind("$version", row.version)
      .Run();
}

absl::Status UpdateFlag(WriteTransaction& transaction, const FlagRow& row) {
  return transaction.Query(kUpdateFlag)
      .Bind("$practice_id", row.practice_id)
      .Bind("$flag_id", row.flag_id)
      .Bind("$severity", row.severity)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$acknowledge_due_time", row.acknowledge_due_time)
      .Bind("$acknowledge_time", row.acknowledge_time)
      .Bind("$acknowledger_id", row.acknowledger_id)
      .Bind("$resolve_time", row.resolve_time)
      .Bind("$resolver_id", row.resolver_id)
      .Bind("$disposition", row.disposition)
      .Bind("$note", row.note.empty() ? absl::optional<Blob>() : absl::optional<Blob>(Blob{row.note}))
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<FlagRow>> FindFlag(Transaction& transaction, int64_t practice_id,
                                                 int64_t flag_id) {
  return ReadOne(transaction.Query(kFindFlag).Bind("$practice_id", practice_id).Bind("$flag_id", flag_id),
                 ReadFlag);
}

absl::StatusOr<std::vector<FlagRow>> ListFlags(Transaction& transaction, const FlagViewer& viewer,
                                               bool include_closed, PageRange range) {
  return ReadAll(transaction.Query(kListFlags)
                     .Bind("$practice_id", viewer.practice_id)
                     .Bind("$staff_id", viewer.staff_id)
                     .Bind("$on_call", viewer.on_call)
                     .Bind("$now", viewer.now)
                     .Bind("$include_closed", include_closed)
                     .Bind("$before_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadFlag);
}

absl::StatusOr<std::vector<FlagRow>> ListOpenFlagsOfPerson(Transaction& transaction, int64_t practice_id,
                                                           int64_t person_id, int64_t limit) {
  return ReadAll(transaction.Query(kListOpenFlagsOfPerson)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$limit", limit),
                 ReadFlag);
}

absl::StatusOr<bool> HasUnresolvedFlag(Transaction& transaction, int64_t practice_id, int64_t response_id,
                                       absl::string_view rule_id) {
  Statement statement = transaction.Query(kHasUnresolvedFlag)
                            .Bind("$practice_id", practice_id)
                            .Bind("$response_id", response_id)
                            .Bind("$rule_id", rule_id);
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.Bool(0);
}

absl::Status InsertFlagChange(WriteTransaction& transaction, const FlagChangeRow& row) {
  return transaction.Query(kInsertFlagChange)
      .Bind("$change_id", row.change_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$flag_id", row.flag_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$actor_id", row.actor_id)
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::StatusOr<std::vector<FlagChangeRow>> ListFlagChanges(Transaction& transaction, int64_t practice_id,
                                                           PageRange range) {
  return ReadAll(transaction.Query(kListFlagChanges)
                     .Bind("$practice_id", practice_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadFlagChange);
}

absl::StatusOr<int64_t> LastFlagChange(Transaction& transaction, int64_t practice_id) {
  Statement statement = transaction.Query(kLastFlagChange).Bind("$practice_id", practice_id);
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int64(0);
}

}  // namespace mendwork::store
