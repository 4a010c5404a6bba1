// Checks of one answer's value against its item, by item type.
#pragma once

#include "absl/strings/string_view.h"
#include "service/domain/answers.h"
#include "service/domain/exercise.h"
#include "service/domain/validation_report.h"

namespace mendwork::domain {

// `field` is the answer's path. Without `complete` (a draft) lower limits are not checked. Group rows are
// checked by validation.cc, which knows what is visible.
void CheckValue(const Item& item, const Answer& answer, absl::string_view field, bool complete,
                ViolationReport& report);

// Least and greatest number of rows, entries or options.
void CheckCount(const Item& item, size_t count, absl::string_view field, bool complete,
                ViolationReport& report);

}  // namespace mendwork::domain
