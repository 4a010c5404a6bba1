// Reads the items of a variant and checks each against the rules of its type.
#pragma once

#include <vector>

#include "service/domain/catalog_reader.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

struct ReadItemsResult {
  std::vector<Item> items;
  std::vector<int> lines;  // of each item, for the rules that look at a whole variant
};

// `list` is the node of the variant's "items".
ReadItemsResult ReadItems(const YamlNode& list, FileContext& context);

}  // namespace mendwork::domain
