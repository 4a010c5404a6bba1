#include "service/domain/catalog_lint.h"

#include <unicode/unistr.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace mendwork::domain {
namespace {

// Stems of telling words, found at the beginning of a word ("therapeutic" is none of them).
constexpr absl::string_view kTellingStems[] = {
    // English
    "abus", "adulter", "affair", "assault", "betray", "cheat", "coerc", "deceiv", "divorc", "guilt",
    "hurt partner", "infidel", "innocent", "involved", "offend", "perpetrat", "rape", "safety", "secret",
    "self-harm", "sexual", "shame", "suicid", "traitor", "unfaithful", "victim", "violen",
    // Spanish
    "abuso", "adúlter", "agres", "amante", "engañ", "infiel", "suicid", "traici", "víctima", "violad",
    // Russian
    "измена", "измене", "измену", "измены", "изменой", "насил", "неверн", "любовни", "жертв", "предат",
    "суицид", "самоубий", "обман"};

// Marks of unfinished work, in capitals only: "todo" is a common word of Spanish. In two pieces, so that a
// search of our own sources does not find this list.
constexpr char kToDo[] =
    "TO"
    "DO";
constexpr char kFixMe[] =
    "FIX"
    "ME";
constexpr absl::string_view kMarks[] = {kToDo, kFixMe, "TBD", "XXX"};

constexpr absl::string_view kFillers[] = {"lorem ipsum", "???",     "{{",          "}}",
                                          "<insert",     "[insert", "translate me"};

constexpr absl::string_view kOwnPart[] = {"your part in",
                                          "your own part",
                                          "your role in",
                                          "your own role",
                                          "your share of",
                                          "your contribution to",
                                          "what did you do wrong",
                                          "what you did wrong",
                                          "how did you contribute",
                                          "how you contributed",
                                          "your fault",
                                          "your mistakes",
                                          "could you have done differently"};

std::string Lower(absl::string_view text) {
  std::string lower;
  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())))
      .foldCase()
      .toUTF8String(lower);
  return lower;
}

// Bytes above ASCII count as letters: they are parts of letters in every script that we ship.
bool IsLetterByte(char c) { return absl::ascii_isalpha(c) || static_cast<unsigned char>(c) >= 0x80; }

bool Has(const std::string& text, absl::string_view word) { return absl::StrContains(text, word); }

bool HasAtWordStart(const std::string& text, absl::string_view stem) {
  for (size_t at = text.find(stem.data(), 0, stem.size()); at != std::string::npos;
       at = text.find(stem.data(), at + 1, stem.size())) {
    if (at == 0 || !IsLetterByte(text[at - 1])) return true;
  }
  return false;
}

template <size_t size, typename Found>
bool HasAny(const std::string& text, const absl::string_view (&words)[size], Found found) {
  return std::any_of(std::begin(words), std::end(words),
                     [&](absl::string_view word) { return found(text, word); });
}

}  // namespace

bool IsNeutralTitle(absl::string_view title) { return !HasAny(Lower(title), kTellingStems, HasAtWordStart); }

bool IsUnfinished(absl::string_view text) {
  return HasAny(std::string(text), kMarks, Has) || HasAny(Lower(text), kFillers, Has);
}

bool AsksForOwnPart(absl::string_view text) { return HasAny(Lower(text), kOwnPart, Has); }

}  // namespace mendwork::domain
