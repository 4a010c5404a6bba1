// Checks on single texts: UTF-8, length in code points, blankness, dates, times and the closed set of
// patterns.
#pragma once

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::domain {

// Number of Unicode code points, or nothing when the bytes are not valid UTF-8.
absl::optional<int> CodePoints(absl::string_view text);

// True when there is nothing but white space.
bool IsBlank(absl::string_view text);

// True when there is a control character other than line feed, carriage return and tab. Expects valid UTF-8.
bool HasControlCharacters(absl::string_view text);

// "2026-01-31", a day that exists in the Gregorian calendar, years 1900 to 2199.
bool IsCivilDate(absl::string_view text);

// "07:30", 00:00 to 23:59.
bool IsClockTime(absl::string_view text);

// Patterns are named, not regular expressions: a data file cannot bring one that is slow or wrong in another
// script, and each has a message of its own.
const std::vector<absl::string_view>& PatternNames();
bool MatchesPattern(absl::string_view pattern_name, absl::string_view text);

}  // namespace mendwork::domain
