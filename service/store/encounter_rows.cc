#include "service/store/encounter_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertEncounter[] =
    "INSERT INTO encounter (encounter_id, practice_id, couple_id, appointment_id, modality, state, "
    "start_time_us, end_time_us, outcome, window_start_time_us, window_end_time_us, version) "
    "VALUES ($encounter_id, $practice_id, $couple_id, $appointment_id, $modality, $state, "
    "$start_time, $end_time, $outcome, $window_start_time, $window_end_time, $version)";
constexpr char kInsertPerson[] =
    "INSERT INTO encounter_person (encounter_id, person_id, clinician, present) "
    "VALUES ($encounter_id, $person_id, $clinician, $present)";
constexpr char kUpdateEncounter[] =
    "UPDATE encounter SET state = $state, end_time_us = $end_time, outcome = $outcome, "
    "window_start_time_us = $window_start_time, window_end_time_us = $window_end_time, version = $version "
    "WHERE practice_id = $practice_id AND encounter_id = $encounter_id";
constexpr char kUpdatePresence[] =
    "UPDATE encounter_person SET present = $present "
    "WHERE encounter_id = $encounter_id AND person_id = $person_id";
constexpr char kFindEncounter[] =
    "SELECT encounter_id, practice_id, couple_id, appointment_id, modality, state, start_time_us, "
    "end_time_us, outcome, window_start_time_us, window_end_time_us, version FROM encounter "
    "WHERE practice_id = $practice_id AND encounter_id = $encounter_id";
constexpr char kFindOpenEncounter[] =
    "SELECT encounter_id, practice_id, couple_id, appointment_id, modality, state, start_time_us, "
    "end_time_us, outcome, window_start_time_us, window_end_time_us, version FROM encounter "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id AND state = 1";
constexpr char kListEncounters[] =
    "SELECT encounter_id, practice_id, couple_id, appointment_id, modality, state, start_time_us, "
    "end_time_us, outcome, window_start_time_us, window_end_time_us, version FROM encounter "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id AND encounter_id < $before_id "
    "ORDER BY encounter_id DESC LIMIT $limit";
constexpr char kListPeople[] =
    "SELECT person_id, clinician, present FROM encounter_person WHERE encounter_id = $encounter_id "
    "ORDER BY person_id";
constexpr char kFindJointWindowEnd[] =
    "SELECT MAX(window_end_time_us) FROM encounter WHERE practice_id = $practice_id "
    "AND couple_id = $couple_id AND window_start_time_us <= $now AND window_end_time_us > $now";
constexpr char kIsWithSeveral[] =
    "SELECT EXISTS (SELECT 1 FROM encounter_person me JOIN encounter e ON e.encounter_id = me.encounter_id "
    "WHERE me.person_id = $staff_id AND me.clinician = 1 AND me.present = 1 "
    "AND e.practice_id = $practice_id "
    "AND e.state = 1 AND e.start_time_us > $opened_after "
    "AND ($couple_id = 0 OR e.couple_id = $couple_id) "
    "AND (SELECT COUNT(*) FROM encounter_person p WHERE p.encounter_id = e.encounter_id "
    "AND p.clinician = 0 AND p.present = 1) > 1)";

EncounterRow ReadEncounter(Statement& statement) {
  return {.encounter_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .appointment_id = statement.OptionalInt64(3),
          .modality = statement.Int64(4),
          .state = static_cast<EncounterState>(statement.Int64(5)),
          .start_time = statement.Time(6),
          .end_time = statement.OptionalTime(7),
          .outcome = statement.Int64(8),
          .window_start_time = statement.OptionalTime(9),
          .window_end_time = statement.OptionalTime(10),
          .version = statement.Int64(11)};
}

EncounterPersonRow ReadPerson(Statement& statement) {
  return {.person_id = statement.Int64(0), .clinician = statement.Bool(1), .present = statement.Bool(2)};
}

}  // namespace

absl::Status InsertEncounter(WriteTransaction& transaction, const EncounterRow& row,
                             const std::vector<EncounterPersonRow>& people) {
  MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertEncounter)
                               .Bind("$encounter_id", row.encounter_id)
                               .Bind("$practice_id", row.practice_id)
                               .Bind("$couple_id", row.couple_id)
                               .Bind("$appointment_id", row.appointment_id)
                               .Bind("$modality", row.modality)
                               .Bind("$state", static_cast<int64_t>(row.state))
                               .Bind("$start_time", row.start_time)
                               .Bind("$end_time", row.end_time)
                               .Bind("$outcome", row.outcome)
                               .Bind("$window_start_time", row.window_start_time)
                               .Bind("$window_end_time", row.window_end_time)
                               .Bind("$version", row.version)
                               .Run());
  for (const EncounterPersonRow& person : people) {
    MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertPerson)
                                 .Bind("$encounter_id", row.encounter_id)
                                 .Bind("$person_id", person.person_id)
                                 .Bind("$clinician", person.clinician)
                                 .Bind("$present", person.present)
                                 .Run());
  }
  return absl::OkStatus();
}

absl::Status UpdateEncounter(WriteTransaction& transaction, const EncounterRow& row) {
  return transaction.Query(kUpdateEncounter)
      .Bind("$practice_id", row.practice_id)
      .Bind("$encounter_id", row.encounter_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$end_time", row.end_time)
      .Bind("$outcome", row.outcome)
      .Bind("$window_start_time", row.window_start_time)
      .Bind("$window_end_time", row.window_end_time)
      .Bind("$version", row.version)
      .Run();
}

absl::Status UpdatePresence(WriteTransaction& transaction, int64_t encounter_id, int64_t person_id,
                            bool present) {
  return transaction.Query(kUpdatePresence)
      .Bind("$encounter_id", encounter_id)
      .Bind("$person_id", person_id)
      .Bind("$present", present)
      .Run();
}

absl::StatusOr<absl::optional<EncounterRow>> FindEncounter(Transaction& transaction, int64_t practice_id,
                                                           int64_t encounter_id) {
  return ReadOne(
      transaction.Query(kFindEncounter).Bind("$practice_id", practice_id).Bind("$encounter_id", encounter_id),
      ReadEncounter);
}

absl::StatusOr<absl::optional<EncounterRow>> FindOpenEncounter(Transaction& transaction, int64_t practice_id,
                                                               int64_t couple_id) {
  return ReadOne(
      transaction.Query(kFindOpenEncounter).Bind("$practice_id", practice_id).Bind("$couple_id", couple_id),
      ReadEncounter);
}

absl::StatusOr<std::vector<EncounterRow>> ListEncounters(Transaction& transaction, int64_t practice_id,
                                                         int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListEncounters)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$before_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadEncounter);
}

absl::StatusOr<std::vector<EncounterPersonRow>> ListEncounterPeople(Transaction& transaction,
                                                                    int64_t encounter_id) {
  return ReadAll(transaction.Query(kListPeople).Bind("$encounter_id", encounter_id), ReadPerson);
}

absl::StatusOr<absl::optional<absl::Time>> FindJointWindowEnd(Transaction& transaction, int64_t practice_id,
                                                              int64_t couple_id, absl::Time now) {
  Statement statement = transaction.Query(kFindJointWindowEnd)
                            .Bind("$practice_id", practice_id)
                            .Bind("$couple_id", couple_id)
                            .Bind("$now", now);
  MENDWORK_ASSIGN_OR_RETURN(bool found, statement.Step());
  return found ? statement.OptionalTime(0) : absl::optional<absl::Time>();
}

absl::StatusOr<bool> IsWithSeveral(Transaction& transaction, int64_t practice_id, int64_t couple_id,
                                   int64_t staff_id, absl::Time opened_after) {
  Statement statement = transaction.Query(kIsWithSeveral)
                            .Bind("$practice_id", practice_id)
                            .Bind("$couple_id", couple_id)
                            .Bind("$staff_id", staff_id)
                            .Bind("$opened_after", opened_after);
  MENDWORK_ASSIGN_OR_RETURN(bool found, statement.Step());
  return found && statement.Bool(0);
}

}  // namespace mendwork::store
