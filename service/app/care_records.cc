// What the therapist records about a couple's care: events, suitability, relations.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "service/app/care_service.h"
#include "service/app/common.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kSuitabilityLifetime = absl::Hours(24 * 7 * 8);  // clinical rulings 1.2

absl::StatusOr<v1::BetrayalEvent> Present(Runtime& runtime, store::Transaction& transaction,
                                          const store::BetrayalEventRow& row) {
  v1::BetrayalEvent event;
  event.set_name(
      FormatName(runtime.ids(), kBetrayalEventName, {row.practice_id, row.couple_id, row.event_id}));
  event.set_status(static_cast<v1::BetrayalEvent::Status>(row.status));
  MENDWORK_ASSIGN_OR_RETURN(auto roles, store::ListEventRoles(transaction, row.event_id));
  for (const auto& role : roles) {
    v1::BetrayalEvent::Participant* participant = event.add_participants();
    participant->set_partner(
        FormatName(runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, role.person_id}));
    participant->set_role(static_cast<v1::EventRole>(role.role));
  }
  SetTime(row.create_time, event.mutable_create_time());
  event.set_etag(Etag(runtime, Kind::kBetrayalEvent, row.event_id, row.version));
  return event;
}

v1::SuitabilityDecision Present(Runtime& runtime, const store::SuitabilityRow& row) {
  v1::SuitabilityDecision decision;
  decision.set_name(
      FormatName(runtime.ids(), kSuitabilityName, {row.practice_id, row.couple_id, row.suitability_id}));
  for (int64_t person_id : {row.first_person_id, row.second_person_id}) {
    decision.add_partners(
        FormatName(runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, person_id}));
  }
  decision.set_decision(static_cast<v1::SuitabilityDecision::Decision>(row.decision));
  decision.set_spoke_to_each_alone(true);
  decision.set_decider(FormatName(runtime.ids(), kStaffName, {row.practice_id, row.decider_id}));
  SetTime(row.create_time, decision.mutable_create_time());
  SetTime(row.expire_time, decision.mutable_expire_time());
  return decision;
}

v1::CareRelation Present(Runtime& runtime, const store::CareRelationRow& row) {
  v1::CareRelation relation;
  relation.set_name(
      FormatName(runtime.ids(), kCareRelationName, {row.practice_id, row.couple_id, row.relation_id}));
  relation.set_staff(FormatName(runtime.ids(), kStaffName, {row.practice_id, row.staff_id}));
  relation.set_kind(static_cast<v1::CareRelation::Kind>(row.kind));
  SetTime(row.start_time, relation.mutable_start_time());
  SetOptionalTime(row.end_time, &relation, &v1::CareRelation::mutable_end_time);
  return relation;
}

absl::StatusOr<store::BetrayalEventRow> RequireEvent(const Call& call, store::Transaction& transaction,
                                                     absl::string_view field, absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, field, name, kBetrayalEventName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto event,
                            store::FindBetrayalEvent(transaction, call.caller.practice_id, ids[2]));
  if (!event.has_value() || event->couple_id != ids[1]) {
    return base::NotFound();
  }
  return *event;
}

}  // namespace

absl::StatusOr<v1::BetrayalEvent> CreateBetrayalEvent(const Call& call, store::WriteTransaction& transaction,
                                                      const v1::CreateBetrayalEventRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  google::protobuf::RepeatedPtrField<std::string> names;
  for (const auto& participant : request.betrayal_event().participants()) {
    *names.Add() = participant.partner();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto person_ids,
                            RequirePartners(call, transaction, ids[1], "betrayal_event.participants", names));
  store::BetrayalEventRow row = {.event_id = call.runtime.store().NewId(),
                                 .practice_id = call.caller.practice_id,
                                 .couple_id = ids[1],
                                 .status = request.betrayal_event().status(),
                                 .create_time = transaction.now()};
  std::vector<store::EventRoleRow> roles;
  for (size_t i = 0; i < person_ids.size(); ++i) {
    const auto& participant = request.betrayal_event().participants(static_cast<int>(i));
    roles.push_back({.event_id = row.event_id, .person_id = person_ids[i], .role = participant.role()});
  }
  MENDWORK_RETURN_IF_ERROR(store::InsertBetrayalEvent(transaction, row, roles));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CreateBetrayalEvent", "betrayal_event", row.event_id, ""}));
  return Present(call.runtime, transaction, row);
}

absl::StatusOr<v1::BetrayalEvent> GetBetrayalEvent(const Call& call, store::Transaction& transaction,
                                                   const v1::GetBetrayalEventRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireEvent(call, transaction, "name", request.name()));
  return Present(call.runtime, transaction, row);
}

absl::StatusOr<v1::ListBetrayalEventsResponse> ListBetrayalEvents(
    const Call& call, store::Transaction& transaction, const v1::ListBetrayalEventsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("events/", request.parent()),
                                                  request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListBetrayalEvents(transaction, call.caller.practice_id, ids[1], page.range()));
  v1::ListBetrayalEventsResponse response;
  response.set_next_page_token(
      page.Close<store::BetrayalEventRow>(&rows, [](const auto& row) { return row.event_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_betrayal_events(), Present(call.runtime, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::BetrayalEvent> UpdateBetrayalEvent(const Call& call, store::WriteTransaction& transaction,
                                                      const v1::UpdateBetrayalEventRequest& request) {
  MENDWORK_RETURN_IF_ERROR(CheckMask(request.update_mask(), {"status"}));
  MENDWORK_ASSIGN_OR_RETURN(
      auto row, RequireEvent(call, transaction, "betrayal_event.name", request.betrayal_event().name()));
  MENDWORK_RETURN_IF_ERROR(CheckEtag(call.runtime, Kind::kBetrayalEvent, row.event_id, row.version,
                                     request.betrayal_event().etag()));
  row.status = request.betrayal_event().status();
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateBetrayalEvent(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"UpdateBetrayalEvent", "betrayal_event", row.event_id, ""}));
  return Present(call.runtime, transaction, row);
}

absl::StatusOr<v1::SuitabilityDecision> RecordSuitability(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::RecordSuitabilityRequest& request) {
  const v1::SuitabilityDecision& decision = request.suitability_decision();
  if (!decision.spoke_to_each_alone()) {
    return Precondition("SPEAK_TO_EACH_ALONE",
                        "The decision is made after speaking to each partner alone (clinical rulings 1.2).");
  }
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(
      auto person_ids,
      RequirePartners(call, transaction, ids[1], "suitability_decision.partners", decision.partners()));
  if (person_ids.size() != 2) {
    return base::InvalidArgument(
        {{"suitability_decision.partners", "COUNT", "must name exactly two partners"}});
  }
  store::SuitabilityRow row = {.suitability_id = call.runtime.store().NewId(),
                               .practice_id = call.caller.practice_id,
                               .couple_id = ids[1],
                               .first_person_id = std::min(person_ids[0], person_ids[1]),
                               .second_person_id = std::max(person_ids[0], person_ids[1]),
                               .decision = decision.decision(),
                               .decider_id = call.caller.person_id,
                               .create_time = transaction.now(),
                               .expire_time = transaction.now() + kSuitabilityLifetime};
  MENDWORK_RETURN_IF_ERROR(store::InsertSuitability(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"RecordSuitability", "suitability", row.suitability_id, ""}));
  return Present(call.runtime, row);
}

absl::StatusOr<v1::ListSuitabilityDecisionsResponse> ListSuitabilityDecisions(
    const Call& call, store::Transaction& transaction, const v1::ListSuitabilityDecisionsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("suitability/", request.parent()),
                                                  request.page_size(), request.page_token(), true));
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListSuitability(transaction, call.caller.practice_id, ids[1], page.range()));
  v1::ListSuitabilityDecisionsResponse response;
  response.set_next_page_token(
      page.Close<store::SuitabilityRow>(&rows, [](const auto& row) { return row.suitability_id; }));
  for (const auto& row : rows) {
    *response.add_suitability_decisions() = Present(call.runtime, row);
  }
  return response;
}

absl::StatusOr<v1::CareRelation> CreateCareRelation(const Call& call, store::WriteTransaction& transaction,
                                                    const v1::CreateCareRelationRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(
      Ids staff_ids, ParseName(call, "care_relation.staff", request.care_relation().staff(), kStaffName));
  MENDWORK_ASSIGN_OR_RETURN(auto staff,
                            store::FindPerson(transaction, call.caller.practice_id, staff_ids[1]));
  if (!staff.has_value() || (staff->roles & static_cast<uint32_t>(Role::kTherapist)) == 0 ||
      staff->staff_state == store::StaffState::kDisabled) {
    return base::NotFound();
  }
  store::CareRelationRow row = {.relation_id = call.runtime.store().NewId(),
                                .practice_id = call.caller.practice_id,
                                .couple_id = ids[1],
                                .staff_id = staff->person_id,
                                .kind = request.care_relation().kind(),
                                .start_time = transaction.now()};
  if (request.care_relation().has_end_time()) {
    row.end_time = GetTime(request.care_relation().end_time());
    if (*row.end_time <= transaction.now()) {
      return base::InvalidArgument({{"care_relation.end_time", "RANGE", "must be in the future"}});
    }
  }
  MENDWORK_RETURN_IF_ERROR(store::InsertCareRelation(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CreateCareRelation", "care_relation", row.relation_id, ""}));
  return Present(call.runtime, row);
}

absl::StatusOr<v1::CareRelation> EndCareRelation(const Call& call, store::WriteTransaction& transaction,
                                                 const v1::EndCareRelationRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kCareRelationName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindCareRelation(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != ids[1]) {
    return base::NotFound();
  }
  if (row->end_time.has_value() && *row->end_time <= transaction.now()) {
    return Present(call.runtime, *row);
  }
  MENDWORK_ASSIGN_OR_RETURN(
      int64_t leads, store::CountLeads(transaction, call.caller.practice_id, ids[1], transaction.now()));
  if (row->kind == v1::CareRelation::KIND_LEAD && leads <= 1) {
    return Precondition("LAST_LEAD", "The couple would be left without a lead. Add another lead first.");
  }
  row->end_time = transaction.now();
  MENDWORK_RETURN_IF_ERROR(
      store::EndCareRelation(transaction, call.caller.practice_id, row->relation_id, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"EndCareRelation", "care_relation", row->relation_id, ""}));
  return Present(call.runtime, *row);
}

absl::StatusOr<v1::ListCareRelationsResponse> ListCareRelations(const Call& call,
                                                                store::Transaction& transaction,
                                                                const v1::ListCareRelationsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireCoupleNamed(call, transaction, request.parent()));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("relations/", request.parent()),
                                                  request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListCareRelations(transaction, call.caller.practice_id, ids[1], page.range()));
  v1::ListCareRelationsResponse response;
  response.set_next_page_token(
      page.Close<store::CareRelationRow>(&rows, [](const auto& row) { return row.relation_id; }));
  for (const auto& row : rows) {
    *response.add_care_relations() = Present(call.runtime, row);
  }
  return response;
}

}  // namespace mendwork::app
