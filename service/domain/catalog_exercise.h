// Reads one exercise file as a whole: its head, variants and measures. Every fault of the file is reported at
// once: of its form, and of the harm rules.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/domain/catalog_error.h"
#include "service/domain/catalog_lint_rules.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

struct ReadExerciseResult {
  absl::optional<ExerciseRevision> revision;  // absent when there is any error
  std::vector<CatalogError> errors;
};

ReadExerciseResult ReadExercise(absl::string_view text, const HarmRules& rules);

}  // namespace mendwork::domain
