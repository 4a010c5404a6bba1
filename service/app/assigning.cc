#include "service/app/assigning.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mendwork/v1/care_service.pb.h"
#include "nlohmann/json.hpp"
#include "service/app/catalog_service.h"
#include "service/app/common.h"
#include "service/app/joint_work.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kDueMax = absl::Hours(24 * 366);
constexpr int64_t kAllPartners = 100;  // above the limit of partners in a couple

using Reasons = std::vector<std::string>;

bool HasRoleVariants(const domain::ExerciseRevision& revision) {
  return std::any_of(revision.variants.begin(), revision.variants.end(),
                     [](const domain::Variant& variant) { return variant.role != domain::EventRole::kAny; });
}

bool HasFreeText(const std::vector<domain::Item>& items) {
  return std::any_of(items.begin(), items.end(), [](const domain::Item& item) {
    return item.type == domain::ItemType::kText || item.type == domain::ItemType::kLongText ||
           item.type == domain::ItemType::kLetter || HasFreeText(item.items);
  });
}

bool HasRiskItems(const std::vector<domain::Item>& items) {
  return std::any_of(items.begin(), items.end(),
                     [](const domain::Item& item) { return domain::IsSafetyItem(item); });
}

bool AllContactsConfirmed(const store::PracticeRow& practice) {
  const auto contacts = nlohmann::json::parse(practice.support_contacts, nullptr, false);
  if (!contacts.is_array() || contacts.empty()) {
    return false;
  }
  return std::all_of(contacts.begin(), contacts.end(), [](const auto& contact) {
    return !contact.value("confirmed_by", "").empty() && !contact.value("confirmed_on", "").empty();
  });
}

// The variants that fit a part in an event; none when the event's status removes them (clinical rulings 1.3).
std::vector<const domain::Variant*> VariantsFor(const domain::ExerciseRevision& revision, int64_t role) {
  std::vector<const domain::Variant*> variants;
  const auto add = [&](domain::EventRole wanted) {
    const domain::Variant* variant = revision.FindVariant(wanted);
    if (variant != nullptr && std::find(variants.begin(), variants.end(), variant) == variants.end()) {
      variants.push_back(variant);
    }
  };
  if (role == v1::EVENT_ROLE_BETRAYED || role == v1::EVENT_ROLE_BOTH) {
    add(domain::EventRole::kBetrayed);
  }
  if (role == v1::EVENT_ROLE_INVOLVED || role == v1::EVENT_ROLE_BOTH) {
    add(domain::EventRole::kInvolved);
  }
  return variants;
}

struct Event {
  store::BetrayalEventRow row;
  std::map<int64_t, int64_t> role_by_person;
};

absl::StatusOr<absl::optional<Event>> ReadEvent(const Call& call, store::Transaction& transaction,
                                                int64_t couple_id, const std::string& name) {
  if (name.empty()) {
    return absl::optional<Event>();
  }
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "betrayal_event", name, kBetrayalEventName));
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindBetrayalEvent(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != couple_id || ids[1] != couple_id) {
    return base::NotFound();
  }
  Event event = {.row = *row, .role_by_person = {}};
  MENDWORK_ASSIGN_OR_RETURN(auto roles, store::ListEventRoles(transaction, row->event_id));
  for (const auto& role : roles) {
    event.role_by_person[role.person_id] = role.role;
  }
  return absl::optional<Event>(event);
}

// The partners that the target names.
absl::StatusOr<std::vector<store::PartnerRow>> Targets(const Call& call,
                                                       const v1::AssignExerciseRequest& request,
                                                       const std::vector<store::PartnerRow>& partners,
                                                       const absl::optional<Event>& event) {
  std::vector<store::PartnerRow> targets;
  switch (request.target_case()) {
    case v1::AssignExerciseRequest::kPartner: {
      MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "partner", request.partner(), kPartnerName));
      std::copy_if(partners.begin(), partners.end(), std::back_inserter(targets), [&](const auto& partner) {
        return partner.person_id == ids[2] && partner.couple_id == ids[1];
      });
      if (targets.empty()) {
        return base::NotFound();
      }
      return targets;
    }
    case v1::AssignExerciseRequest::kRole:
      if (!event.has_value()) {
        return base::InvalidArgument({{"betrayal_event", "REQUIRED", "must be set to assign to a role"}});
      }
      std::copy_if(partners.begin(), partners.end(), std::back_inserter(targets), [&](const auto& partner) {
        const auto role = event->role_by_person.find(partner.person_id);
        return role != event->role_by_person.end() &&
               (role->second == request.role() || role->second == v1::EVENT_ROLE_BOTH);
      });
      return targets;
    case v1::AssignExerciseRequest::kWholeCouple:
      std::copy_if(partners.begin(), partners.end(), std::back_inserter(targets),
                   [](const auto& partner) { return partner.state == v1::Partner::STATE_ACTIVE; });
      return targets;
    case v1::AssignExerciseRequest::TARGET_NOT_SET:
      break;
  }
  return base::InvalidArgument({{"target", "REQUIRED", "must be one of partner, role and whole_couple"}});
}

void CheckEventStatus(const Event& event, Reasons* reasons) {
  if (event.row.status == v1::BetrayalEvent::STATUS_DISPUTED) {
    reasons->push_back("the event is disputed: assess jealousy and control; role variants are not assigned");
  }
}

// Adds what each target gets, or why not.
void ChooseVariants(const domain::ExerciseRevision& revision, const absl::optional<Event>& event,
                    const std::vector<store::PartnerRow>& targets, bool named_alone, AssigningPlan* plan,
                    Reasons* reasons) {
  if (!HasRoleVariants(revision)) {
    for (const auto& partner : targets) {
      plan->recipients.push_back({partner, &revision.variants.front()});
    }
    return;
  }
  if (!event.has_value()) {
    reasons->push_back("the exercise has a variant per part in an event: name the betrayal event");
    return;
  }
  CheckEventStatus(*event, reasons);
  for (const auto& partner : targets) {
    const auto role = event->role_by_person.find(partner.person_id);
    if (role == event->role_by_person.end()) {
      if (named_alone) {
        reasons->push_back("the partner has no part in the event");
      }
      continue;
    }
    for (const domain::Variant* variant : VariantsFor(revision, role->second)) {
      if (event->row.status == v1::BetrayalEvent::STATUS_POSSIBLY_NON_CONSENSUAL &&
          variant->role == domain::EventRole::kInvolved) {
        continue;
      }
      plan->recipients.push_back({partner, variant});
    }
  }
}

void CheckRecipient(const Recipient& recipient, Reasons* reasons) {
  if (recipient.partner.state != v1::Partner::STATE_ACTIVE) {
    reasons->push_back("a partner is not active");
  }
  if (!recipient.partner.adult_confirm_time.has_value()) {
    reasons->push_back("a partner's adult status is not confirmed (ConfirmPartner)");
  }
  const bool needs_location = HasFreeText(recipient.variant->items) || HasRiskItems(recipient.variant->items);
  if (needs_location && !recipient.partner.location_confirm_time.has_value()) {
    reasons->push_back(
        "a partner's physical location is unknown, and the exercise has free text or risk items");
  }
}

absl::Status CheckPractice(const Call& call, store::Transaction& transaction, const AssigningPlan& plan,
                           Reasons* reasons) {
  MENDWORK_ASSIGN_OR_RETURN(auto practice, RequirePractice(call, transaction));
  if (practice.demo) {
    return absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(
      auto acceptance,
      store::FindAcceptance(transaction, practice.practice_id, plan.revision->key, plan.revision->revision));
  if (!acceptance.has_value()) {
    reasons->push_back("no clinician of the practice has accepted this revision (AcceptExercise)");
  }
  const bool free_text =
      std::any_of(plan.recipients.begin(), plan.recipients.end(),
                  [](const auto& recipient) { return HasFreeText(recipient.variant->items); });
  if (free_text && !AllContactsConfirmed(practice)) {
    reasons->push_back("the practice has not confirmed its support contacts, and the exercise has free text");
  }
  return absl::OkStatus();
}

// Joint work needs a current decision for every pair that a recipient is part of (clinical rulings 1.2).
absl::Status CheckSuitability(const Call& call, store::Transaction& transaction, const AssigningPlan& plan,
                              const std::vector<store::PartnerRow>& partners, Reasons* reasons) {
  if (plan.revision->solo) {
    return absl::OkStatus();
  }
  // Every pair that a recipient is part of: a newest "individual only" undoes an older "joint".
  for (const Recipient& recipient : plan.recipients) {
    for (const auto& other : partners) {
      if (other.person_id == recipient.partner.person_id || other.state != v1::Partner::STATE_ACTIVE) {
        continue;
      }
      MENDWORK_ASSIGN_OR_RETURN(bool suits, EveryPairSuits(call, transaction, plan.couple_id,
                                                           {recipient.partner.person_id, other.person_id}));
      if (!suits) {
        reasons->push_back(
            "joint work needs a current suitability decision for each pair (RecordSuitability)");
        return absl::OkStatus();
      }
    }
  }
  return absl::OkStatus();
}

absl::Status CheckDueTime(const Call& call, const AssigningPlan& plan) {
  const absl::Time now = call.runtime.Now();
  if (plan.due_time.has_value() && (*plan.due_time <= now || *plan.due_time > now + kDueMax)) {
    return base::InvalidArgument({{"due_time", "RANGE", "must be in the future and at most a year ahead"}});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AssigningPlan> PlanAssigning(const Call& call, store::Transaction& transaction,
                                            const v1::AssignExerciseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_ASSIGN_OR_RETURN(ExerciseName name,
                            ParseExerciseName("exercise_revision", request.exercise_revision()));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  AssigningPlan plan;
  plan.couple_id = ids[1];
  plan.revision = call.runtime.catalog().Find(name.key, name.revision);
  if (plan.revision == nullptr) {
    return base::NotFound();
  }
  if (request.has_due_time()) {
    plan.due_time = GetTime(request.due_time());
  }
  MENDWORK_RETURN_IF_ERROR(CheckDueTime(call, plan));
  MENDWORK_ASSIGN_OR_RETURN(auto event, ReadEvent(call, transaction, ids[1], request.betrayal_event()));
  if (event.has_value()) {
    plan.event_id = event->row.event_id;
  }
  MENDWORK_ASSIGN_OR_RETURN(auto partners, store::ListPartners(transaction, call.caller.practice_id, ids[1],
                                                               {.limit = kAllPartners}));
  MENDWORK_ASSIGN_OR_RETURN(auto targets, Targets(call, request, partners, event));

  Reasons reasons;
  for (const std::string& capability : domain::MissingCapabilities(*plan.revision, Capabilities())) {
    reasons.push_back(absl::StrCat("this server lacks the capability ", capability));
  }
  ChooseVariants(*plan.revision, event, targets, request.has_partner(), &plan, &reasons);
  if (plan.recipients.empty() && reasons.empty()) {
    reasons.push_back("nobody in the couple fits the target");
  }
  for (const Recipient& recipient : plan.recipients) {
    CheckRecipient(recipient, &reasons);
  }
  MENDWORK_RETURN_IF_ERROR(CheckPractice(call, transaction, plan, &reasons));
  MENDWORK_RETURN_IF_ERROR(CheckSuitability(call, transaction, plan, partners, &reasons));
  if (!reasons.empty()) {
    std::sort(reasons.begin(), reasons.end());
    reasons.erase(std::unique(reasons.begin(), reasons.end()), reasons.end());
    return Precondition("ASSIGNMENT_NOT_POSSIBLE",
                        absl::StrCat("The exercise cannot be assigned: ", absl::StrJoin(reasons, "; "), "."));
  }
  return plan;
}

}  // namespace mendwork::app
