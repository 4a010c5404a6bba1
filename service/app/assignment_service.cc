#include "service/app/assignment_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/assigning.h"
#include "service/app/common.h"
#include "service/app/forms.h"
#include "service/app/joint_work.h"
#include "service/app/support.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

// A partner reads their own assignment: no group, no variant, in their own language.
absl::StatusOr<v1::Assignment> Present(const Call& call, store::Transaction& transaction,
                                       const store::AssignmentRow& row) {
  Runtime& runtime = call.runtime;
  v1::Assignment assignment;
  assignment.set_name(
      FormatName(runtime.ids(), kAssignmentName, {row.practice_id, row.couple_id, row.assignment_id}));
  assignment.set_partner(
      FormatName(runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, row.person_id}));
  assignment.set_exercise_revision(FormatExerciseName(row.exercise_key, row.revision));
  const domain::ExerciseRevision* revision =
      runtime.catalog().Find(row.exercise_key, static_cast<int>(row.revision));
  if (revision != nullptr) {
    assignment.set_title(domain::TextIn(revision->title, call.caller.language));
    MENDWORK_ASSIGN_OR_RETURN(bool available, IsAvailable(call, transaction, row.couple_id, *revision));
    assignment.set_available_now(available);
  }
  assignment.set_state(static_cast<v1::Assignment::State>(row.state));
  assignment.set_response(FormatName(runtime.ids(), kResponseName,
                                     {row.practice_id, row.couple_id, row.assignment_id, row.response_id}));
  SetTime(row.create_time, assignment.mutable_create_time());
  SetOptionalTime(row.due_time, &assignment, &v1::Assignment::mutable_due_time);
  if (!call.caller.is_partner()) {
    assignment.set_group(runtime.ids().Encode(static_cast<uint8_t>(Kind::kGroup), row.group_id));
    assignment.set_variant(row.variant);
  }
  assignment.set_etag(Etag(runtime, Kind::kAssignment, row.assignment_id, row.version));
  return assignment;
}

absl::StatusOr<store::AssignmentRow> RequireAssignment(const Call& call, store::Transaction& transaction,
                                                       absl::string_view field, absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, field, name, kAssignmentName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindAssignment(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != ids[1] ||
      (call.caller.is_partner() && row->person_id != call.caller.person_id)) {
    return base::NotFound();
  }
  return *row;
}

absl::StatusOr<store::AssignmentRow> Assign(const Call& call, store::WriteTransaction& transaction,
                                            const AssigningPlan& plan, const Recipient& recipient,
                                            int64_t group_id) {
  store::AssignmentRow row = {.assignment_id = call.runtime.store().NewId(),
                              .practice_id = call.caller.practice_id,
                              .couple_id = plan.couple_id,
                              .person_id = recipient.partner.person_id,
                              .group_id = group_id,
                              .exercise_key = plan.revision->key,
                              .revision = plan.revision->revision,
                              .variant = recipient.variant->code,
                              .event_id = plan.event_id,
                              .create_time = transaction.now(),
                              .due_time = plan.due_time,
                              .assigner_id = call.caller.person_id,
                              .response_id = call.runtime.store().NewId()};
  MENDWORK_RETURN_IF_ERROR(store::InsertAssignment(transaction, row));
  MENDWORK_RETURN_IF_ERROR(store::InsertResponse(transaction, {.response_id = row.response_id,
                                                               .practice_id = row.practice_id,
                                                               .couple_id = row.couple_id,
                                                               .assignment_id = row.assignment_id,
                                                               .person_id = row.person_id}));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"AssignExercise", "assignment", row.assignment_id, ""}));
  return row;
}

}  // namespace

absl::StatusOr<v1::AssignExerciseResponse> AssignExercise(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::AssignExerciseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(AssigningPlan plan, PlanAssigning(call, transaction, request));
  v1::AssignExerciseResponse response;
  for (const domain::Contraindication& rule : plan.revision->contraindications) {
    response.add_contraindications(domain::TextIn(rule.text, call.caller.language));
  }
  if (request.validate_only()) {
    return response;
  }
  const int64_t group_id = call.runtime.store().NewId();
  for (const Recipient& recipient : plan.recipients) {
    MENDWORK_ASSIGN_OR_RETURN(auto row, Assign(call, transaction, plan, recipient, group_id));
    MENDWORK_ASSIGN_OR_RETURN(*response.add_assignments(), Present(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::Assignment> GetAssignment(const Call& call, store::Transaction& transaction,
                                             const v1::GetAssignmentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireAssignment(call, transaction, "name", request.name()));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::ListAssignmentsResponse> ListAssignments(const Call& call, store::Transaction& transaction,
                                                            const v1::ListAssignmentsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("assignments/", request.parent()),
                                                  request.page_size(), request.page_token()));
  std::vector<store::AssignmentRow> rows;
  if (call.caller.is_partner()) {
    MENDWORK_ASSIGN_OR_RETURN(rows, store::ListAssignmentsOfPerson(transaction, call.caller.practice_id,
                                                                   call.caller.person_id, page.range()));
  } else {
    MENDWORK_ASSIGN_OR_RETURN(
        rows, store::ListAssignments(transaction, call.caller.practice_id, ids[1], page.range()));
  }
  v1::ListAssignmentsResponse response;
  response.set_next_page_token(
      page.Close<store::AssignmentRow>(&rows, [](const auto& row) { return row.assignment_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_assignments(), Present(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::Assignment> UpdateAssignment(const Call& call, store::WriteTransaction& transaction,
                                                const v1::UpdateAssignmentRequest& request) {
  MENDWORK_RETURN_IF_ERROR(CheckMask(request.update_mask(), {"due_time"}));
  MENDWORK_ASSIGN_OR_RETURN(
      auto row, RequireAssignment(call, transaction, "assignment.name", request.assignment().name()));
  MENDWORK_RETURN_IF_ERROR(CheckEtag(call.runtime, Kind::kAssignment, row.assignment_id, row.version,
                                     request.assignment().etag()));
  if (row.state != store::AssignmentState::kOpen) {
    return Precondition("ASSIGNMENT_CLOSED",
                        "The assignment was reviewed or taken back: it has no due time to change.");
  }
  row.due_time = absl::nullopt;
  if (request.assignment().has_due_time()) {
    row.due_time = GetTime(request.assignment().due_time());
  }
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateAssignment(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"UpdateAssignment", "assignment", row.assignment_id, ""}));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::Assignment> CancelAssignment(const Call& call, store::WriteTransaction& transaction,
                                                const v1::CancelAssignmentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireAssignment(call, transaction, "name", request.name()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kAssignment, row.assignment_id, row.version, request.etag()));
  if (row.state != store::AssignmentState::kOpen) {
    return Precondition("ASSIGNMENT_CLOSED", "The assignment was reviewed or taken back already.");
  }
  row.state = store::AssignmentState::kCancelled;
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateAssignment(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CancelAssignment", "assignment", row.assignment_id, ""}));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::GetFormResponse> GetForm(const Call& call, store::Transaction& transaction,
                                            const v1::GetFormRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireAssignment(call, transaction, "name", request.name()));
  MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                            RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant));
  if (call.caller.is_partner()) {
    MENDWORK_RETURN_IF_ERROR(RequireAvailable(call, transaction, row.couple_id, *pinned.revision));
  }
  MENDWORK_ASSIGN_OR_RETURN(auto practice, RequirePractice(call, transaction));
  v1::GetFormResponse response;
  *response.mutable_form() =
      BuildForm(*pinned.revision, *pinned.variant,
                request.language().empty() ? call.caller.language : request.language());
  *response.mutable_support() = BuildSupportBlock(practice);
  return response;
}

}  // namespace mendwork::app
