// Word checks on the texts of an exercise: neutral titles, no unfinished text, no question about the hurt
// person's part.
#pragma once

#include "absl/strings/string_view.h"

namespace mendwork::domain {

// Titles can be seen over a shoulder: no word for a role, a betrayal, violence, sex or suicide, in any
// shipped language.
bool IsNeutralTitle(absl::string_view title);

// True for unfinished text: "to do" marks, filler, template braces.
bool IsUnfinished(absl::string_view text);

// True when a text asks somebody for "your part" or "your role" in what happened.
bool AsksForOwnPart(absl::string_view text);

}  // namespace mendwork::domain
