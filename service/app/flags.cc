#include "service/app/flags.h"

#include <algorithm>
#include <utility>

#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/forms.h"

namespace mendwork::app {
namespace {

// Defaults of safety rules 2.2; the practice's own deadlines come with the safety issue.
absl::optional<absl::Time> AcknowledgeDue(domain::Severity severity, absl::Time now) {
  switch (severity) {
    case domain::Severity::kCritical:
      return now + absl::Minutes(15);
    case domain::Severity::kHigh:
      return now + absl::Hours(4);
    case domain::Severity::kModerate:
      return now + absl::Hours(24);
    case domain::Severity::kLow:
      return absl::nullopt;
  }
  return now;
}

// For high and critical the words that raised it, for lower levels none (confidentiality B11).
storage::v1::FlagEvidence BuildEvidence(const domain::RiskFinding& finding, const domain::Variant& variant,
                                        const google::protobuf::RepeatedPtrField<v1::Answer>& answers) {
  storage::v1::FlagEvidence evidence;
  storage::v1::FlagEvidence::Piece* piece = evidence.add_pieces();
  piece->set_rule_id(finding.rule_id);
  const domain::Item* item = variant.FindItem(finding.item_id);
  if (item == nullptr) {
    return evidence;
  }
  if (finding.severity < domain::Severity::kHigh) {
    return evidence;
  }
  piece->set_question(domain::TextIn(item->text, "en"));
  const auto answer = std::find_if(answers.begin(), answers.end(),
                                   [&](const v1::Answer& a) { return a.item_id() == finding.item_id; });
  if (answer != answers.end()) {
    piece->set_answer(InWords(*item, *answer, "en"));
  }
  return evidence;
}

}  // namespace

ScreenResult ScreenSubmission(const domain::Variant& variant, const domain::Answers& answers) {
  return {.findings = domain::EvaluateRiskRules(variant, answers)};
}

ScreenResult ScreenDraft(const domain::Variant& variant, const domain::Answers& answers) {
  ScreenResult screen = {.findings = domain::EvaluateRiskRules(variant, answers)};
  screen.findings.erase(std::remove_if(screen.findings.begin(), screen.findings.end(),
                                       [&](const domain::RiskFinding& finding) {
                                         const domain::Item* item = variant.FindItem(finding.item_id);
                                         return item == nullptr ||
                                                item->type != domain::ItemType::kSafetyCheck;
                                       }),
                        screen.findings.end());
  return screen;
}

absl::StatusOr<std::vector<store::FlagRow>> PrepareFlags(
    Runtime& runtime, const ScreenResult& screen, const store::ResponseRow& response,
    const domain::Variant& variant, const google::protobuf::RepeatedPtrField<v1::Answer>& answers) {
  std::vector<store::FlagRow> flags;
  for (const domain::RiskFinding& finding : screen.findings) {
    store::FlagRow flag = {.flag_id = runtime.store().NewId(),
                           .practice_id = response.practice_id,
                           .couple_id = response.couple_id,
                           .person_id = response.person_id,
                           .response_id = response.response_id,
                           .rule_id = finding.rule_id,
                           .severity = static_cast<int64_t>(finding.severity),
                           .category = finding.category,
                           .subject = finding.subject};
    MENDWORK_ASSIGN_OR_RETURN(
        flag.evidence,
        SealMessage(runtime, FlagEvidenceRecord(flag.practice_id, flag.person_id, flag.flag_id),
                    BuildEvidence(finding, variant, answers)));
    flags.push_back(std::move(flag));
  }
  return flags;
}

absl::Status RaiseFlags(const Call& call, store::WriteTransaction& transaction,
                        std::vector<store::FlagRow> flags) {
  for (store::FlagRow& flag : flags) {
    MENDWORK_ASSIGN_OR_RETURN(
        bool stands, store::HasUnresolvedFlag(transaction, flag.practice_id, flag.response_id, flag.rule_id));
    if (stands) {
      continue;
    }
    flag.create_time = transaction.now();
    flag.acknowledge_due_time =
        AcknowledgeDue(static_cast<domain::Severity>(flag.severity), transaction.now());
    MENDWORK_RETURN_IF_ERROR(store::InsertFlag(transaction, flag));
    MENDWORK_RETURN_IF_ERROR(
        AuditChange(call, transaction, {"RaiseFlag", "flag", flag.flag_id, flag.evidence}));
    MENDWORK_RETURN_IF_ERROR(RecordFlagChange(call, transaction, flag));
  }
  return absl::OkStatus();
}

absl::Status RecordFlagChange(const Call& call, store::WriteTransaction& transaction,
                              const store::FlagRow& flag) {
  MENDWORK_RETURN_IF_ERROR(store::InsertFlagChange(transaction, {.change_id = call.runtime.store().NewId(),
                                                                 .practice_id = flag.practice_id,
                                                                 .flag_id = flag.flag_id,
                                                                 .state = flag.state,
                                                                 .actor_id = call.caller.person_id,
                                                                 .create_time = transaction.now()}));
  Runtime* runtime = &call.runtime;
  transaction.OnCommit([runtime] { runtime->flag_feed().Notify(); });
  return absl::OkStatus();
}

}  // namespace mendwork::app
