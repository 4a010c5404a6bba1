#include "service/domain/catalog_condition.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/domain/validation_limits.h"
#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

using Operator = Condition::Operator;

struct OperatorKey {
  absl::string_view key;
  Operator op;
};

constexpr OperatorKey kOperators[] = {
    {"all", Operator::kAll},         {"any", Operator::kAny},
    {"not", Operator::kNot},         {"is", Operator::kAnswered},
    {"equals", Operator::kEquals},   {"not_equals", Operator::kNotEquals},
    {"greater", Operator::kGreater}, {"at_least", Operator::kAtLeast},
    {"less", Operator::kLess},       {"at_most", Operator::kAtMost},
    {"in", Operator::kIn},           {"contains", Operator::kContains},
};

// How an item's answer can be compared.
enum class Comparison { kNone, kPresence, kCode, kCodes, kFlag, kNumber, kMoment };

Comparison ComparisonOf(const Item& item) {
  switch (item.type) {
    case ItemType::kChoice:
    case ItemType::kLikert:
      return Comparison::kCode;
    case ItemType::kMultiChoice:
    case ItemType::kRankedChoice:
    case ItemType::kChecklist:
      return Comparison::kCodes;
    case ItemType::kYesNo:
    case ItemType::kAttestation:
    case ItemType::kSafetyCheck:
      return Comparison::kFlag;
    case ItemType::kSlider:
    case ItemType::kNumber:
      return Comparison::kNumber;
    case ItemType::kDate:
    case ItemType::kTime:
      return Comparison::kMoment;
    case ItemType::kText:
    case ItemType::kLongText:
    case ItemType::kLetter:
    case ItemType::kActivityLog:
    case ItemType::kGroup:
      return Comparison::kPresence;
    case ItemType::kInfo:
    case ItemType::kGate:
    case ItemType::kAgreement:
      return Comparison::kNone;
  }
  return Comparison::kNone;
}

bool IsOrdering(Operator op) {
  return op == Operator::kGreater || op == Operator::kAtLeast || op == Operator::kLess ||
         op == Operator::kAtMost;
}

bool HasScores(const Item& item) {
  return std::any_of(item.options.begin(), item.options.end(),
                     [](const Option& option) { return option.score.has_value(); });
}

bool OperatorFits(Operator op, const Item& item) {
  const Comparison comparison = ComparisonOf(item);
  if (comparison == Comparison::kNone) return false;
  const bool equality = op == Operator::kEquals || op == Operator::kNotEquals;
  if (op == Operator::kAnswered || op == Operator::kUnanswered) return true;
  if (op == Operator::kContains) return comparison == Comparison::kCodes;
  if (op == Operator::kIn) return comparison == Comparison::kCode;
  if (equality) return comparison != Comparison::kPresence && comparison != Comparison::kCodes;
  if (comparison == Comparison::kCode) return HasScores(item);
  return comparison == Comparison::kNumber || comparison == Comparison::kMoment;
}

class ConditionReader {
 public:
  ConditionReader(const ConditionScope& scope, FileContext& context) : scope_(scope), context_(context) {}

  absl::optional<Condition> Read(const YamlNode& node, int depth) {
    MapReader reader(node, "a condition", context_);
    const OperatorKey* found = nullptr;
    int count = 0;
    for (const OperatorKey& candidate : kOperators) {
      if (!reader.Has(candidate.key)) continue;
      found = &candidate;
      ++count;
    }
    if (count != 1 || depth > kConditionDepthMax) {
      context_.Fault(
          node.line, count != 1 ? "condition_shape" : "condition_depth",
          count != 1 ? "a condition has exactly one operator" : "conditions are nested too deeply");
      return absl::nullopt;
    }
    const bool combines =
        found->op == Operator::kAll || found->op == Operator::kAny || found->op == Operator::kNot;
    absl::optional<Condition> condition =
        combines ? ReadCombination(reader, *found, depth) : ReadComparison(reader, *found);
    reader.Finish();
    return condition;
  }

 private:
  absl::optional<Condition> ReadCombination(MapReader& reader, const OperatorKey& op, int depth) {
    Condition condition;
    condition.op = op.op;
    std::vector<const YamlNode*> operands;
    if (op.op == Operator::kNot) {
      operands.push_back(reader.Node(op.key, Need::kRequired));
    } else if (const YamlNode* list = reader.List(op.key, Need::kRequired)) {
      for (const YamlNode& operand : list->items) operands.push_back(&operand);
      if (operands.empty() || operands.size() > static_cast<size_t>(kConditionOperandsMax)) {
        context_.Fault(list->line, "condition_shape",
                       absl::StrCat("'", op.key, "' has 1 to ", kConditionOperandsMax, " conditions"));
      }
    }
    for (const YamlNode* operand : operands) {
      absl::optional<Condition> read = Read(*operand, depth + 1);
      if (read.has_value()) condition.operands.push_back(*std::move(read));
    }
    if (condition.operands.size() != operands.size() || operands.empty()) return absl::nullopt;
    return condition;
  }

  absl::optional<Condition> ReadComparison(MapReader& reader, const OperatorKey& op) {
    Condition condition;
    condition.op = op.op;
    const Item* item = ReadItem(reader, condition);
    if (op.op == Operator::kIn) {
      condition.values = reader.Words(op.key, Need::kRequired);
      if (condition.values.empty())
        context_.Fault(reader.LineOf(op.key), "condition_value", "'in' needs values");
    } else {
      condition.values = {reader.Word(op.key, Need::kRequired)};
    }
    const int line = reader.LineOf(op.key);
    if (op.op == Operator::kAnswered) ReadPresence(line, condition);
    if (item == nullptr) return absl::nullopt;
    if (!OperatorFits(condition.op, *item)) {
      context_.Fault(line, "condition_operator",
                     absl::StrCat("'", op.key, "' does not fit a ", Name(item->type), " item"));
      return absl::nullopt;
    }
    CheckValues(line, *item, condition);
    return condition;
  }

  void ReadPresence(int line, Condition& condition) {
    const std::string word = condition.values[0];
    condition.values.clear();
    if (word == "unanswered") {
      condition.op = Operator::kUnanswered;
    } else if (word != "answered") {
      context_.Fault(line, "condition_value", "'is' is one of: answered, unanswered");
    }
  }

  // A risk rule speaks about its own item and may leave the key out.
  const Item* ReadItem(MapReader& reader, Condition& condition) {
    if (scope_.self != nullptr) {
      condition.item_id = scope_.self->id;
      if (!reader.Has("item") || reader.Word("item", Need::kOptional) == scope_.self->id) return scope_.self;
      context_.Fault(reader.LineOf("item"), "risk_scope", "a risk rule looks at its own item only");
      return nullptr;
    }
    condition.item_id = reader.Word("item", Need::kRequired);
    if (condition.item_id.empty()) return nullptr;
    const auto found = scope_.earlier.find(condition.item_id);
    if (found != scope_.earlier.end()) return found->second;
    const bool later = scope_.all_ids.count(condition.item_id) > 0;
    context_.Fault(reader.LineOf("item"), later ? "forward_reference" : "unknown_reference",
                   later ? absl::StrCat("'", condition.item_id, "' does not come before this item")
                         : absl::StrCat("there is no item '", condition.item_id, "' here"));
    return nullptr;
  }

  void CheckValues(int line, const Item& item, Condition& condition) {
    if (condition.op == Operator::kAnswered || condition.op == Operator::kUnanswered) return;
    for (const std::string& value : condition.values) {
      if (!ValueFits(item, value, condition)) {
        context_.Fault(line, "condition_value",
                       absl::StrCat("'", value, "' can be no answer to '", item.id, "'"));
      }
    }
  }

  static bool ValueFits(const Item& item, const std::string& value, Condition& condition) {
    switch (ComparisonOf(item)) {
      case Comparison::kCode:
        if (IsOrdering(condition.op)) return absl::SimpleAtod(value, &condition.number);
        return item.FindOption(value) != nullptr;
      case Comparison::kCodes:
        return item.FindOption(value) != nullptr;
      case Comparison::kFlag:
        return value == "yes" || value == "no";
      case Comparison::kNumber:
        return absl::SimpleAtod(value, &condition.number) && condition.number >= item.minimum &&
               condition.number <= item.maximum;
      case Comparison::kMoment:
        return item.type == ItemType::kDate ? IsCivilDate(value) : IsClockTime(value);
      case Comparison::kPresence:
      case Comparison::kNone:
        return false;
    }
    return false;
  }

  const ConditionScope& scope_;
  FileContext& context_;
};

}  // namespace

absl::optional<Condition> ReadCondition(const YamlNode& node, const ConditionScope& scope,
                                        FileContext& context) {
  return ConditionReader(scope, context).Read(node, 1);
}

}  // namespace mendwork::domain
