// Whether a title may stand in a calendar that somebody else might look at.
#pragma once

#include "absl/strings/string_view.h"

namespace mendwork::calendar {

// A code in lower-case letters and "-" that says why the title cannot be used, or nullptr if it can: "length"
// (1 to 40 characters), "not-text" (anything but letters, digits, spaces, "-", "'" and "."), or "telling" (it
// holds a word of a list that speaks of therapy, of roles, of what happened, of safety or of homework, in
// eight languages). No list is complete: docs/plugins/calendar.md says what to choose.
const char* ProblemWithTitle(absl::string_view title);

}  // namespace mendwork::calendar
