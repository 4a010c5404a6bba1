#include "service/policy/decision_point.h"

#include <utility>

namespace mendwork::policy {
namespace {

bool Matches(const Rule& rule, Viewer viewer, DataClass data_class, Facts facts) {
  return (rule.viewers & Bit(viewer)) != 0 && (rule.classes & Bit(data_class)) != 0 &&
         (facts & rule.require) == rule.require && (facts & rule.unless) == 0;
}

}  // namespace

Decision Decide(Viewer viewer, DataClass data_class, Facts facts) {
  const Rule* permit = nullptr;
  for (const Rule& rule : Rules()) {
    if (!Matches(rule, viewer, data_class, facts)) {
      continue;
    }
    if (rule.effect == Effect::kForbid) {
      return {.allowed = false, .rule_id = rule.id};
    }
    if (permit == nullptr) {
      permit = &rule;
    }
  }
  if (permit == nullptr) {
    return {};
  }
  return {.allowed = true, .rule_id = permit->id};
}

absl::optional<domain::Grant> DecisionPoint::ForRecord(const Request& request, Viewer viewer,
                                                       DataClass data_class, Facts facts) {
  const Decision decision = Decide(viewer, data_class, facts);
  if (!decision.allowed) {
    return absl::nullopt;
  }
  return Make(request, data_class, decision.rule_id, absl::nullopt);
}

void DecisionPoint::Items::Consider(const std::string& item_id, Facts facts) {
  const Decision decision = Decide(viewer_, data_class_, facts);
  if (decision.allowed) {
    allowed_.insert(item_id);
    rule_id_ = decision.rule_id;
  }
}

domain::Grant DecisionPoint::Items::Grant(const Request& request) const {
  return Make(request, data_class_, rule_id_, allowed_);
}

domain::Grant DecisionPoint::Make(const Request& request, DataClass data_class, const char* rule_id,
                                  absl::optional<std::set<std::string>> items) {
  domain::Grant::Fields fields;
  fields.practice_id = request.practice_id;
  fields.subject = request.subject;
  fields.purpose = PurposeOf(data_class);
  fields.viewer_id = request.viewer_id;
  fields.action = request.action;
  fields.rule_id = rule_id;
  fields.items = std::move(items);
  return domain::Grant(std::move(fields), request.transaction_id);
}

domain::KeyPurpose PurposeOf(DataClass data_class) {
  switch (data_class) {
    case DataClass::kPartnerIdentity:
    case DataClass::kStaffIdentity:
    case DataClass::kRecordLink:
    case DataClass::kExternalReferences:
    case DataClass::kPluginConfiguration:
    case DataClass::kAppointment:
      return domain::KeyPurpose::kIdentity;
    case DataClass::kAnswer:
    case DataClass::kDraft:
    case DataClass::kWithheldChoice:
    case DataClass::kReviewNote:
      return domain::KeyPurpose::kPartnerPrivate;
    case DataClass::kFlagEvidence:
    case DataClass::kFlagNote:
      return domain::KeyPurpose::kSafety;
    case DataClass::kRequestOutcome:
      return domain::KeyPurpose::kOutcome;
  }
  return domain::KeyPurpose::kOutcome;
}

}  // namespace mendwork::policy
