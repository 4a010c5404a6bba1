#include "plugins/fhir/event_check.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/string_view.h"

namespace mendwork::fhir {
namespace {

using google::protobuf::RepeatedPtrField;

constexpr int kGroupDepthMax = 8;

bool HasOnly(const std::string& text, size_t size_min, size_t size_max, absl::string_view more) {
  return text.size() >= size_min && text.size() <= size_max &&
         std::all_of(text.begin(), text.end(), [more](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || more.find(c) != absl::string_view::npos;
         });
}

void AddItems(const RepeatedPtrField<v1::Item>& items, ItemIndex& index) {
  for (const v1::Item& item : items) {
    index.emplace(item.link_id(), &item);
    AddItems(item.items(), index);
  }
}

bool AreItemsGood(const RepeatedPtrField<v1::Item>& items, int depth, std::set<std::string>& seen) {
  return depth <= kGroupDepthMax && std::all_of(items.begin(), items.end(), [&](const v1::Item& item) {
           const bool is_group = item.type() == v1::ITEM_TYPE_GROUP;
           return HasOnly(item.link_id(), 1, 100, "._-") && seen.insert(item.link_id()).second &&
                  item.type() != v1::ITEM_TYPE_UNSPECIFIED && is_group == !item.items().empty() &&
                  (item.type() == v1::ITEM_TYPE_CHOICE) == !item.options().empty() &&
                  AreItemsGood(item.items(), depth + 1, seen);
         });
}

bool HasOption(const v1::Item& item, const std::string& code) {
  return std::any_of(item.options().begin(), item.options().end(),
                     [&](const v1::Option& option) { return option.code() == code; });
}

bool FitsItem(const v1::Value& value, const v1::Item& item) {
  switch (item.type()) {
    case v1::ITEM_TYPE_BOOLEAN:
      return value.kind_case() == v1::Value::kBoolean;
    case v1::ITEM_TYPE_INTEGER:
      return value.kind_case() == v1::Value::kInteger && std::abs(value.integer()) <= 2147483647;
    case v1::ITEM_TYPE_DECIMAL:
      return value.kind_case() == v1::Value::kDecimal && std::isfinite(value.decimal());
    case v1::ITEM_TYPE_DATE:
      return value.kind_case() == v1::Value::kDate;
    case v1::ITEM_TYPE_TIME:
      return value.kind_case() == v1::Value::kTime;
    case v1::ITEM_TYPE_STRING:
    case v1::ITEM_TYPE_TEXT:
      return value.kind_case() == v1::Value::kText && !value.text().empty();
    case v1::ITEM_TYPE_CHOICE:
      return value.kind_case() == v1::Value::kOption && HasOption(item, value.option());
    default:
      return false;  // groups and texts shown have no answer
  }
}

bool AreConditionsGood(const ItemIndex& index) {
  return std::all_of(index.begin(), index.end(), [&](const auto& entry) {
    const v1::Item& item = *entry.second;
    return std::all_of(item.enable_when().begin(), item.enable_when().end(), [&](const v1::EnableWhen& when) {
      const auto question = index.find(when.question());
      if (question == index.end()) {
        return false;
      }
      return when.operator_() == v1::ENABLE_OPERATOR_EXISTS ? when.value().kind_case() == v1::Value::kBoolean
                                                            : FitsItem(when.value(), *question->second);
    });
  });
}

// `siblings` are the items among which the answers' link ids are looked for.
bool AreAnswersGood(const RepeatedPtrField<v1::Answer>& answers, const RepeatedPtrField<v1::Item>& siblings) {
  std::set<std::string> seen;
  for (const v1::Answer& answer : answers) {
    const auto item = std::find_if(siblings.begin(), siblings.end(), [&](const v1::Item& sibling) {
      return sibling.link_id() == answer.link_id();
    });
    if (item == siblings.end()) {
      return false;
    }
    const bool is_group = item->type() == v1::ITEM_TYPE_GROUP;
    const bool is_first = seen.insert(answer.link_id()).second;
    const bool has_values = !answer.values().empty() && answer.answers().empty();
    const bool fits = is_group ? answer.values().empty() && AreAnswersGood(answer.answers(), item->items())
                               : has_values && (answer.values_size() == 1 || item->repeats());
    if (!fits || (!is_first && !(is_group && item->repeats()))) {
      return false;
    }
    if (!std::all_of(answer.values().begin(), answer.values().end(),
                     [&](const v1::Value& value) { return FitsItem(value, *item); })) {
      return false;
    }
  }
  return true;
}

bool AreScoresGood(const v1::ResponseReleased& release) {
  std::set<std::string> known;
  for (const v1::Measure& measure : release.measures()) {
    if (!IsMeasureId(measure.id()) || !known.insert(measure.id()).second) {
      return false;
    }
  }
  return std::all_of(release.scores().begin(), release.scores().end(), [&](const v1::Score& score) {
    return known.erase(score.measure_id()) == 1 && std::isfinite(score.total());
  });
}

bool IsQuestionnaireGood(const v1::Questionnaire& questionnaire) {
  std::set<std::string> seen;
  return HasOnly(questionnaire.key(), 1, 60, "-") && HasOnly(questionnaire.variant(), 1, 8, "") &&
         questionnaire.revision() >= 1 && !questionnaire.language().empty() &&
         !questionnaire.items().empty() && AreItemsGood(questionnaire.items(), 1, seen) &&
         AreConditionsGood(IndexItems(questionnaire));
}

}  // namespace

ItemIndex IndexItems(const v1::Questionnaire& questionnaire) {
  ItemIndex index;
  AddItems(questionnaire.items(), index);
  return index;
}

bool IsReleaseId(const std::string& id) { return HasOnly(id, 26, 64, "-"); }

bool IsMeasureId(const std::string& id) { return HasOnly(id, 1, 60, "_-"); }

absl::optional<v1::Outcome> RefusalOf(const v1::Event& event) {
  const auto item = [](absl::string_view code) {
    return sdk::PermanentOutcome(code, v1::PERMANENT_SCOPE_ITEM);
  };
  if (!event.has_response_released()) {
    return item("unsupported-event");
  }
  const v1::ResponseReleased& release = event.response_released();
  if (event.record_link().system().empty() || event.record_link().value().empty()) {
    return sdk::PermanentOutcome("chart-not-linked", v1::PERMANENT_SCOPE_RECORD_LINK);
  }
  if (!IsReleaseId(release.release_id()) || release.revision() < 1 || release.language().empty() ||
      !release.has_authored_time() || !AreScoresGood(release)) {
    return item("invalid-event");
  }
  if (release.has_questionnaire() ? !IsQuestionnaireGood(release.questionnaire()) ||
                                        !AreAnswersGood(release.answers(), release.questionnaire().items())
                                  : !release.answers().empty()) {
    return item("invalid-event");
  }
  if (release.answers().empty() && release.scores().empty()) {
    return item("nothing-to-send");
  }
  if (release.scores_size() > kScoresMax) {
    return item("too-many-scores");
  }
  return absl::nullopt;
}

}  // namespace mendwork::fhir
