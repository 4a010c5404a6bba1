#include "service/domain/validation_text.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "absl/strings/ascii.h"

namespace mendwork::domain {
namespace {

constexpr int kInitialsMax = 4;

// Calls `each` with every code point (negative where the bytes are malformed) until it returns false.
template <typename Each>
bool ForEachCodePoint(absl::string_view text, Each each) {
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const int64_t size = static_cast<int64_t>(text.size());
  int64_t offset = 0;
  while (offset < size) {
    UChar32 code_point = 0;
    U8_NEXT(bytes, offset, size, code_point);
    if (!each(code_point)) return false;
  }
  return true;
}

// Every character an ASCII digit; `value` of such a text, else -1.
int Digits(absl::string_view text) {
  int value = 0;
  for (char c : text) {
    if (!absl::ascii_isdigit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? -1 : value;
}

int DaysIn(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

// One to four letters of any script, each perhaps followed by full stops, spaces or hyphens: "A. B.", "M-L".
bool IsInitials(absl::string_view text) {
  int letters = 0;
  bool previous_was_letter = false;
  const bool allowed = ForEachCodePoint(text, [&](UChar32 code_point) {
    if (code_point < 0) return false;
    const bool letter = u_isalpha(code_point);
    if (letter && previous_was_letter && letters >= 3) return false;
    previous_was_letter = letter;
    if (letter) return ++letters <= kInitialsMax;
    return letters > 0 && (code_point == '.' || code_point == ' ' || code_point == '-');
  });
  return allowed && letters > 0;
}

bool IsDigits(absl::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return !text.empty();
}

}  // namespace

absl::optional<int> CodePoints(absl::string_view text) {
  int count = 0;
  const bool valid = ForEachCodePoint(text, [&count](UChar32 code_point) {
    ++count;
    return code_point >= 0;
  });
  if (!valid) return absl::nullopt;
  return count;
}

bool IsBlank(absl::string_view text) {
  return ForEachCodePoint(text,
                          [](UChar32 code_point) { return code_point >= 0 && u_isUWhiteSpace(code_point); });
}

bool HasControlCharacters(absl::string_view text) {
  return !ForEachCodePoint(text, [](UChar32 code_point) {
    if (code_point >= ' ' && code_point <= '~') return true;  // most of every text, told without a call
    if (code_point == '\n' || code_point == '\r' || code_point == '\t') return true;
    return code_point < 0 || !u_isISOControl(code_point);
  });
}

bool IsCivilDate(absl::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = Digits(text.substr(0, 4));
  const int month = Digits(text.substr(5, 2));
  const int day = Digits(text.substr(8, 2));
  if (year < 1900 || year > 2199 || month < 1 || month > 12) return false;
  return day >= 1 && day <= DaysIn(year, month);
}

bool IsClockTime(absl::string_view text) {
  if (text.size() != 5 || text[2] != ':') return false;
  const int hours = Digits(text.substr(0, 2));
  const int minutes = Digits(text.substr(3, 2));
  return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

const std::vector<absl::string_view>& PatternNames() {
  static const auto* const kNames = new std::vector<absl::string_view>{"digits", "initials"};
  return *kNames;
}

bool MatchesPattern(absl::string_view pattern_name, absl::string_view text) {
  if (pattern_name == "digits") return IsDigits(text);
  if (pattern_name == "initials") return IsInitials(text);
  return false;
}

}  // namespace mendwork::domain
