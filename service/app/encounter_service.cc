// The session record: opened with who is there and where, closed with one form.
#include "service/app/encounter_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/appointments.h"
#include "service/app/care_service.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/joint_work.h"
#include "service/app/response_common.h"
#include "service/base/status.h"
#include "service/store/encounter_rows.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kJointWindowMax = absl::Hours(24 * 7);  // confidentiality B6

absl::StatusOr<v1::Encounter> Present(const Call& call, store::Transaction& transaction,
                                      const store::EncounterRow& row) {
  const base::PublicIds& ids = call.runtime.ids();
  v1::Encounter encounter;
  encounter.set_name(FormatName(ids, kEncounterName, {row.practice_id, row.couple_id, row.encounter_id}));
  if (row.appointment_id.has_value()) {
    encounter.set_appointment(
        FormatName(ids, kAppointmentName, {row.practice_id, row.couple_id, *row.appointment_id}));
  }
  encounter.set_modality(static_cast<v1::Encounter::Modality>(row.modality));
  encounter.set_state(static_cast<v1::Encounter::State>(row.state));
  MENDWORK_ASSIGN_OR_RETURN(auto people, store::ListEncounterPeople(transaction, row.encounter_id));
  for (const auto& person : people) {
    if (person.clinician) {
      encounter.add_clinicians(FormatName(ids, kStaffName, {row.practice_id, person.person_id}));
      continue;
    }
    encounter.add_attendees(
        FormatName(ids, kPartnerName, {row.practice_id, row.couple_id, person.person_id}));
    if (person.present) {
      encounter.add_present(
          FormatName(ids, kPartnerName, {row.practice_id, row.couple_id, person.person_id}));
    }
  }
  SetTime(row.start_time, encounter.mutable_start_time());
  SetOptionalTime(row.end_time, &encounter, &v1::Encounter::mutable_end_time);
  encounter.set_outcome(static_cast<v1::Encounter::Outcome>(row.outcome));
  SetOptionalTime(row.window_start_time, &encounter, &v1::Encounter::mutable_joint_window_start_time);
  SetOptionalTime(row.window_end_time, &encounter, &v1::Encounter::mutable_joint_window_end_time);
  encounter.set_etag(Etag(call.runtime, Kind::kEncounter, row.encounter_id, row.version));
  return encounter;
}

absl::StatusOr<store::EncounterRow> RequireEncounter(const Call& call, store::Transaction& transaction,
                                                     absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kEncounterName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1], Panel::kTogether).status());
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindEncounter(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != ids[1]) {
    return base::NotFound();
  }
  return *row;
}

absl::StatusOr<store::EncounterRow> RequireOpenEncounter(const Call& call, store::Transaction& transaction,
                                                         absl::string_view name, absl::string_view etag) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireEncounter(call, transaction, name));
  MENDWORK_RETURN_IF_ERROR(CheckEtag(call.runtime, Kind::kEncounter, row.encounter_id, row.version, etag));
  if (row.state != store::EncounterState::kOpen) {
    return Precondition("ENCOUNTER_CLOSED", "The session was closed: its record does not change any more.");
  }
  return row;
}

// Confirms where a partner is; a new place replaces the one on record.
absl::Status ConfirmLocation(const Call& call, store::WriteTransaction& transaction, int64_t couple_id,
                             int64_t person_id, const std::string& location) {
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequirePartner(call, transaction, couple_id, person_id));
  if (location.empty() && !partner.location_confirm_time.has_value()) {
    return Precondition("LOCATION_UNKNOWN",
                        "Ask where the partner is: no place is on record that could be confirmed.");
  }
  if (!location.empty()) {
    MENDWORK_RETURN_IF_ERROR(ReplaceLocation(call, transaction, person_id, location, "OpenEncounter"));
  }
  partner.location_confirm_time = transaction.now();
  return store::UpdatePartner(transaction, partner);
}

absl::StatusOr<absl::optional<int64_t>> UseAppointment(const Call& call, store::WriteTransaction& transaction,
                                                       int64_t couple_id, const std::string& name) {
  if (name.empty()) {
    return absl::optional<int64_t>();
  }
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "appointment", name, kAppointmentName));
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindAppointment(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != couple_id || ids[1] != couple_id) {
    return base::NotFound();
  }
  if (row->state != v1::Appointment::STATE_BOOKED) {
    return Precondition("APPOINTMENT_NOT_BOOKED", "The appointment was cancelled, or took place before.");
  }
  row->state = v1::Appointment::STATE_COMPLETED;
  row->version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateAppointment(transaction, *row));
  return absl::optional<int64_t>(row->appointment_id);
}

absl::StatusOr<std::vector<store::EncounterPersonRow>> Clinicians(const Call& call,
                                                                  store::Transaction& transaction,
                                                                  int64_t couple_id,
                                                                  const v1::OpenEncounterRequest& request) {
  std::vector<store::EncounterPersonRow> people = {{.person_id = call.caller.person_id, .clinician = true}};
  for (const std::string& name : request.clinicians()) {
    MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "clinicians", name, kStaffName));
    if (std::any_of(people.begin(), people.end(), [&](const auto& p) { return p.person_id == ids[1]; })) {
      continue;
    }
    MENDWORK_ASSIGN_OR_RETURN(bool related, store::HasCareRelation(transaction, call.caller.practice_id,
                                                                   couple_id, ids[1], transaction.now()));
    if (!related) {
      return base::NotFound();
    }
    people.push_back({.person_id = ids[1], .clinician = true});
  }
  return people;
}

// Who attended, of those rows.
std::vector<int64_t> Attendees(const std::vector<store::EncounterPersonRow>& people) {
  std::vector<int64_t> ids;
  for (const auto& person : people) {
    if (!person.clinician) {
      ids.push_back(person.person_id);
    }
  }
  return ids;
}

absl::Status ReleaseWindow(const Call& call, store::Transaction& transaction,
                           const v1::CloseEncounterRequest::JointWindow& wanted,
                           const std::vector<int64_t>& attendees, store::EncounterRow* row) {
  const absl::Time start = wanted.has_start_time() ? GetTime(wanted.start_time()) : transaction.now();
  const absl::Time end = GetTime(wanted.end_time());
  if (start < transaction.now() || end <= start || end - start > kJointWindowMax) {
    return base::InvalidArgument(
        {{"joint_window", "RANGE", "must start now or later and end after that, at most 7 days later"}});
  }
  MENDWORK_ASSIGN_OR_RETURN(bool suits, EveryPairSuits(call, transaction, row->couple_id, attendees));
  if (attendees.size() < 2 || !suits) {
    return Precondition(
        "SUITABILITY_NEEDED",
        "Joint work is released in a joint session, with a current suitability decision for each pair who "
        "attended (RecordSuitability).");
  }
  row->window_start_time = start;
  row->window_end_time = end;
  return absl::OkStatus();
}

absl::Status RecordReviews(const Call& call, store::WriteTransaction& transaction, int64_t couple_id,
                           const v1::CloseEncounterRequest& request) {
  for (const auto& review : request.reviews()) {
    MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "reviews.response", review.response(), kResponseName));
    if (ids[1] != couple_id) {
      return base::NotFound();
    }
    MENDWORK_ASSIGN_OR_RETURN(auto response, RequireResponse(call, transaction, ids, Panel::kTogether));
    MENDWORK_RETURN_IF_ERROR(RecordReview(call, transaction, std::move(response),
                                          {review.outcome(), true, review.note_to_author()})
                                 .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<store::AppointmentRow> BookNext(const Call& call, store::WriteTransaction& transaction,
                                               int64_t couple_id,
                                               const v1::CloseEncounterRequest::NextAppointment& next,
                                               std::vector<int64_t> attendees) {
  if (GetTime(next.start_time()) <= transaction.now()) {
    return base::InvalidArgument({{"next_appointment.start_time", "RANGE", "must be in the future"}});
  }
  if (!next.attendees().empty()) {
    MENDWORK_ASSIGN_OR_RETURN(attendees, RequirePartners(call, transaction, couple_id,
                                                         "next_appointment.attendees", next.attendees()));
  }
  return BookAppointment(call, transaction, "next_appointment.end_time",
                         {.couple_id = couple_id,
                          .attendee_ids = std::move(attendees),
                          .start_time = GetTime(next.start_time()),
                          .end_time = GetTime(next.end_time())});
}

}  // namespace

absl::StatusOr<v1::Encounter> OpenEncounter(const Call& call, store::WriteTransaction& transaction,
                                            const v1::OpenEncounterRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids,
                            RequireCoupleNamed(call, transaction, request.parent(), Panel::kTogether));
  MENDWORK_ASSIGN_OR_RETURN(auto open,
                            store::FindOpenEncounter(transaction, call.caller.practice_id, ids[1]));
  if (open.has_value()) {
    return Precondition("ENCOUNTER_OPEN", "A session of this couple is open. Close it first.");
  }
  google::protobuf::RepeatedPtrField<std::string> names;
  for (const auto& attendee : request.attendees()) {
    *names.Add() = attendee.partner();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto attendees,
                            RequirePartners(call, transaction, ids[1], "attendees.partner", names));
  MENDWORK_ASSIGN_OR_RETURN(auto people, Clinicians(call, transaction, ids[1], request));
  store::EncounterRow row = {.encounter_id = call.runtime.store().NewId(),
                             .practice_id = call.caller.practice_id,
                             .couple_id = ids[1],
                             .modality = request.modality(),
                             .start_time = transaction.now()};
  MENDWORK_ASSIGN_OR_RETURN(row.appointment_id,
                            UseAppointment(call, transaction, ids[1], request.appointment()));
  for (size_t i = 0; i < attendees.size(); ++i) {
    MENDWORK_RETURN_IF_ERROR(ConfirmLocation(call, transaction, ids[1], attendees[i],
                                             request.attendees(static_cast<int>(i)).location()));
    people.push_back({.person_id = attendees[i]});
  }
  MENDWORK_RETURN_IF_ERROR(store::InsertEncounter(transaction, row, people));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"OpenEncounter", "encounter", row.encounter_id, ""}));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::Encounter> UpdatePresence(const Call& call, store::WriteTransaction& transaction,
                                             const v1::UpdatePresenceRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row,
                            RequireOpenEncounter(call, transaction, request.name(), request.etag()));
  MENDWORK_ASSIGN_OR_RETURN(auto present,
                            RequirePartners(call, transaction, row.couple_id, "present", request.present()));
  MENDWORK_ASSIGN_OR_RETURN(auto people, store::ListEncounterPeople(transaction, row.encounter_id));
  const std::vector<int64_t> attendees = Attendees(people);
  for (int64_t person_id : present) {
    if (std::find(attendees.begin(), attendees.end(), person_id) == attendees.end()) {
      return base::InvalidArgument({{"present", "NOT_AN_ATTENDEE", "must name partners who attend"}});
    }
  }
  for (int64_t person_id : attendees) {
    const bool here = std::find(present.begin(), present.end(), person_id) != present.end();
    MENDWORK_RETURN_IF_ERROR(store::UpdatePresence(transaction, row.encounter_id, person_id, here));
  }
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateEncounter(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"UpdatePresence", "encounter", row.encounter_id, ""}));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::Encounter> GetEncounter(const Call& call, store::Transaction& transaction,
                                           const v1::GetEncounterRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireEncounter(call, transaction, request.name()));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::ListEncountersResponse> ListEncounters(const Call& call, store::Transaction& transaction,
                                                          const v1::ListEncountersRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("encounters/", request.parent()),
                                                  request.page_size(), request.page_token(), true));
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListEncounters(transaction, call.caller.practice_id, ids[1], page.range()));
  v1::ListEncountersResponse response;
  response.set_next_page_token(
      page.Close<store::EncounterRow>(&rows, [](const auto& row) { return row.encounter_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_encounters(), Present(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::CloseEncounterResponse> CloseEncounter(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::CloseEncounterRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row,
                            RequireOpenEncounter(call, transaction, request.name(), request.etag()));
  MENDWORK_ASSIGN_OR_RETURN(auto people, store::ListEncounterPeople(transaction, row.encounter_id));
  const std::vector<int64_t> attendees = Attendees(people);
  MENDWORK_RETURN_IF_ERROR(RecordReviews(call, transaction, row.couple_id, request));
  if (request.has_joint_window()) {
    MENDWORK_RETURN_IF_ERROR(ReleaseWindow(call, transaction, request.joint_window(), attendees, &row));
  }
  v1::CloseEncounterResponse response;
  if (request.has_next_appointment()) {
    MENDWORK_ASSIGN_OR_RETURN(
        auto next, BookNext(call, transaction, row.couple_id, request.next_appointment(), attendees));
    MENDWORK_ASSIGN_OR_RETURN(*response.mutable_next_appointment(),
                              PresentAppointment(call, transaction, next));
  }
  row.state = store::EncounterState::kClosed;
  row.end_time = transaction.now();
  row.outcome = request.outcome();
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateEncounter(transaction, row));
  for (const auto& person : people) {
    MENDWORK_RETURN_IF_ERROR(store::UpdatePresence(transaction, row.encounter_id, person.person_id, false));
  }
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CloseEncounter", "encounter", row.encounter_id, ""}));
  MENDWORK_ASSIGN_OR_RETURN(*response.mutable_encounter(), Present(call, transaction, row));
  return response;
}

absl::StatusOr<v1::Encounter> EndJointWindow(const Call& call, store::WriteTransaction& transaction,
                                             const v1::EndJointWindowRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireEncounter(call, transaction, request.name()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kEncounter, row.encounter_id, row.version, request.etag()));
  if (!row.window_end_time.has_value() || *row.window_end_time <= transaction.now()) {
    return Precondition("NO_JOINT_WINDOW", "This session has no window for joint work that is still to end.");
  }
  row.window_end_time = transaction.now();
  row.window_start_time = std::min(*row.window_start_time, transaction.now());
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateEncounter(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"EndJointWindow", "encounter", row.encounter_id, ""}));
  return Present(call, transaction, row);
}

}  // namespace mendwork::app
