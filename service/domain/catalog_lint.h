// Holds an exercise to the harm rules: what it says, to whom, and what it leaves out.
#pragma once

#include "absl/strings/string_view.h"
#include "service/domain/catalog_lint_rules.h"
#include "service/domain/catalog_reader.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// Adds a fault per breach, with the line of the text, item or variant. `context` holds the texts as they were
// read; `revision` may be incomplete when the file has other faults.
void LintExercise(const ExerciseRevision& revision, const HarmRules& rules, FileContext& context);

// True when the text has a word of the list in any language, outside its exceptions.
bool HasWord(const WordList& list, absl::string_view text);

// name@host.tld
bool HasEmailAddress(absl::string_view text);
// Seven or more digits, perhaps grouped by blanks, dots, slashes, hyphens and brackets; a date is none.
bool HasPhoneNumber(absl::string_view text);

}  // namespace mendwork::domain
