// The plain words of each validation rule, by language. They name limits, never what a person wrote.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mendwork::domain {

// The message of a rule ("max_length") or of one of its forms ("pattern.initials"), with $0, $1 replaced by
// the arguments; in `language`, else its base language, else English.
std::string ValidationMessage(absl::string_view rule, const std::vector<std::string>& arguments,
                              absl::string_view language);

// Every rule that has a message in that language: for the completeness tests.
std::vector<std::string> RulesWithMessages(absl::string_view language);

}  // namespace mendwork::domain
