#include "service/store/appointment_copy_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertCopy[] =
    "INSERT INTO appointment_copy (copy_id, practice_id, appointment_id, plugin_id, person_id, state, "
    "create_time_us, revoke_time_us, external_references, external_references_version) VALUES ($copy_id, "
    "$practice_id, $appointment_id, $plugin_id, $person_id, $state, $create_time, NULL, NULL, 0)";
constexpr char kUpdateCopy[] =
    "UPDATE appointment_copy SET state = $state, revoke_time_us = $revoke_time, external_references = "
    "$external_references, external_references_version = $external_references_version "
    "WHERE practice_id = $practice_id AND copy_id = $copy_id";
constexpr char kFindCopy[] =
    "SELECT copy_id, practice_id, appointment_id, plugin_id, person_id, state, create_time_us, "
    "revoke_time_us, "
    "external_references, external_references_version FROM appointment_copy "
    "WHERE practice_id = $practice_id AND copy_id = $copy_id";
constexpr char kFindCopyInForce[] =
    "SELECT copy_id, practice_id, appointment_id, plugin_id, person_id, state, create_time_us, "
    "revoke_time_us, "
    "external_references, external_references_version FROM appointment_copy "
    "WHERE plugin_id = $plugin_id AND appointment_id = $appointment_id AND state = 1";
constexpr char kWasCopyAttempted[] =
    "SELECT EXISTS (SELECT 1 FROM delivery WHERE copy_id = $copy_id AND kind = 3 AND attempt_count > 0)";
constexpr char kIsCopyWaiting[] =
    "SELECT EXISTS (SELECT 1 FROM delivery WHERE copy_id = $copy_id AND kind = 3 AND state = 1 AND "
    "attempt_count = 0)";

// 3 is the audience of plugins, 1 the scope of everything: nothing narrower speaks of appointments.
constexpr char kListLapsed[] =
    "SELECT a.appointment_id, a.practice_id, a.couple_id, a.start_time_us, a.end_time_us, a.state, a.version "
    "FROM appointment_copy c JOIN appointment a ON a.appointment_id = c.appointment_id "
    "WHERE c.plugin_id = $plugin_id AND c.state = 1 AND ($granted = 0 OR "
    "EXISTS (SELECT 1 FROM appointment_attendee t WHERE t.appointment_id = a.appointment_id AND NOT EXISTS "
    "(SELECT 1 FROM consent s WHERE s.person_id = t.person_id AND s.practice_id = a.practice_id AND "
    "s.audience_kind = 3 AND s.audience_id = $plugin_id AND s.scope_kind = 1 AND s.withdraw_time_us IS NULL "
    "AND s.effective_time_us <= $now AND (s.expire_time_us IS NULL OR s.expire_time_us > $now)))) LIMIT "
    "$limit";
constexpr char kListUncopied[] =
    "SELECT a.appointment_id, a.practice_id, a.couple_id, a.start_time_us, a.end_time_us, a.state, a.version "
    "FROM appointment a WHERE a.practice_id = $practice_id AND a.end_time_us > $now AND a.state = 1 "
    "AND EXISTS (SELECT 1 FROM appointment_attendee p WHERE p.appointment_id = a.appointment_id) "
    "AND NOT EXISTS (SELECT 1 FROM appointment_copy c WHERE c.plugin_id = $plugin_id AND "
    "c.appointment_id = a.appointment_id AND c.state = 1) AND NOT "
    "EXISTS (SELECT 1 FROM appointment_attendee t WHERE t.appointment_id = a.appointment_id AND NOT EXISTS "
    "(SELECT 1 FROM consent s WHERE s.person_id = t.person_id AND s.practice_id = a.practice_id AND "
    "s.audience_kind = 3 AND s.audience_id = $plugin_id AND s.scope_kind = 1 AND s.withdraw_time_us IS NULL "
    "AND s.effective_time_us <= $now AND (s.expire_time_us IS NULL OR s.expire_time_us > $now))) LIMIT "
    "$limit";

AppointmentCopyRow ReadCopy(Statement& statement) {
  return {.copy_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .appointment_id = statement.Int64(2),
          .plugin_id = statement.Int64(3),
          .person_id = statement.Int64(4),
          .state = static_cast<CopyState>(statement.Int64(5)),
          .create_time = statement.Time(6),
          .revoke_time = statement.OptionalTime(7),
          .external_references = statement.IsNull(8) ? std::string() : statement.Blob(8),
          .external_references_version = statement.Int64(9)};
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

absl::StatusOr<bool> ReadBool(Statement statement) {
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.Bool(0);
}

}  // namespace

absl::Status InsertAppointmentCopy(WriteTransaction& transaction, const AppointmentCopyRow& row) {
  return transaction.Query(kInsertCopy)
      .Bind("$copy_id", row.copy_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$appointment_id", row.appointment_id)
      .Bind("$plugin_id", row.plugin_id)
      .Bind("$person_id", row.person_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::Status UpdateAppointmentCopy(WriteTransaction& transaction, const AppointmentCopyRow& row) {
  return transaction.Query(kUpdateCopy)
      .Bind("$copy_id", row.copy_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$revoke_time", row.revoke_time)
      .Bind("$external_references", row.external_references.empty()
                                        ? absl::optional<Blob>()
                                        : absl::optional<Blob>(Blob{row.external_references}))
      .Bind("$external_references_version", row.external_references_version)
      .Run();
}

absl::StatusOr<absl::optional<AppointmentCopyRow>> FindAppointmentCopy(Transaction& transaction,
                                                                       int64_t practice_id, int64_t copy_id) {
  return ReadOne(transaction.Query(kFindCopy).Bind("$practice_id", practice_id).Bind("$copy_id", copy_id),
                 ReadCopy);
}

absl::StatusOr<absl::optional<AppointmentCopyRow>> FindAppointmentCopyInForce(Transaction& transaction,
                                                                              int64_t appointment_id,
                                                                              int64_t plugin_id) {
  return ReadOne(transaction.Query(kFindCopyInForce)
                     .Bind("$plugin_id", plugin_id)
                     .Bind("$appointment_id", appointment_id),
                 ReadCopy);
}

absl::StatusOr<bool> WasCopyAttempted(Transaction& transaction, int64_t copy_id) {
  return ReadBool(transaction.Query(kWasCopyAttempted).Bind("$copy_id", copy_id));
}

absl::StatusOr<bool> IsCopyWaiting(Transaction& transaction, int64_t copy_id) {
  return ReadBool(transaction.Query(kIsCopyWaiting).Bind("$copy_id", copy_id));
}

absl::StatusOr<std::vector<AppointmentRow>> ListLapsedAppointments(Transaction& transaction,
                                                                   int64_t plugin_id, bool granted,
                                                                   int64_t limit) {
  return ReadAll(transaction.Query(kListLapsed)
                     .Bind("$plugin_id", plugin_id)
                     .Bind("$granted", int64_t{granted})
                     .Bind("$now", transaction.now())
                     .Bind("$limit", limit),
                 ReadAppointment);
}

absl::StatusOr<std::vector<AppointmentRow>> ListUncopiedAppointments(Transaction& transaction,
                                                                     int64_t practice_id, int64_t plugin_id,
                                                                     int64_t limit) {
  return ReadAll(transaction.Query(kListUncopied)
                     .Bind("$practice_id", practice_id)
                     .Bind("$plugin_id", plugin_id)
                     .Bind("$now", transaction.now())
                     .Bind("$limit", limit),
                 ReadAppointment);
}

}  // namespace mendwork::store
