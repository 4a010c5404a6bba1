// Item rules: deterministic risk findings from single answers. They ignore every total (safety.md, engine
// rule b).
#pragma once

#include <string>
#include <vector>

#include "service/domain/answers.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

struct RiskFinding {
  std::string rule_id;
  std::string item_id;
  Severity severity = Severity::kLow;
  std::string category;
  std::string subject;
};

// Every rule that holds, in the order of the items. Answers to hidden items never count.
std::vector<RiskFinding> EvaluateRiskRules(const Variant& variant, const Answers& answers);

}  // namespace mendwork::domain
