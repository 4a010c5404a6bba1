#include "service/domain/condition.h"

#include <algorithm>
#include <variant>

#include "absl/types/optional.h"
#include "service/domain/answers.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {
namespace {

// The answer as words: option codes, "yes" or "no", a date, a time. Empty for every other kind.
std::vector<std::string> Words(const Answer& answer) {
  if (const auto* codes = std::get_if<std::vector<std::string>>(&answer.value)) return *codes;
  if (const auto* text = std::get_if<std::string>(&answer.value)) return {*text};
  if (const auto* flag = std::get_if<bool>(&answer.value)) return {*flag ? "yes" : "no"};
  return {};
}

// The answer as a number: a slider's or number's value, or the score of the one option chosen.
absl::optional<double> Number(const ItemState& state) {
  if (const auto* number = std::get_if<double>(&state.answer->value)) return *number;
  const auto* codes = std::get_if<std::vector<std::string>>(&state.answer->value);
  if (codes == nullptr || codes->size() != 1 || state.item == nullptr) return absl::nullopt;
  const Option* option = state.item->FindOption(codes->front());
  if (option == nullptr || !option->score.has_value()) return absl::nullopt;
  return *option->score;
}

// Negative, zero or positive as the answer is before, at or after the condition's value.
absl::optional<int> Order(const Condition& condition, const ItemState& state) {
  if (const absl::optional<double> number = Number(state)) {
    return (*number > condition.number) - (*number < condition.number);
  }
  const auto* text = std::get_if<std::string>(&state.answer->value);
  if (text == nullptr || condition.values.empty()) return absl::nullopt;
  return text->compare(condition.values[0]);  // ISO dates and times order as texts
}

bool EqualsOneOf(const Condition& condition, const ItemState& state) {
  if (const auto* number = std::get_if<double>(&state.answer->value)) return *number == condition.number;
  const std::vector<std::string> words = Words(*state.answer);
  return words.size() == 1 &&
         std::find(condition.values.begin(), condition.values.end(), words[0]) != condition.values.end();
}

bool Contains(const Condition& condition, const ItemState& state) {
  const std::vector<std::string> words = Words(*state.answer);
  return !condition.values.empty() &&
         std::find(words.begin(), words.end(), condition.values[0]) != words.end();
}

bool Compares(const Condition& condition, const ItemState& state) {
  switch (condition.op) {
    case Condition::Operator::kEquals:
    case Condition::Operator::kIn:
      return EqualsOneOf(condition, state);
    case Condition::Operator::kNotEquals:
      return !EqualsOneOf(condition, state);
    case Condition::Operator::kContains:
      return Contains(condition, state);
    default:
      break;
  }
  const absl::optional<int> order = Order(condition, state);
  if (!order.has_value()) return false;
  if (condition.op == Condition::Operator::kGreater) return *order > 0;
  if (condition.op == Condition::Operator::kAtLeast) return *order >= 0;
  if (condition.op == Condition::Operator::kLess) return *order < 0;
  return condition.op == Condition::Operator::kAtMost && *order <= 0;
}

}  // namespace

bool Holds(const Condition& condition, ItemLookup lookup) {
  const auto holds = [&lookup](const Condition& operand) { return Holds(operand, lookup); };
  switch (condition.op) {
    case Condition::Operator::kAll:
      return std::all_of(condition.operands.begin(), condition.operands.end(), holds);
    case Condition::Operator::kAny:
      return std::any_of(condition.operands.begin(), condition.operands.end(), holds);
    case Condition::Operator::kNot:
      return !condition.operands.empty() && !holds(condition.operands[0]);
    default:
      break;
  }
  const ItemState state = lookup(condition.item_id);
  if (condition.op == Condition::Operator::kAnswered) return state.answer != nullptr;
  if (condition.op == Condition::Operator::kUnanswered) return state.answer == nullptr;
  return state.answer != nullptr && Compares(condition, state);
}

}  // namespace mendwork::domain
