// Rows of copies of appointments: which plugin holds one, and what it left in the other system.
#pragma once

#include <string>
#include <vector>

#include "service/store/care_rows.h"
#include "service/store/rows.h"

namespace mendwork::store {

// Stored numbers; never renumber.
enum class CopyState : int64_t { kInForce = 1, kRevoked = 2 };

struct AppointmentCopyRow {
  int64_t copy_id = 0;
  int64_t practice_id = 0;
  int64_t appointment_id = 0;
  int64_t plugin_id = 0;
  int64_t person_id = 0;  // the first attendee: deliveries keep their order per person
  CopyState state = CopyState::kInForce;
  absl::Time create_time;
  absl::optional<absl::Time> revoke_time;
  std::string external_references;  // sealed; empty before the first delivery
  int64_t external_references_version = 0;
};

absl::Status InsertAppointmentCopy(WriteTransaction& transaction, const AppointmentCopyRow& row);
absl::Status UpdateAppointmentCopy(WriteTransaction& transaction, const AppointmentCopyRow& row);
absl::StatusOr<absl::optional<AppointmentCopyRow>> FindAppointmentCopy(Transaction& transaction,
                                                                       int64_t practice_id, int64_t copy_id);
absl::StatusOr<absl::optional<AppointmentCopyRow>> FindAppointmentCopyInForce(Transaction& transaction,
                                                                              int64_t appointment_id,
                                                                              int64_t plugin_id);

// Was a delivery of the copy tried at least once? Then it may exist in the other system.
absl::StatusOr<bool> WasCopyAttempted(Transaction& transaction, int64_t copy_id);
// Does a delivery of the copy wait that was never tried? It will carry whatever holds then.
absl::StatusOr<bool> IsCopyWaiting(Transaction& transaction, int64_t copy_id);

// Appointments with a copy in force although somebody who attends does not consent to it at `now`; all copies
// in force if `granted` is false.
absl::StatusOr<std::vector<AppointmentRow>> ListLapsedAppointments(Transaction& transaction,
                                                                   int64_t plugin_id, bool granted,
                                                                   int64_t limit);
// Booked appointments of the practice that are not over, without a copy although everybody consents to one.
absl::StatusOr<std::vector<AppointmentRow>> ListUncopiedAppointments(Transaction& transaction,
                                                                     int64_t practice_id, int64_t plugin_id,
                                                                     int64_t limit);

}  // namespace mendwork::store
