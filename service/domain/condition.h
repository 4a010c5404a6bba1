// The branching language: one small tree, evaluated by one interpreter, used by `show_when` and by risk
// rules.
#pragma once

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

namespace mendwork::domain {

struct Item;
struct Answer;

struct Condition {
  enum class Operator {
    kAll,         // every operand holds
    kAny,         // at least one operand holds
    kNot,         // the single operand does not hold
    kAnswered,    // the item is visible and has an answer
    kUnanswered,  // the opposite of kAnswered
    kEquals,
    kNotEquals,  // answered, and different
    kGreater,
    kAtLeast,
    kLess,
    kAtMost,
    kIn,        // the single answer is one of `values`
    kContains,  // the multiple answer includes `values[0]`
  };
  Operator op = Operator::kAll;
  std::string item_id;              // empty for all, any and not
  std::vector<std::string> values;  // option codes, "yes"/"no", dates or times, as written in the file
  double number = 0;                // for comparisons of sliders, numbers and scored options
  std::vector<Condition> operands;  // for all, any and not

  bool operator==(const Condition&) const = default;
};

// What an interpreter may know about one item: `answer` is null when the item is hidden or was not answered.
struct ItemState {
  const Item* item = nullptr;
  const Answer* answer = nullptr;
};

using ItemLookup = absl::FunctionRef<ItemState(absl::string_view item_id)>;

// Every comparison needs an answer: over an unanswered or hidden item it is false, also kNotEquals. Only
// kUnanswered and kNot turn absence into true. Never fails: the schema has already refused conditions that do
// not fit their item.
bool Holds(const Condition& condition, ItemLookup lookup);

}  // namespace mendwork::domain
