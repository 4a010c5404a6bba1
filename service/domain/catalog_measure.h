// Reads the measures of an exercise and checks that they can be scored.
#pragma once

#include <vector>

#include "service/domain/catalog_reader.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// `variants` are already read; sets Item::measure on the items that a measure scores.
std::vector<Measure> ReadMeasures(const YamlNode& list, std::vector<Variant>& variants, FileContext& context);

}  // namespace mendwork::domain
