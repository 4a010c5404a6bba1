// A condition as a person reads it: `you chose "Note how today went" at "What do you want to do right now?"`.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// English words around the form's own texts in `language`; continues a sentence such as "Shown if ...".
// `items` are those that the condition may look at, in any order.
std::string ConditionInWords(const Condition& condition, const std::vector<const Item*>& items,
                             absl::string_view language);

}  // namespace mendwork::domain
