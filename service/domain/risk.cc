#include "service/domain/risk.h"

#include "service/domain/validation_visibility.h"

namespace mendwork::domain {

std::vector<RiskFinding> EvaluateRiskRules(const Variant& variant, const Answers& answers) {
  const Visibility visibility(variant.items, answers, nullptr);
  std::vector<RiskFinding> findings;
  for (const Item& item : variant.items) {
    const ItemState state = visibility.State(item.id);
    if (state.answer == nullptr) continue;
    for (const RiskRule& rule : item.risk_rules) {
      if (!Holds(rule.when, [&state](absl::string_view) { return state; })) continue;
      findings.push_back({rule.id, item.id, rule.severity, rule.category, rule.subject});
    }
  }
  return findings;
}

}  // namespace mendwork::domain
