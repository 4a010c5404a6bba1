#include "service/domain/validation.h"

#include <algorithm>
#include <map>
#include <variant>

#include "service/domain/validation_report.h"
#include "service/domain/validation_text.h"
#include "service/domain/validation_values.h"
#include "service/domain/validation_visibility.h"

namespace mendwork::domain {
namespace {

size_t ByteSize(const Answers& answers);

struct ByteSizeVisitor {
  size_t operator()(std::monostate) const { return 0; }
  size_t operator()(const std::string& text) const { return text.size(); }
  size_t operator()(double) const { return sizeof(double); }
  size_t operator()(bool) const { return 1; }
  size_t operator()(const std::vector<std::string>& codes) const {
    size_t size = 0;
    for (const std::string& code : codes) size += code.size() + 1;
    return size;
  }
  size_t operator()(const std::vector<LogEntry>& entries) const {
    size_t size = 0;
    for (const LogEntry& entry : entries) size += entry.activity.size() + sizeof(LogEntry);
    return size;
  }
  size_t operator()(const std::vector<Answers>& rows) const {
    size_t size = 0;
    for (const Answers& row : rows) size += ByteSize(row) + 1;
    return size;
  }
  size_t operator()(const std::map<std::string, std::string>& sections) const {
    size_t size = 0;
    for (const auto& [id, text] : sections) size += id.size() + text.size();
    return size;
  }
};

size_t ByteSize(const Answers& answers) {
  size_t size = sizeof(Answer) * answers.size();  // empty answers are not free either
  for (const Answer& answer : answers) {
    size += answer.item_id.size() + std::visit(ByteSizeVisitor{}, answer.value);
  }
  return size;
}

// One list of items with its answers: the whole response, or one row of a group.
struct Scope {
  const std::vector<Item>& items;
  const Answers& answers;
  const Visibility& visibility;
  std::string path;  // "answers" or "answers[people][1]"
  bool complete;
};

// An unknown id is the caller's text, so the path gives its position instead.
void CheckIds(const Scope& scope, ViolationReport& report) {
  std::map<std::string, bool> reported;
  for (const Item& item : scope.items) reported[item.id] = false;
  std::set<std::string> seen;
  for (size_t i = 0; i < scope.answers.size(); ++i) {
    const std::string& id = scope.answers[i].item_id;
    const auto known = reported.find(id);
    if (known == reported.end()) {
      report.Add(absl::StrCat(scope.path, "[", i, "]"), "unknown_item");
    } else if (!seen.insert(id).second && !known->second) {
      report.Add(absl::StrCat(scope.path, "[", id, "]"), "duplicate_item");
      known->second = true;
    }
  }
}

void CheckItems(const Scope& scope, ViolationReport& report);

void CheckRows(const Item& item, const Answer& answer, const Scope& scope, const std::string& field,
               ViolationReport& report) {
  const auto* rows = std::get_if<std::vector<Answers>>(&answer.value);
  if (rows == nullptr) {
    report.Add(field, "value_kind");
    return;
  }
  CheckCount(item, rows->size(), field, scope.complete, report);
  const size_t count = std::min(rows->size(), static_cast<size_t>(kRowsMax));
  for (size_t i = 0; i < count; ++i) {
    const Visibility visibility(item.items, (*rows)[i], &scope.visibility);
    const Scope row{item.items, (*rows)[i], visibility, absl::StrCat(field, "[", i, "]"), scope.complete};
    CheckIds(row, report);
    CheckItems(row, report);
  }
}

void CheckItem(const Item& item, const Answer* answer, const Scope& scope, ViolationReport& report) {
  const std::string field = absl::StrCat(scope.path, "[", item.id, "]");
  if (answer == nullptr) {
    const bool missing = item.required && TakesAnswer(item) && scope.visibility.IsVisible(item.id);
    if (scope.complete && missing) report.Add(field, "required");
    return;
  }
  if (!TakesAnswer(item)) {
    report.Add(field, "no_answer");
  } else if (!scope.visibility.IsVisible(item.id)) {
    report.Add(field, "hidden_item");
  } else if (item.type == ItemType::kGroup) {
    CheckRows(item, *answer, scope, field, report);
  } else {
    CheckValue(item, *answer, field, scope.complete, report);
  }
}

void CheckItems(const Scope& scope, ViolationReport& report) {
  std::map<std::string, const Answer*> answered;
  for (const Answer& answer : scope.answers) {
    if (IsAnswered(answer)) answered.emplace(answer.item_id, &answer);
  }
  for (const Item& item : scope.items) {
    const auto found = answered.find(item.id);
    CheckItem(item, found == answered.end() ? nullptr : found->second, scope, report);
  }
}

}  // namespace

std::vector<base::Violation> ValidateAnswers(const ExerciseRevision& revision, const Variant& variant,
                                             const Answers& answers, absl::string_view language,
                                             bool complete) {
  (void)revision;  // the agreed interface; a variant is judged on its own
  ViolationReport report(language);
  if (answers.size() > kAnswersMax) report.Add("answers", "too_many_answers", {absl::StrCat(kAnswersMax)});
  if (ByteSize(answers) > kResponseBytesMax) report.Add("answers", "total_size");
  if (!report.empty()) return std::move(report).Take();  // nothing that large is looked at further

  const Visibility visibility(variant.items, answers, nullptr);
  const Scope scope{variant.items, answers, visibility, "answers", complete};
  CheckIds(scope, report);
  CheckItems(scope, report);
  return std::move(report).Take();
}

std::set<std::string> VisibleItems(const Variant& variant, const Answers& answers) {
  return Visibility(variant.items, answers, nullptr).VisibleIds();
}

std::set<std::string> VisibleRowItems(const Variant& variant, const Answers& answers, const Item& group,
                                      const Answers& row) {
  const Visibility outer(variant.items, answers, nullptr);
  return Visibility(group.items, row, &outer).VisibleIds();
}

}  // namespace mendwork::domain
