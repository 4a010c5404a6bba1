#include "service/app/appointments.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/appointment_events.h"
#include "service/app/common.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kAppointmentLengthMax = absl::Hours(8);

absl::Status CheckTimes(const char* field, absl::Time start, absl::Time end) {
  if (end <= start || end - start > kAppointmentLengthMax) {
    return base::InvalidArgument({{field, "RANGE", "must be after the start and at most 8 hours later"}});
  }
  return absl::OkStatus();
}

}  // namespace

// Partners read who attends nowhere: the other's attendance at an individual appointment is not theirs to
// know.
absl::StatusOr<v1::Appointment> PresentAppointment(const Call& call, store::Transaction& transaction,
                                                   const store::AppointmentRow& row) {
  Runtime& runtime = call.runtime;
  v1::Appointment appointment;
  appointment.set_name(
      FormatName(runtime.ids(), kAppointmentName, {row.practice_id, row.couple_id, row.appointment_id}));
  if (!call.caller.is_partner()) {
    MENDWORK_ASSIGN_OR_RETURN(auto attendees, store::ListAttendees(transaction, row.appointment_id));
    for (int64_t person_id : attendees) {
      appointment.add_attendees(
          FormatName(runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, person_id}));
    }
  }
  SetTime(row.start_time, appointment.mutable_start_time());
  SetTime(row.end_time, appointment.mutable_end_time());
  appointment.set_state(static_cast<v1::Appointment::State>(row.state));
  appointment.set_etag(Etag(runtime, Kind::kAppointment, row.appointment_id, row.version));
  return appointment;
}

absl::StatusOr<store::AppointmentRow> RequireAppointment(const Call& call, store::Transaction& transaction,
                                                         absl::string_view field, absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, field, name, kAppointmentName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto appointment,
                            store::FindAppointment(transaction, call.caller.practice_id, ids[2]));
  if (!appointment.has_value() || appointment->couple_id != ids[1]) {
    return base::NotFound();
  }
  if (call.caller.is_partner()) {
    MENDWORK_ASSIGN_OR_RETURN(auto attendees, store::ListAttendees(transaction, appointment->appointment_id));
    if (std::find(attendees.begin(), attendees.end(), call.caller.person_id) == attendees.end()) {
      return base::NotFound();
    }
  }
  return *appointment;
}

absl::StatusOr<v1::Appointment> CreateAppointment(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::CreateAppointmentRequest& request) {
  const v1::Appointment& wanted = request.appointment();
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  Booking booking = {.couple_id = ids[1],
                     .attendee_ids = {},
                     .start_time = GetTime(wanted.start_time()),
                     .end_time = GetTime(wanted.end_time())};
  MENDWORK_ASSIGN_OR_RETURN(
      booking.attendee_ids,
      RequirePartners(call, transaction, ids[1], "appointment.attendees", wanted.attendees()));
  MENDWORK_ASSIGN_OR_RETURN(auto row, BookAppointment(call, transaction, "appointment.end_time", booking));
  return PresentAppointment(call, transaction, row);
}

absl::StatusOr<store::AppointmentRow> BookAppointment(const Call& call, store::WriteTransaction& transaction,
                                                      const char* field, const Booking& booking) {
  MENDWORK_RETURN_IF_ERROR(CheckTimes(field, booking.start_time, booking.end_time));
  store::AppointmentRow row = {.appointment_id = call.runtime.store().NewId(),
                               .practice_id = call.caller.practice_id,
                               .couple_id = booking.couple_id,
                               .start_time = booking.start_time,
                               .end_time = booking.end_time,
                               .state = v1::Appointment::STATE_BOOKED};
  MENDWORK_RETURN_IF_ERROR(store::InsertAppointment(transaction, row, booking.attendee_ids));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CreateAppointment", "appointment", row.appointment_id, ""}));
  MENDWORK_RETURN_IF_ERROR(EnqueueAppointmentEvent(call.runtime, transaction, row));
  return row;
}

absl::StatusOr<v1::Appointment> GetAppointment(const Call& call, store::Transaction& transaction,
                                               const v1::GetAppointmentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireAppointment(call, transaction, "name", request.name()));
  return PresentAppointment(call, transaction, row);
}

absl::StatusOr<v1::ListAppointmentsResponse> ListAppointments(const Call& call,
                                                              store::Transaction& transaction,
                                                              const v1::ListAppointmentsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("appointments/", request.parent()),
                                                  request.page_size(), request.page_token()));
  std::vector<store::AppointmentRow> rows;
  if (call.caller.is_partner()) {
    MENDWORK_ASSIGN_OR_RETURN(rows, store::ListAppointmentsOfPerson(transaction, call.caller.practice_id,
                                                                    call.caller.person_id, page.range()));
  } else {
    MENDWORK_ASSIGN_OR_RETURN(
        rows, store::ListAppointments(transaction, call.caller.practice_id, ids[1], page.range()));
  }
  v1::ListAppointmentsResponse response;
  response.set_next_page_token(
      page.Close<store::AppointmentRow>(&rows, [](const auto& row) { return row.appointment_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_appointments(), PresentAppointment(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::Appointment> UpdateAppointment(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::UpdateAppointmentRequest& request) {
  const v1::Appointment& wanted = request.appointment();
  MENDWORK_RETURN_IF_ERROR(CheckMask(request.update_mask(), {"start_time", "end_time", "state"}));
  MENDWORK_ASSIGN_OR_RETURN(auto row,
                            RequireAppointment(call, transaction, "appointment.name", wanted.name()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kAppointment, row.appointment_id, row.version, wanted.etag()));
  if (MaskHas(request.update_mask(), "start_time")) {
    row.start_time = GetTime(wanted.start_time());
  }
  if (MaskHas(request.update_mask(), "end_time")) {
    row.end_time = GetTime(wanted.end_time());
  }
  if (MaskHas(request.update_mask(), "state")) {
    if (wanted.state() == v1::Appointment::STATE_UNSPECIFIED) {
      return base::InvalidArgument({{"appointment.state", "REQUIRED", "must be one of the states"}});
    }
    row.state = wanted.state();
  }
  MENDWORK_RETURN_IF_ERROR(CheckTimes("appointment.end_time", row.start_time, row.end_time));
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateAppointment(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"UpdateAppointment", "appointment", row.appointment_id, ""}));
  MENDWORK_RETURN_IF_ERROR(EnqueueAppointmentEvent(call.runtime, transaction, row));
  return PresentAppointment(call, transaction, row);
}

}  // namespace mendwork::app
