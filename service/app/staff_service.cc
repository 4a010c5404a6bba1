#include "service/app/staff_service.h"

#include <string>
#include <utility>

#include "service/app/common.h"
#include "service/app/door.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

admin::v1::Staff Present(Runtime& runtime, const store::PersonRow& row) {
  admin::v1::Staff staff;
  staff.set_name(FormatName(runtime.ids(), kStaffName, {row.practice_id, row.person_id}));
  staff.set_state(static_cast<admin::v1::Staff::State>(row.staff_state));
  for (int role = 1; role <= 6; ++role) {
    if ((row.roles & (1u << role)) != 0) {
      staff.add_roles(static_cast<options::v1::Role>(role));
    }
  }
  SetTime(row.create_time, staff.mutable_create_time());
  staff.set_etag(Etag(runtime, Kind::kStaff, row.person_id, row.version));
  return staff;
}

absl::StatusOr<store::PersonRow> RequireStaff(const Call& call, store::Transaction& transaction,
                                              absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kStaffName));
  MENDWORK_ASSIGN_OR_RETURN(auto person, store::FindPerson(transaction, call.caller.practice_id, ids[1]));
  if (!person.has_value() || person->staff_state == store::StaffState::kNone) {
    return base::NotFound();
  }
  return *person;
}

absl::StatusOr<uint32_t> RoleBits(const google::protobuf::RepeatedField<int>& roles) {
  uint32_t bits = 0;
  for (int role : roles) {
    if (role == options::v1::ROLE_PARTNER || role == options::v1::ROLE_UNSPECIFIED ||
        !options::v1::Role_IsValid(role)) {
      return base::InvalidArgument({{"roles", "STAFF_ROLE", "must be roles of staff, never partner"}});
    }
    bits |= 1u << role;
  }
  return bits;
}

absl::Status KeepAnAdministrator(const Call& call, store::Transaction& transaction,
                                 const store::PersonRow& person) {
  const bool administrator = (person.roles & static_cast<uint32_t>(Role::kAdministrator)) != 0 &&
                             person.staff_state != store::StaffState::kDisabled;
  MENDWORK_ASSIGN_OR_RETURN(int64_t count, store::CountAdministrators(transaction, call.caller.practice_id));
  if (administrator && count <= 1) {
    return Precondition("LAST_ADMINISTRATOR",
                        "This is the only administrator of the practice. Make another one first.");
  }
  return absl::OkStatus();
}

absl::Status EndSessions(const Call& call, store::WriteTransaction& transaction, int64_t person_id) {
  MENDWORK_RETURN_IF_ERROR(store::EndSessionsOfPerson(transaction, person_id, 0, transaction.now()));
  transaction.OnCommit([call, person_id] { call.runtime.sessions().RemovePerson(person_id, 0); });
  return absl::OkStatus();
}

// Ends every relation of a staff member, unless a couple would be left without a lead.
absl::Status EndRelations(const Call& call, store::WriteTransaction& transaction, int64_t staff_id) {
  MENDWORK_ASSIGN_OR_RETURN(
      auto relations,
      store::ListCareRelationsOfStaff(transaction, call.caller.practice_id, staff_id, transaction.now()));
  for (const auto& relation : relations) {
    MENDWORK_ASSIGN_OR_RETURN(int64_t leads, store::CountLeads(transaction, call.caller.practice_id,
                                                               relation.couple_id, transaction.now()));
    if (relation.kind == 1 && leads <= 1) {
      return Precondition(
          "LAST_LEAD",
          "A couple would be left without a lead therapist. Hand its lead over first, then disable.");
    }
    MENDWORK_RETURN_IF_ERROR(store::EndCareRelation(transaction, call.caller.practice_id,
                                                    relation.relation_id, transaction.now()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewStaff> MakeStaff(const Call& call, store::WriteTransaction& transaction,
                                   const std::string& display_name, uint32_t roles) {
  Runtime& runtime = call.runtime;
  NewStaff made;
  made.person = {.person_id = runtime.store().NewId(),
                 .practice_id = call.caller.practice_id,
                 .roles = roles,
                 .staff_state = store::StaffState::kInvited,
                 .language = "en",
                 .time_zone = "UTC",
                 .create_time = transaction.now()};
  storage::v1::Identity identity;
  identity.set_display_name(display_name);
  MENDWORK_ASSIGN_OR_RETURN(
      made.person.identity,
      SealMessage(runtime, PersonIdentityRecord(made.person.practice_id, made.person.person_id, 1),
                  identity));
  MENDWORK_RETURN_IF_ERROR(store::InsertPerson(transaction, made.person));
  MENDWORK_ASSIGN_OR_RETURN(
      made.code, MakeOneTimeCode(runtime, transaction, made.person.practice_id, made.person.person_id));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CreateStaff", "person", made.person.person_id, made.person.identity}));
  return made;
}

absl::StatusOr<admin::v1::CreateStaffResponse> CreateStaff(const Call& call,
                                                           store::WriteTransaction& transaction,
                                                           const admin::v1::CreateStaffRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(uint32_t roles, RoleBits(request.roles()));
  MENDWORK_ASSIGN_OR_RETURN(NewStaff made, MakeStaff(call, transaction, request.display_name(), roles));
  admin::v1::CreateStaffResponse response;
  *response.mutable_staff() = Present(call.runtime, made.person);
  response.set_enrollment_code(made.code.code);
  SetTime(made.code.expire_time, response.mutable_expire_time());
  return response;
}

absl::StatusOr<admin::v1::Staff> GetStaff(const Call& call, store::Transaction& transaction,
                                          const admin::v1::GetStaffRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequireStaff(call, transaction, request.name()));
  return Present(call.runtime, person);
}

absl::StatusOr<admin::v1::ListStaffResponse> ListStaff(const Call& call, store::Transaction& transaction,
                                                       const admin::v1::ListStaffRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, "staff", request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(auto rows, store::ListStaff(transaction, call.caller.practice_id, page.range()));
  admin::v1::ListStaffResponse response;
  response.set_next_page_token(
      page.Close<store::PersonRow>(&rows, [](const auto& row) { return row.person_id; }));
  for (const auto& row : rows) {
    *response.add_staff() = Present(call.runtime, row);
  }
  return response;
}

absl::StatusOr<admin::v1::AccessStaffResponse> AccessStaff(const Call& call,
                                                           store::WriteTransaction& transaction,
                                                           const admin::v1::AccessStaffRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequireStaff(call, transaction, request.name()));
  const Look look = {.viewer = call.caller.Is(Role::kTherapist) ? policy::Viewer::kTherapist
                                                                : policy::Viewer::kAdministrator,
                     .practice_id = call.caller.practice_id,
                     .viewer_id = call.caller.person_id,
                     .action = "AccessStaff"};
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, look, policy::DataClass::kStaffIdentity, 0,
                 PersonIdentityRecord(person.practice_id, person.person_id, person.identity_version),
                 person.identity));
  storage::v1::Identity identity;
  identity.ParseFromString(plaintext);
  admin::v1::AccessStaffResponse response;
  response.set_name(request.name());
  response.set_display_name(identity.display_name());
  return response;
}

absl::StatusOr<admin::v1::Staff> UpdateStaffRoles(const Call& call, store::WriteTransaction& transaction,
                                                  const admin::v1::UpdateStaffRolesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequireStaff(call, transaction, request.name()));
  MENDWORK_ASSIGN_OR_RETURN(uint32_t roles, RoleBits(request.roles()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kStaff, person.person_id, person.version, request.etag()));
  if ((roles & static_cast<uint32_t>(Role::kAdministrator)) == 0) {
    MENDWORK_RETURN_IF_ERROR(KeepAnAdministrator(call, transaction, person));
  }
  person.roles = roles;
  person.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdatePerson(transaction, person));
  MENDWORK_RETURN_IF_ERROR(EndSessions(call, transaction, person.person_id));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"UpdateStaffRoles", "person", person.person_id, ""}));
  return Present(call.runtime, person);
}

absl::StatusOr<admin::v1::Staff> DisableStaff(const Call& call, store::WriteTransaction& transaction,
                                              const admin::v1::DisableStaffRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequireStaff(call, transaction, request.name()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kStaff, person.person_id, person.version, request.etag()));
  MENDWORK_RETURN_IF_ERROR(KeepAnAdministrator(call, transaction, person));
  MENDWORK_RETURN_IF_ERROR(EndRelations(call, transaction, person.person_id));
  person.staff_state = store::StaffState::kDisabled;
  person.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdatePerson(transaction, person));
  MENDWORK_RETURN_IF_ERROR(store::EndOneTimeCodes(transaction, person.person_id, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(EndSessions(call, transaction, person.person_id));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"DisableStaff", "person", person.person_id, ""}));
  return Present(call.runtime, person);
}

absl::StatusOr<admin::v1::ReissueStaffEnrollmentResponse> ReissueStaffEnrollment(
    const Call& call, store::WriteTransaction& transaction,
    const admin::v1::ReissueStaffEnrollmentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequireStaff(call, transaction, request.name()));
  if (person.person_id == call.caller.person_id) {
    return Precondition(
        "ANOTHER_ADMINISTRATOR",
        "A new enrolment code is made by another administrator. To change your own secret while you "
        "know it, use ChangeSecret.");
  }
  if (person.staff_state == store::StaffState::kDisabled) {
    return Precondition("STAFF_DISABLED", "This staff member is disabled.");
  }
  MENDWORK_ASSIGN_OR_RETURN(NewCode code,
                            MakeOneTimeCode(call.runtime, transaction, person.practice_id, person.person_id));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"ReissueStaffEnrollment", "person", person.person_id, ""}));
  admin::v1::ReissueStaffEnrollmentResponse response;
  response.set_enrollment_code(code.code);
  SetTime(code.expire_time, response.mutable_expire_time());
  return response;
}

}  // namespace mendwork::app
