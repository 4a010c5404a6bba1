// Appointments: planned meetings with who attends. One of a single partner appears nowhere for the other.
#pragma once

#include <vector>

#include "mendwork/v1/care_service.pb.h"
#include "service/app/call.h"
#include "service/store/care_rows.h"

namespace mendwork::app {

absl::StatusOr<v1::Appointment> CreateAppointment(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::CreateAppointmentRequest& request);
absl::StatusOr<v1::Appointment> GetAppointment(const Call& call, store::Transaction& transaction,
                                               const v1::GetAppointmentRequest& request);
absl::StatusOr<v1::ListAppointmentsResponse> ListAppointments(const Call& call,
                                                              store::Transaction& transaction,
                                                              const v1::ListAppointmentsRequest& request);
absl::StatusOr<v1::Appointment> UpdateAppointment(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::UpdateAppointmentRequest& request);

// For the session record. Books a meeting of those partners; INVALID_ARGUMENT names `field` when the times
// are not in order.
struct Booking {
  int64_t couple_id = 0;
  std::vector<int64_t> attendee_ids;
  absl::Time start_time;
  absl::Time end_time;
};
absl::StatusOr<store::AppointmentRow> BookAppointment(const Call& call, store::WriteTransaction& transaction,
                                                      const char* field, const Booking& booking);
absl::StatusOr<v1::Appointment> PresentAppointment(const Call& call, store::Transaction& transaction,
                                                   const store::AppointmentRow& row);
absl::StatusOr<store::AppointmentRow> RequireAppointment(const Call& call, store::Transaction& transaction,
                                                         absl::string_view field, absl::string_view name);

}  // namespace mendwork::app
