// Reads what items are made of: options, the sections of a letter, codings.
#pragma once

#include <vector>

#include "absl/types/optional.h"
#include "service/domain/catalog_reader.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// Reads the key "options".
std::vector<Option> ReadOptions(MapReader& item, Need need, size_t count_min, FileContext& context);
// Reads the key "sections".
std::vector<Section> ReadSections(MapReader& item, FileContext& context);
absl::optional<Coding> ReadCoding(MapReader& owner, absl::string_view key, FileContext& context);

}  // namespace mendwork::domain
