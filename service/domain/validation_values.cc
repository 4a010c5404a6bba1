#include "service/domain/validation_values.h"

#include <cmath>
#include <set>
#include <variant>

#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

struct Check {
  const Item& item;
  absl::string_view field;
  bool complete;
  ViolationReport& report;
};

std::string Text(double number) { return absl::StrCat(number); }

// False when the bytes are no text at all, so that nothing else need be said about them.
bool CheckText(const Check& check, absl::string_view field, absl::string_view text, int min_length,
               int max_length) {
  const absl::optional<int> length = CodePoints(text);
  if (!length.has_value()) {
    check.report.Add(field, "utf8");
    return false;
  }
  if (HasControlCharacters(text)) check.report.Add(field, "characters");
  if (*length > max_length) check.report.Add(field, "max_length", {absl::StrCat(max_length)});
  if (check.complete && *length < min_length)
    check.report.Add(field, "min_length", {absl::StrCat(min_length)});
  return true;
}

void CheckPlainText(const Check& check, const std::string& text) {
  const Item& item = check.item;
  if (!CheckText(check, check.field, text, item.min_length, item.max_length)) return;
  if (item.pattern.empty() || MatchesPattern(item.pattern, text)) return;
  check.report.AddForm(check.field, "pattern", absl::StrCat("pattern.", item.pattern));
}

void CheckMoment(const Check& check, const std::string& text) {
  const bool is_date = check.item.type == ItemType::kDate;
  if (is_date ? !IsCivilDate(text) : !IsClockTime(text)) {
    check.report.Add(check.field, is_date ? "date" : "time");
    return;
  }
  const Item& item = check.item;
  if (!item.earliest.empty() && text < item.earliest)
    check.report.Add(check.field, "earliest", {item.earliest});
  if (!item.latest.empty() && text > item.latest) check.report.Add(check.field, "latest", {item.latest});
}

void CheckLetter(const Check& check, const std::map<std::string, std::string>& sections) {
  for (const Section& section : check.item.sections) {
    const std::string field = absl::StrCat(check.field, "[", section.id, "]");
    const auto found = sections.find(section.id);
    if (found == sections.end() || IsBlank(found->second)) {
      if (section.required && check.complete) check.report.Add(field, "required");
      continue;
    }
    CheckText(check, field, found->second, section.min_length, section.max_length);
  }
  size_t known = 0;
  for (const Section& section : check.item.sections) known += sections.count(section.id);
  // The unknown id itself is not repeated: it is the caller's text.
  if (known < sections.size()) check.report.Add(check.field, "unknown_section");
}

void CheckOptions(const Check& check, const std::vector<std::string>& codes) {
  std::set<std::string> seen;
  bool unknown = false, repeated = false, exclusive = false;
  for (const std::string& code : codes) {
    const Option* option = check.item.FindOption(code);
    unknown = unknown || option == nullptr;
    exclusive = exclusive || (option != nullptr && option->exclusive);
    repeated = repeated || !seen.insert(code).second;
  }
  if (unknown) check.report.Add(check.field, "option");
  if (repeated) check.report.Add(check.field, "option_repeated");
  if (exclusive && seen.size() > 1) check.report.Add(check.field, "exclusive");
  // "None of these" is a whole answer, whatever the least count.
  const bool complete = check.complete && !exclusive;
  CheckCount(check.item, codes.size(), check.field, complete, check.report);
}

void CheckNumber(const Check& check, double number) {
  const Item& item = check.item;
  if (!std::isfinite(number) || number < item.minimum || number > item.maximum) {
    check.report.Add(check.field, "range", {Text(item.minimum), Text(item.maximum)});
    return;
  }
  if (item.step <= 0) return;
  const double steps = (number - item.minimum) / item.step;
  if (std::abs(steps - std::round(steps)) > 1e-6) {
    check.report.Add(check.field, "step", {Text(item.step), Text(item.minimum)});
  }
}

void CheckLogEntry(const Check& check, const LogEntry& entry, const std::string& field) {
  const Item& item = check.item;
  const std::string activity = absl::StrCat(field, ".activity");
  if (item.options.empty()) {
    if (CheckText(check, activity, entry.activity, 0, kActivityLengthMax) && IsBlank(entry.activity)) {
      check.report.Add(activity, "required");
    }
  } else if (item.FindOption(entry.activity) == nullptr) {
    check.report.Add(activity, "option");
  }
  if (entry.minutes < item.minimum || entry.minutes > item.maximum) {
    check.report.Add(absl::StrCat(field, ".minutes"), "range", {Text(item.minimum), Text(item.maximum)});
  }
  if (entry.rating.has_value() && (*entry.rating < 0 || *entry.rating > kRatingMax)) {
    check.report.Add(absl::StrCat(field, ".rating"), "range", {"0", absl::StrCat(kRatingMax)});
  }
  const bool known_outcome = entry.outcome == LogEntry::Outcome::kDone ||
                             entry.outcome == LogEntry::Outcome::kShortened ||
                             entry.outcome == LogEntry::Outcome::kSkipped;
  if (!known_outcome) check.report.Add(absl::StrCat(field, ".outcome"), "value_kind");
}

void CheckLog(const Check& check, const std::vector<LogEntry>& entries) {
  CheckCount(check.item, entries.size(), check.field, check.complete, check.report);
  for (size_t i = 0; i < entries.size(); ++i) {
    CheckLogEntry(check, entries[i], absl::StrCat(check.field, "[", i, "]"));
  }
}

void CheckFlag(const Check& check, bool flag) {
  if (check.item.type == ItemType::kAttestation && check.item.required && check.complete && !flag) {
    check.report.Add(check.field, "attestation");
  }
}

// Runs `check_value` when the answer holds a Value, else reports the wrong kind.
template <typename Value, typename CheckFunction>
void OfKind(const Check& check, const Answer& answer, CheckFunction check_value) {
  const auto* value = std::get_if<Value>(&answer.value);
  if (value == nullptr) {
    check.report.Add(check.field, "value_kind");
  } else {
    check_value(check, *value);
  }
}

}  // namespace

void CheckCount(const Item& item, size_t count, absl::string_view field, bool complete,
                ViolationReport& report) {
  if (count > static_cast<size_t>(item.max_count)) {
    report.Add(field, "max_count", {absl::StrCat(item.max_count)});
  }
  if (complete && count < static_cast<size_t>(item.min_count)) {
    report.Add(field, "min_count", {absl::StrCat(item.min_count)});
  }
}

void CheckValue(const Item& item, const Answer& answer, absl::string_view field, bool complete,
                ViolationReport& report) {
  const Check check{item, field, complete, report};
  switch (item.type) {
    case ItemType::kText:
    case ItemType::kLongText:
      return OfKind<std::string>(check, answer, CheckPlainText);
    case ItemType::kDate:
    case ItemType::kTime:
      return OfKind<std::string>(check, answer, CheckMoment);
    case ItemType::kLetter:
      return OfKind<std::map<std::string, std::string>>(check, answer, CheckLetter);
    case ItemType::kChoice:
    case ItemType::kLikert:
    case ItemType::kMultiChoice:
    case ItemType::kRankedChoice:
    case ItemType::kChecklist:
      return OfKind<std::vector<std::string>>(check, answer, CheckOptions);
    case ItemType::kSlider:
    case ItemType::kNumber:
      return OfKind<double>(check, answer, CheckNumber);
    case ItemType::kYesNo:
    case ItemType::kAttestation:
    case ItemType::kSafetyCheck:
      return OfKind<bool>(check, answer, CheckFlag);
    case ItemType::kActivityLog:
      return OfKind<std::vector<LogEntry>>(check, answer, CheckLog);
    case ItemType::kGroup:
    case ItemType::kInfo:
    case ItemType::kGate:
    case ItemType::kAgreement:
      return;
  }
}

}  // namespace mendwork::domain
