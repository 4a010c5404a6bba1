#include "service/domain/catalog_item_rules.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace mendwork::domain {
namespace {

bool Has(const Item& item, Audience audience) { return item.audiences.count(audience) > 0; }

bool Requires(const FileContext& context, absl::string_view capability) {
  return std::find(context.capabilities.begin(), context.capabilities.end(), capability) !=
         context.capabilities.end();
}

// The questions of one's own readiness and state that "never" reach the other (confidentiality.md A).
bool OnlyTherapist(const Item& item) {
  return std::all_of(item.audiences.begin(), item.audiences.end(),
                     [](Audience audience) { return audience == Audience::kTherapist; });
}

bool NeedsScores(const Item& item) { return item.type == ItemType::kLikert; }

bool AllowsExclusive(const Item& item) {
  return item.type == ItemType::kMultiChoice || item.type == ItemType::kChecklist;
}

}  // namespace

void CheckAudiences(const Item& item, int line, FileContext& context) {
  if (item.type == ItemType::kSafetyCheck && !item.audiences.empty()) {
    context.Fault(line, "safety_audience",
                  "a safety check has no audience: who is told is stated at consent");
  } else if (IsSafetyItem(item) && !OnlyTherapist(item)) {
    context.Fault(line, "safety_audience", "an item with a risk rule opens to the therapist at most");
  }
  if (item.type == ItemType::kGate && !OnlyTherapist(item)) {
    context.Fault(line, "gate_audience", "readiness opens to the therapist at most");
  }
  const bool leaves =
      Has(item, Audience::kPartner) || Has(item, Audience::kPlugin) || Has(item, Audience::kResearch);
  if (item.sensitive && leaves) {
    context.Fault(line, "sensitive_audience", "a sensitive item opens to no partner, plugin or research");
  }
  if (!item.audiences.empty() && !Has(item, Audience::kTherapist)) {
    context.Fault(line, "audience_without_therapist", "what others may read, the therapist may read first");
  }
}

void CheckCapabilities(const Item& item, int line, FileContext& context) {
  const bool couple_work = item.type == ItemType::kGate || item.type == ItemType::kAgreement;
  if (couple_work && !Requires(context, "couple_work")) {
    context.Fault(line, "capability_needed",
                  absl::StrCat("a ", Name(item.type), " item needs 'couple_work' among the file's requires"));
  }
}

void CheckRiskRules(const Item& item, int line, FileContext& context) {
  if (item.type != ItemType::kSafetyCheck) return;
  if (item.risk_rules.empty()) context.Fault(line, "risk_rule_missing", "a safety check needs a risk rule");
  if (item.required) context.Fault(line, "risk_required", "a safety check is never required");
}

void CheckBounds(const Item& item, int line, FileContext& context) {
  if (item.min_length > item.max_length) {
    context.Fault(line, "length_range", "min_length is not above max_length");
  }
  for (const Section& section : item.sections) {
    if (section.min_length <= section.max_length) continue;
    context.Fault(line, "length_range",
                  absl::StrCat("section '", section.id, "': min_length is above max_length"));
  }
  if (item.min_count > item.max_count) context.Fault(line, "count_range", "min_count is not above max_count");
  const bool chooses = !item.options.empty() && item.type != ItemType::kActivityLog;
  if (chooses && item.max_count > static_cast<int>(item.options.size())) {
    context.Fault(line, "count_range", "max_count is not above the number of options");
  }
  const bool scale = item.type == ItemType::kSlider || item.type == ItemType::kNumber;
  if (scale && item.minimum >= item.maximum) {
    context.Fault(line, "value_range", "minimum is below maximum");
  } else if (scale && item.step > 0) {
    const double steps = (item.maximum - item.minimum) / item.step;
    if (std::abs(steps - std::round(steps)) > 1e-6) {
      context.Fault(line, "step", "the step leads from minimum to maximum in whole steps");
    }
  }
  if (item.type == ItemType::kActivityLog && item.minimum > item.maximum) {
    context.Fault(line, "value_range", "minutes_min is not above minutes_max");
  }
  if (!item.earliest.empty() && !item.latest.empty() && item.earliest > item.latest) {
    context.Fault(line, "date_bounds", "earliest is not after latest");
  }
}

void CheckOptions(const Item& item, int line, FileContext& context) {
  int scored = 0;
  for (const Option& option : item.options) {
    scored += option.score.has_value() ? 1 : 0;
    if (option.exclusive && !AllowsExclusive(item)) {
      context.Fault(line, "exclusive",
                    absl::StrCat("no option of a ", Name(item.type), " item is exclusive"));
    }
  }
  // One option without a score may stand for "does not apply".
  if (NeedsScores(item) && scored < 2) {
    context.Fault(line, "option_score", "a likert item has at least two options with a score");
  }
}

void CheckLetterCautions(const std::vector<Item>& items, const std::vector<int>& lines,
                         FileContext& context) {
  for (size_t i = 0; i < items.size(); ++i) {
    if (items[i].type != ItemType::kLetter) continue;
    const Item* before = i == 0 ? nullptr : &items[i - 1];
    const bool is_caution = before != nullptr && before->type == ItemType::kInfo &&
                            before->id == absl::StrCat(items[i].id, "_caution");
    // Whoever sees the letter sees the caution.
    if (is_caution && (!before->show_when.has_value() || before->show_when == items[i].show_when)) continue;
    context.Fault(
        lines[i], "letter_caution",
        absl::StrCat("a letter follows an info item '", items[i].id, "_caution' shown whenever it is"));
  }
}

void CheckClosingItem(const std::vector<Item>& items, const std::vector<int>& lines, FileContext& context) {
  if (items.empty()) return;
  const Item& last = items.back();
  std::vector<std::string> codes;
  for (const Option& option : last.options) codes.push_back(option.code);
  const bool options = codes == std::vector<std::string>{kClosingNo, kClosingNextTime, kClosingSafeChannel};
  const bool audience = last.audiences == std::set<Audience>{Audience::kTherapist};
  const bool neutral = last.id == kClosingItemId && last.type == ItemType::kChoice && options && audience &&
                       last.risk_rules.empty() && !last.show_when.has_value();
  if (neutral) return;
  context.Fault(lines.back(), "closing_item",
                absl::StrCat("every variant ends with the choice '", kClosingItemId, "' (", kClosingNo, ", ",
                             kClosingNextTime, ", ", kClosingSafeChannel,
                             "), for the therapist only, always shown, without a risk rule"));
}

}  // namespace mendwork::domain
