// The rows of care_rows.h that hold what the therapist records: events, suitability, appointments, chart
// links.
#include "service/store/care_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertBetrayalEvent[] =
    "INSERT INTO betrayal_event (event_id, practice_id, couple_id, status, create_time_us, version) "
    "VALUES ($event_id, $practice_id, $couple_id, $status, $create_time, $version)";
constexpr char kInsertEventRole[] =
    "INSERT INTO betrayal_event_role (event_id, person_id, role) VALUES ($event_id, $person_id, $role)";
constexpr char kUpdateBetrayalEvent[] =
    "UPDATE betrayal_event SET status = $status, version = $version "
    "WHERE practice_id = $practice_id AND event_id = $event_id";
constexpr char kFindBetrayalEvent[] =
    "SELECT event_id, practice_id, couple_id, status, create_time_us, version FROM betrayal_event "
    "WHERE practice_id = $practice_id AND event_id = $event_id";
constexpr char kListBetrayalEvents[] =
    "SELECT event_id, practice_id, couple_id, status, create_time_us, version FROM betrayal_event "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id AND event_id > $after_id "
    "ORDER BY event_id LIMIT $limit";
constexpr char kListEventRoles[] =
    "SELECT event_id, person_id, role FROM betrayal_event_role WHERE event_id = $event_id ORDER BY person_id";

constexpr char kInsertSuitability[] =
    "INSERT INTO suitability (suitability_id, practice_id, couple_id, first_person_id, second_person_id, "
    "decision, "
    "decider_id, create_time_us, expire_time_us) VALUES ($suitability_id, $practice_id, $couple_id, "
    "$first_person_id, "
    "$second_person_id, $decision, $decider_id, $create_time, $expire_time)";
constexpr char kListSuitability[] =
    "SELECT suitability_id, practice_id, couple_id, first_person_id, second_person_id, decision, decider_id, "
    "create_time_us, expire_time_us FROM suitability WHERE practice_id = $practice_id AND couple_id = "
    "$couple_id "
    "AND suitability_id < $before_id ORDER BY suitability_id DESC LIMIT $limit";

constexpr char kInsertAppointment[] =
    "INSERT INTO appointment (appointment_id, practice_id, couple_id, start_time_us, end_time_us, state, "
    "version) "
    "VALUES ($appointment_id, $practice_id, $couple_id, $start_time, $end_time, $state, $version)";
constexpr char kInsertAttendee[] =
    "INSERT INTO appointment_attendee (appointment_id, person_id) VALUES ($appointment_id, $person_id)";
constexpr char kUpdateAppointment[] =
    "UPDATE appointment SET start_time_us = $start_time, end_time_us = $end_time, state = $state, version = "
    "$version "
    "WHERE practice_id = $practice_id AND appointment_id = $appointment_id";
constexpr char kFindAppointment[] =
    "SELECT appointment_id, practice_id, couple_id, start_time_us, end_time_us, state, version FROM "
    "appointment "
    "WHERE practice_id = $practice_id AND appointment_id = $appointment_id";
constexpr char kListAppointments[] =
    "SELECT appointment_id, practice_id, couple_id, start_time_us, end_time_us, state, version FROM "
    "appointment "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id AND appointment_id > $after_id "
    "ORDER BY appointment_id LIMIT $limit";
constexpr char kListAppointmentsOfPerson[] =
    "SELECT a.appointment_id, a.practice_id, a.couple_id, a.start_time_us, a.end_time_us, a.state, a.version "
    "FROM appointment a JOIN appointment_attendee t ON t.appointment_id = a.appointment_id "
    "WHERE a.practice_id = $practice_id AND t.person_id = $person_id AND a.appointment_id > $after_id "
    "ORDER BY a.appointment_id LIMIT $limit";
constexpr char kListUpcomingAppointments[] =
    "SELECT appointment_id, practice_id, couple_id, start_time_us, end_time_us, state, version FROM "
    "appointment WHERE practice_id = $practice_id AND couple_id = $couple_id AND state = 1 "
    "AND start_time_us > $now ORDER BY start_time_us, appointment_id LIMIT $limit";
constexpr char kListAttendees[] =
    "SELECT person_id FROM appointment_attendee WHERE appointment_id = $appointment_id ORDER BY person_id";

constexpr char kPutRecordLink[] =
    "INSERT INTO record_link (person_id, plugin_id, practice_id, identifier, identifier_version) "
    "VALUES ($person_id, $plugin_id, $practice_id, $identifier, $identifier_version) "
    "ON CONFLICT (person_id, plugin_id) DO UPDATE SET identifier = excluded.identifier, "
    "identifier_version = excluded.identifier_version";
constexpr char kDeleteRecordLink[] =
    "DELETE FROM record_link WHERE person_id = $person_id AND plugin_id = $plugin_id";
constexpr char kFindRecordLink[] =
    "SELECT person_id, plugin_id, practice_id, identifier, identifier_version FROM record_link "
    "WHERE person_id = $person_id AND plugin_id = $plugin_id";
constexpr char kListRecordLinks[] =
    "SELECT person_id, plugin_id, practice_id, identifier, identifier_version FROM record_link "
    "WHERE person_id = $person_id ORDER BY plugin_id";

BetrayalEventRow ReadBetrayalEvent(Statement& statement) {
  return {.event_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .status = statement.Int64(3),
          .create_time = statement.Time(4),
          .version = statement.Int64(5)};
}

EventRoleRow ReadEventRole(Statement& statement) {
  return {.event_id = statement.Int64(0), .person_id = statement.Int64(1), .role = statement.Int64(2)};
}

SuitabilityRow ReadSuitability(Statement& statement) {
  return {.suitability_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .first_person_id = statement.Int64(3),
          .second_person_id = statement.Int64(4),
          .decision = statement.Int64(5),
          .decider_id = statement.Int64(6),
          .create_time = statement.Time(7),
          .expire_time = statement.Time(8)};
}

AppointmentRow ReadAppointment(Statement& statement) {
  return {.appointment_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .start_time = statement.Time(3),
          .end_time = statement.Time(4),
          .state = statement.Int64(5),
          .version = statement.Int64(6)};
}

RecordLinkRow ReadRecordLink(Statement& statement) {
  return {.person_id = statement.Int64(0),
          .plugin_id = statement.Int64(1),
          .practice_id = statement.Int64(2),
          .identifier = statement.Blob(3),
          .identifier_version = statement.Int64(4)};
}

int64_t ReadId(Statement& statement) { return statement.Int64(0); }

}  // namespace

absl::Status InsertBetrayalEvent(WriteTransaction& transaction, const BetrayalEventRow& row,
                                 const std::vector<EventRoleRow>& roles) {
  MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertBetrayalEvent)
                               .Bind("$event_id", row.event_id)
                               .Bind("$practice_id", row.practice_id)
                               .Bind("$couple_id", row.couple_id)
                               .Bind("$status", row.status)
                               .Bind("$create_time", row.create_time)
                               .Bind("$version", row.version)
                               .Run());
  for (const EventRoleRow& role : roles) {
    MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertEventRole)
                                 .Bind("$event_id", row.event_id)
                                 .Bind("$person_id", role.person_id)
                                 .Bind("$role", role.role)
                                 .Run());
  }
  return absl::OkStatus();
}

absl::Status UpdateBetrayalEvent(WriteTransaction& transaction, const BetrayalEventRow& row) {
  return transaction.Query(kUpdateBetrayalEvent)
      .Bind("$practice_id", row.practice_id)
      .Bind("$event_id", row.event_id)
      .Bind("$status", row.status)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<BetrayalEventRow>> FindBetrayalEvent(Transaction& transaction,
                                                                   int64_t practice_id, int64_t event_id) {
  return ReadOne(
      transaction.Query(kFindBetrayalEvent).Bind("$practice_id", practice_id).Bind("$event_id", event_id),
      ReadBetrayalEvent);
}

absl::StatusOr<std::vector<BetrayalEventRow>> ListBetrayalEvents(Transaction& transaction,
                                                                 int64_t practice_id, int64_t couple_id,
                                                                 PageRange range) {
  return ReadAll(transaction.Query(kListBetrayalEvents)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadBetrayalEvent);
}

absl::StatusOr<std::vector<EventRoleRow>> ListEventRoles(Transaction& transaction, int64_t event_id) {
  return ReadAll(transaction.Query(kListEventRoles).Bind("$event_id", event_id), ReadEventRole);
}

absl::Status InsertSuitability(WriteTransaction& transaction, const SuitabilityRow& row) {
  return transaction.Query(kInsertSuitability)
      .Bind("$suitability_id", row.suitability_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$first_person_id", row.first_person_id)
      .Bind("$second_person_id", row.second_person_id)
      .Bind("$decision", row.decision)
      .Bind("$decider_id", row.decider_id)
      .Bind("$create_time", row.create_time)
      .Bind("$expire_time", row.expire_time)
      .Run();
}

absl::StatusOr<std::vector<SuitabilityRow>> ListSuitability(Transaction& transaction, int64_t practice_id,
                                                            int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListSuitability)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$before_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadSuitability);
}

absl::Status InsertAppointment(WriteTransaction& transaction, const AppointmentRow& row,
                               const std::vector<int64_t>& attendee_ids) {
  MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertAppointment)
                               .Bind("$appointment_id", row.appointment_id)
                               .Bind("$practice_id", row.practice_id)
                               .Bind("$couple_id", row.couple_id)
                               .Bind("$start_time", row.start_time)
                               .Bind("$end_time", row.end_time)
                               .Bind("$state", row.state)
                               .Bind("$version", row.version)
                               .Run());
  for (int64_t person_id : attendee_ids) {
    MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertAttendee)
                                 .Bind("$appointment_id", row.appointment_id)
                                 .Bind("$person_id", person_id)
                                 .Run());
  }
  return absl::OkStatus();
}

absl::Status UpdateAppointment(WriteTransaction& transaction, const AppointmentRow& row) {
  return transaction.Query(kUpdateAppointment)
      .Bind("$practice_id", row.practice_id)
      .Bind("$appointment_id", row.appointment_id)
      .Bind("$start_time", row.start_time)
      .Bind("$end_time", row.end_time)
      .Bind("$state", row.state)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<AppointmentRow>> FindAppointment(Transaction& transaction, int64_t practice_id,
                                                               int64_t appointment_id) {
  return ReadOne(transaction.Query(kFindAppointment)
                     .Bind("$practice_id", practice_id)
                     .Bind("$appointment_id", appointment_id),
                 ReadAppointment);
}

absl::StatusOr<std::vector<AppointmentRow>> ListAppointments(Transaction& transaction, int64_t practice_id,
                                                             int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListAppointments)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadAppointment);
}

absl::StatusOr<std::vector<AppointmentRow>> ListAppointmentsOfPerson(Transaction& transaction,
                                                                     int64_t practice_id, int64_t person_id,
                                                                     PageRange range) {
  return ReadAll(transaction.Query(kListAppointmentsOfPerson)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadAppointment);
}

absl::StatusOr<std::vector<AppointmentRow>> ListUpcomingAppointments(Transaction& transaction,
                                                                     int64_t practice_id, int64_t couple_id,
                                                                     absl::Time now, int64_t limit) {
  return ReadAll(transaction.Query(kListUpcomingAppointments)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$now", now)
                     .Bind("$limit", limit),
                 ReadAppointment);
}

absl::StatusOr<std::vector<int64_t>> ListAttendees(Transaction& transaction, int64_t appointment_id) {
  return ReadAll(transaction.Query(kListAttendees).Bind("$appointment_id", appointment_id), ReadId);
}

absl::Status PutRecordLink(WriteTransaction& transaction, const RecordLinkRow& row) {
  return transaction.Query(kPutRecordLink)
      .Bind("$person_id", row.person_id)
      .Bind("$plugin_id", row.plugin_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$identifier", Blob{row.identifier})
      .Bind("$identifier_version", row.identifier_version)
      .Run();
}

absl::Status DeleteRecordLink(WriteTransaction& transaction, int64_t person_id, int64_t plugin_id) {
  return transaction.Query(kDeleteRecordLink)
      .Bind("$person_id", person_id)
      .Bind("$plugin_id", plugin_id)
      .Run();
}

absl::StatusOr<absl::optional<RecordLinkRow>> FindRecordLink(Transaction& transaction, int64_t person_id,
                                                             int64_t plugin_id) {
  return ReadOne(
      transaction.Query(kFindRecordLink).Bind("$person_id", person_id).Bind("$plugin_id", plugin_id),
      ReadRecordLink);
}

absl::StatusOr<std::vector<RecordLinkRow>> ListRecordLinks(Transaction& transaction, int64_t person_id) {
  return ReadAll(transaction.Query(kListRecordLinks).Bind("$person_id", person_id), ReadRecordLink);
}

}  // namespace mendwork::store
