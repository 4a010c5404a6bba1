#include "service/app/forms.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/domain/condition_words.h"

namespace mendwork::app {
namespace {

using domain::TextIn;

using Items = std::vector<const domain::Item*>;

// Said before typing: the widest that consent can open (B2), and for safety items what was stated at consent.
void AddReaders(const domain::Item& item, v1::FormItem* shown) {
  if (!domain::TakesAnswer(item)) {
    return;
  }
  shown->add_readers("you");
  if (domain::IsSafetyItem(item)) {
    shown->add_readers(
        "your therapist and the clinician on call, as stated in the limits of confidentiality");
    return;
  }
  if (item.audiences.count(domain::Audience::kTherapist) > 0) {
    shown->add_readers("your therapist, if you agreed");
  }
  if (item.audiences.count(domain::Audience::kPartner) > 0) {
    shown->add_readers("your partner, only if you share it");
  }
  if (item.audiences.count(domain::Audience::kPlugin) > 0) {
    shown->add_readers("the practice's record system, if you agreed and your therapist releases it");
  }
}

// `in_scope` is what the item's condition may look at. `row_of` is the group whose rows the item belongs to,
// or null: a row shares its group's audiences.
v1::FormItem BuildItem(const domain::Item& item, Items in_scope, const domain::Item* row_of,
                       absl::string_view language) {
  v1::FormItem shown;
  shown.set_item_id(item.id);
  shown.set_type(static_cast<v1::FormItem::Type>(static_cast<int>(item.type) + 1));
  shown.set_text(TextIn(item.text, language));
  shown.set_help(TextIn(item.help, language));
  shown.set_required(item.required);
  for (const domain::Option& option : item.options) {
    v1::FormItem::Option* added = shown.add_options();
    added->set_code(option.code);
    added->set_label(TextIn(option.label, language));
    added->set_exclusive(option.exclusive);
  }
  for (const domain::Section& section : item.sections) {
    v1::FormItem::Option* added = shown.add_options();
    added->set_code(section.id);
    added->set_label(TextIn(section.title, language));
  }
  shown.set_minimum(item.minimum);
  shown.set_maximum(item.maximum);
  shown.set_step(item.step);
  shown.set_minimum_label(TextIn(item.minimum_label, language));
  shown.set_maximum_label(TextIn(item.maximum_label, language));
  shown.set_length_max(item.max_length);
  shown.set_count_min(item.min_count);
  shown.set_count_max(item.max_count);
  if (item.show_when.has_value()) {
    shown.set_show_when(domain::ConditionInWords(*item.show_when, in_scope, language));
  }
  for (const domain::Item& part : item.items) {
    in_scope.push_back(&part);
  }
  for (const domain::Item& part : item.items) {
    *shown.add_items() = BuildItem(part, in_scope, &item, language);
  }
  AddReaders(row_of == nullptr ? item : *row_of, &shown);
  return shown;
}

domain::Answer AnswerToDomain(const v1::Answer& answer) {
  domain::Answer converted;
  converted.item_id = answer.item_id();
  switch (answer.value_case()) {
    case v1::Answer::kText:
      converted.value = answer.text();
      break;
    case v1::Answer::kNumber:
      converted.value = answer.number();
      break;
    case v1::Answer::kFlag:
      converted.value = answer.flag();
      break;
    case v1::Answer::kCodes:
      converted.value =
          std::vector<std::string>(answer.codes().codes().begin(), answer.codes().codes().end());
      break;
    case v1::Answer::kLetter:
      converted.value = std::map<std::string, std::string>(answer.letter().sections().begin(),
                                                           answer.letter().sections().end());
      break;
    case v1::Answer::kLog: {
      std::vector<domain::LogEntry> entries;
      for (const auto& entry : answer.log().entries()) {
        domain::LogEntry added;
        added.activity = entry.activity();
        added.outcome = static_cast<domain::LogEntry::Outcome>(static_cast<int>(entry.outcome()) - 1);
        added.minutes = entry.minutes();
        if (entry.has_rating()) {
          added.rating = entry.rating();
        }
        entries.push_back(std::move(added));
      }
      converted.value = std::move(entries);
      break;
    }
    case v1::Answer::kRows: {
      std::vector<std::vector<domain::Answer>> rows;
      for (const auto& row : answer.rows().rows()) {
        std::vector<domain::Answer> parts;
        for (const v1::Answer& part : row.answers()) {
          parts.push_back(AnswerToDomain(part));
        }
        rows.push_back(std::move(parts));
      }
      converted.value = std::move(rows);
      break;
    }
    case v1::Answer::VALUE_NOT_SET:
      break;
  }
  return converted;
}

}  // namespace

v1::Form BuildForm(const domain::ExerciseRevision& revision, const domain::Variant& variant,
                   absl::string_view language) {
  v1::Form form;
  form.set_exercise_revision(absl::StrCat("exercises/", revision.key, "/revisions/", revision.revision));
  bool complete = false;
  for (const std::string& known : revision.languages) {
    complete |= known == language;
  }
  form.set_language(complete ? std::string(language) : "en");
  form.set_title(TextIn(revision.title, language));
  form.set_purpose(TextIn(revision.purpose, language));
  form.set_minutes_min(revision.dose.minutes_min);
  form.set_minutes_max(revision.dose.minutes_max);
  Items items;
  for (const domain::Item& item : variant.items) {
    items.push_back(&item);
  }
  for (const domain::Item& item : variant.items) {
    *form.add_items() = BuildItem(item, items, nullptr, language);
  }
  form.set_third_party_notice(revision.third_party_notice);
  return form;
}

domain::Answers ToDomain(const google::protobuf::RepeatedPtrField<v1::Answer>& answers) {
  domain::Answers converted;
  converted.reserve(static_cast<size_t>(answers.size()));
  for (const v1::Answer& answer : answers) {
    converted.push_back(AnswerToDomain(answer));
  }
  return converted;
}

v1::Score ToProto(const domain::Score& score) {
  v1::Score proto;
  proto.set_measure_id(score.measure_id);
  if (score.total.has_value()) {
    proto.set_total(*score.total);
  }
  proto.set_answered_count(score.answered);
  proto.set_missing_count(score.missing);
  proto.set_prorated(score.prorated);
  proto.set_band(score.band);
  return proto;
}

std::vector<std::string> ChosenLabels(const domain::Item& item, const v1::Answer& answer,
                                      absl::string_view language) {
  std::vector<std::string> labels;
  for (const std::string& code : answer.codes().codes()) {
    const domain::Option* option = item.FindOption(code);
    labels.push_back(option == nullptr ? code : TextIn(option->label, language));
  }
  return labels;
}

std::string InWords(const domain::Item& item, const v1::Answer& answer, absl::string_view language) {
  switch (answer.value_case()) {
    case v1::Answer::kText:
      return answer.text();
    case v1::Answer::kNumber:
      return absl::StrCat(answer.number());
    case v1::Answer::kFlag:
      return answer.flag() ? "yes" : "no";
    case v1::Answer::kCodes:
      return absl::StrJoin(ChosenLabels(item, answer, language), "; ");
    default:
      return "";
  }
}

}  // namespace mendwork::app
