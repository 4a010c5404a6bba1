#include "service/domain/localized_text.h"

#include <unicode/uloc.h>

#include <cstring>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace mendwork::domain {
namespace {

bool IsIsoLanguage(absl::string_view code) {
  for (const char* const* language = uloc_getISOLanguages(); *language != nullptr; ++language) {
    if (code == *language) return true;
  }
  return false;
}

bool IsScript(absl::string_view part) {
  if (part.size() != 4 || !absl::ascii_isupper(part[0])) return false;
  for (char c : part.substr(1)) {
    if (!absl::ascii_islower(c)) return false;
  }
  return true;
}

bool IsRegion(absl::string_view part) {
  if (part.size() == 2) return absl::ascii_isupper(part[0]) && absl::ascii_isupper(part[1]);
  if (part.size() != 3) return false;
  return absl::ascii_isdigit(part[0]) && absl::ascii_isdigit(part[1]) && absl::ascii_isdigit(part[2]);
}

}  // namespace

const std::string& TextIn(const LocalizedText& text, absl::string_view language) {
  static const std::string* const kEmpty = new std::string;
  auto found = text.find(std::string(language));
  if (found == text.end()) found = text.find(std::string(language.substr(0, language.find('-'))));
  if (found == text.end()) found = text.find("en");
  return found == text.end() ? *kEmpty : found->second;
}

bool IsLanguageTag(absl::string_view tag) {
  const std::vector<absl::string_view> parts = absl::StrSplit(tag, '-');
  if (!IsIsoLanguage(parts[0])) return false;
  size_t next = 1;
  if (next < parts.size() && IsScript(parts[next])) ++next;
  if (next < parts.size() && IsRegion(parts[next])) ++next;
  return next == parts.size();
}

}  // namespace mendwork::domain
