#include "service/domain/condition_words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mendwork::domain {
namespace {

using Operator = Condition::Operator;

std::string Quoted(absl::string_view text) { return absl::StrCat("\"", text, "\""); }

// Null only for a condition that the schema has refused.
const Item* FindItem(const std::vector<const Item*>& items, const std::string& id) {
  const auto found =
      std::find_if(items.begin(), items.end(), [&id](const Item* item) { return item->id == id; });
  return found == items.end() ? nullptr : *found;
}

std::string ValueWords(const Item& item, const std::string& value, absl::string_view language) {
  const Option* option = item.FindOption(value);
  return option == nullptr ? value : Quoted(TextIn(option->label, language));
}

// A choice is compared by its scores: "at least 2" means the labels from that score on.
std::string ScoreWords(const Item& item, const Condition& condition, absl::string_view language) {
  std::vector<std::string> labels;
  for (const Option& option : item.options) {
    if (!option.score.has_value()) continue;
    const double score = *option.score;
    const bool fits = (condition.op == Operator::kGreater && score > condition.number) ||
                      (condition.op == Operator::kAtLeast && score >= condition.number) ||
                      (condition.op == Operator::kLess && score < condition.number) ||
                      (condition.op == Operator::kAtMost && score <= condition.number);
    if (fits) labels.push_back(Quoted(TextIn(option.label, language)));
  }
  return absl::StrJoin(labels, " or ");
}

absl::string_view OrderWords(Operator op) {
  switch (op) {
    case Operator::kGreater:
      return "above";
    case Operator::kAtLeast:
      return "at least";
    case Operator::kLess:
      return "below";
    default:
      return "at most";
  }
}

std::string FlagWords(const Item& item, bool yes, const std::string& question) {
  if (item.type == ItemType::kYesNo) return absl::StrCat("you said ", yes ? "yes" : "no", " at ", question);
  return absl::StrCat("you ", yes ? "ticked " : "did not tick ", question);
}

std::string ComparisonWords(const Condition& condition, const Item& item, absl::string_view language) {
  const std::string question = Quoted(TextIn(item.text, language));
  if (condition.op == Operator::kAnswered) return absl::StrCat("you answered ", question);
  if (condition.op == Operator::kUnanswered) return absl::StrCat("you left ", question, " open");

  const bool flag = item.type == ItemType::kYesNo || item.type == ItemType::kAttestation ||
                    item.type == ItemType::kSafetyCheck;
  const bool equality = condition.op == Operator::kEquals || condition.op == Operator::kNotEquals;
  if (flag && equality) {
    return FlagWords(item, (condition.values[0] == "yes") == (condition.op == Operator::kEquals), question);
  }
  const std::string values =
      absl::StrJoin(condition.values, " or ", [&](std::string* out, const std::string& value) {
        absl::StrAppend(out, ValueWords(item, value, language));
      });
  const bool chosen = !item.options.empty();
  if (condition.op == Operator::kNotEquals) {
    return absl::StrCat("you answered ", question, " with something other than ", values);
  }
  if (equality || condition.op == Operator::kIn || condition.op == Operator::kContains) {
    return chosen ? absl::StrCat("you chose ", values, " at ", question)
                  : absl::StrCat("you answered ", question, " with ", values);
  }
  if (chosen) return absl::StrCat("you chose ", ScoreWords(item, condition, language), " at ", question);
  return absl::StrCat("your answer to ", question, " is ", OrderWords(condition.op), " ", values);
}

}  // namespace

std::string ConditionInWords(const Condition& condition, const std::vector<const Item*>& items,
                             absl::string_view language) {
  const auto operand = [&](const Condition& each) {
    const std::string words = ConditionInWords(each, items, language);
    const bool nested = each.op == Operator::kAll || each.op == Operator::kAny;
    return nested && each.operands.size() > 1 ? absl::StrCat("(", words, ")") : words;
  };
  if (condition.op == Operator::kNot) {
    return absl::StrCat("it is not so that ", operand(condition.operands[0]));
  }
  if (condition.op == Operator::kAll || condition.op == Operator::kAny) {
    return absl::StrJoin(condition.operands, condition.op == Operator::kAll ? ", and " : ", or ",
                         [&](std::string* out, const Condition& each) { out->append(operand(each)); });
  }
  const Item* item = FindItem(items, condition.item_id);
  return item == nullptr ? condition.item_id : ComparisonWords(condition, *item, language);
}

}  // namespace mendwork::domain
