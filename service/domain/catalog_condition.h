// Reads and type-checks conditions: only over earlier items, only operators that fit the item, only values it
// can have.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "service/domain/catalog_reader.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// The items that a condition may look at, and those of the variant that it may not, to tell the two faults
// apart.
struct ConditionScope {
  std::map<std::string, const Item*> earlier;  // null for an item that was itself refused
  std::set<std::string> all_ids;
  const Item* self = nullptr;  // for a risk rule: the only item it may look at
};

absl::optional<Condition> ReadCondition(const YamlNode& node, const ConditionScope& scope,
                                        FileContext& context);

}  // namespace mendwork::domain
