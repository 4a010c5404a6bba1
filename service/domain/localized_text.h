// Text in several languages, keyed by BCP 47 language tag. English is always present in a published exercise.
#pragma once

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace mendwork::domain {

using LocalizedText = std::map<std::string, std::string>;

// The text in `language`, else in its base language ("es-MX" -> "es"), else in English, else an empty text.
const std::string& TextIn(const LocalizedText& text, absl::string_view language);

// True for a well-formed tag (language, optional script, optional region) whose language is an ISO 639 code.
bool IsLanguageTag(absl::string_view tag);

}  // namespace mendwork::domain
