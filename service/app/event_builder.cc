#include "service/app/event_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mendwork/v1/care_resources.pb.h"
#include "service/app/common.h"

namespace mendwork::app {
namespace {

namespace p = plugin::v1;
using domain::ItemType;

void SetText(const domain::LocalizedText& text, absl::string_view language, p::LocalizedText* out) {
  out->set_text(domain::TextIn(text, language));
}

bool IsWhole(double value) { return std::floor(value) == value; }

bool WholeNumbers(const domain::Item& item) {
  return item.step > 0 && IsWhole(item.step) && IsWhole(item.minimum) && IsWhole(item.maximum);
}

p::ItemType TypeOf(const domain::Item& item) {
  switch (item.type) {
    case ItemType::kText:
      return p::ITEM_TYPE_STRING;
    case ItemType::kLongText:
      return p::ITEM_TYPE_TEXT;
    case ItemType::kChoice:
    case ItemType::kMultiChoice:
    case ItemType::kRankedChoice:
    case ItemType::kLikert:
    case ItemType::kChecklist:
      return p::ITEM_TYPE_CHOICE;
    case ItemType::kSlider:
    case ItemType::kNumber:
      return WholeNumbers(item) ? p::ITEM_TYPE_INTEGER : p::ITEM_TYPE_DECIMAL;
    case ItemType::kDate:
      return p::ITEM_TYPE_DATE;
    case ItemType::kTime:
      return p::ITEM_TYPE_TIME;
    case ItemType::kYesNo:
    case ItemType::kAttestation:
    case ItemType::kSafetyCheck:
      return p::ITEM_TYPE_BOOLEAN;
    case ItemType::kLetter:
    case ItemType::kActivityLog:
    case ItemType::kGroup:
      return p::ITEM_TYPE_GROUP;
    case ItemType::kInfo:
    case ItemType::kGate:
    case ItemType::kAgreement:
      return p::ITEM_TYPE_DISPLAY;
  }
  return p::ITEM_TYPE_DISPLAY;
}

p::Control ControlOf(ItemType type) {
  switch (type) {
    case ItemType::kChoice:
    case ItemType::kLikert:
      return p::CONTROL_RADIO_BUTTON;
    case ItemType::kMultiChoice:
    case ItemType::kChecklist:
      return p::CONTROL_CHECK_BOX;
    case ItemType::kRankedChoice:
      return p::CONTROL_RANKED;
    case ItemType::kSlider:
      return p::CONTROL_SLIDER;
    default:
      return p::CONTROL_UNSPECIFIED;
  }
}

bool Repeats(ItemType type) {
  return type == ItemType::kMultiChoice || type == ItemType::kRankedChoice || type == ItemType::kChecklist ||
         type == ItemType::kActivityLog || type == ItemType::kGroup;
}

p::Item Part(const std::string& link_id, p::ItemType type, const std::string& text) {
  p::Item part;
  part.set_link_id(link_id);
  part.set_type(type);
  part.mutable_text()->set_text(text);
  return part;
}

void AddLogParts(const std::string& link_id, p::Item* item) {
  *item->add_items() = Part(absl::StrCat(link_id, ".activity"), p::ITEM_TYPE_STRING, "Activity");
  p::Item outcome = Part(absl::StrCat(link_id, ".outcome"), p::ITEM_TYPE_CHOICE, "How it went");
  for (const char* code : {"done", "shortened", "skipped"}) {
    p::Option* option = outcome.add_options();
    option->set_code(code);
    option->mutable_label()->set_text(code);
  }
  *item->add_items() = std::move(outcome);
  *item->add_items() = Part(absl::StrCat(link_id, ".minutes"), p::ITEM_TYPE_INTEGER, "Minutes");
  *item->add_items() = Part(absl::StrCat(link_id, ".rating"), p::ITEM_TYPE_INTEGER, "How it felt, 0 to 10");
}

p::Item BuildItem(const domain::Item& item, const std::string& link_id, absl::string_view language) {
  p::Item built;
  built.set_link_id(link_id);
  built.set_type(TypeOf(item));
  SetText(item.text, language, built.mutable_text());
  built.set_repeats(Repeats(item.type));
  built.set_control(ControlOf(item.type));
  for (const domain::Option& option : item.options) {
    p::Option* added = built.add_options();
    added->set_code(option.code);
    SetText(option.label, language, added->mutable_label());
    if (option.score.has_value()) {
      added->set_ordinal(*option.score);
    }
    if (!option.loinc_answer.empty()) {
      added->mutable_coding()->set_system("http://loinc.org");
      added->mutable_coding()->set_code(option.loinc_answer);
      added->mutable_coding()->set_display(domain::TextIn(option.label, language));
    }
    added->set_exclusive(option.exclusive);
  }
  if (item.type == ItemType::kSlider || (item.type == ItemType::kNumber && item.maximum > item.minimum)) {
    built.set_minimum(item.minimum);
    built.set_maximum(item.maximum);
    if (item.step > 0) {
      built.set_step(item.step);
    }
  }
  built.set_max_length(item.max_length);
  if (item.coding.has_value()) {
    built.mutable_code()->set_system(item.coding->system);
    built.mutable_code()->set_code(item.coding->code);
  }
  if (item.type == ItemType::kActivityLog) {
    built.clear_options();
    AddLogParts(link_id, &built);
  }
  for (const domain::Section& section : item.sections) {
    p::Item part = Part(absl::StrCat(link_id, ".", section.id), p::ITEM_TYPE_TEXT,
                        domain::TextIn(section.title, language));
    *built.add_items() = std::move(part);
  }
  for (const domain::Item& part : item.items) {
    *built.add_items() = BuildItem(part, absl::StrCat(link_id, ".", part.id), language);
  }
  return built;
}

void AddNumber(const domain::Item& item, double number, p::Answer* out) {
  if (WholeNumbers(item)) {
    out->add_values()->set_integer(std::llround(number));
  } else {
    out->add_values()->set_decimal(number);
  }
}

void AddText(ItemType type, const std::string& text, p::Answer* out) {
  p::Value* value = out->add_values();
  if (type == ItemType::kDate) {
    value->set_date(text);
  } else if (type == ItemType::kTime) {
    value->set_time(text);
  } else {
    value->set_text(text);
  }
}

p::Answer Leaf(const std::string& link_id) {
  p::Answer leaf;
  leaf.set_link_id(link_id);
  return leaf;
}

p::Answer BuildLogEntry(const std::string& link_id, const v1::ActivityLog::Entry& entry) {
  static constexpr const char* kOutcomes[] = {"", "done", "shortened", "skipped"};
  p::Answer row = Leaf(link_id);
  p::Answer* activity = row.add_answers();
  *activity = Leaf(absl::StrCat(link_id, ".activity"));
  activity->add_values()->set_text(entry.activity());
  p::Answer* outcome = row.add_answers();
  *outcome = Leaf(absl::StrCat(link_id, ".outcome"));
  outcome->add_values()->set_option(kOutcomes[entry.outcome()]);
  p::Answer* minutes = row.add_answers();
  *minutes = Leaf(absl::StrCat(link_id, ".minutes"));
  minutes->add_values()->set_integer(entry.minutes());
  if (entry.has_rating()) {
    p::Answer* rating = row.add_answers();
    *rating = Leaf(absl::StrCat(link_id, ".rating"));
    rating->add_values()->set_integer(entry.rating());
  }
  return row;
}

// One answer; a repeating group or log becomes one answer per row, in order.
std::vector<p::Answer> BuildAnswer(const domain::Item& item, const std::string& link_id,
                                   const v1::Answer& answer) {
  p::Answer built = Leaf(link_id);
  switch (answer.value_case()) {
    case v1::Answer::kText:
      AddText(item.type, answer.text(), &built);
      break;
    case v1::Answer::kNumber:
      AddNumber(item, answer.number(), &built);
      break;
    case v1::Answer::kFlag:
      built.add_values()->set_boolean(answer.flag());
      break;
    case v1::Answer::kCodes:
      for (const std::string& code : answer.codes().codes()) {
        built.add_values()->set_option(code);
      }
      break;
    case v1::Answer::kLetter:
      for (const domain::Section& section : item.sections) {
        const auto text = answer.letter().sections().find(section.id);
        if (text != answer.letter().sections().end() && !text->second.empty()) {
          p::Answer* part = built.add_answers();
          *part = Leaf(absl::StrCat(link_id, ".", section.id));
          part->add_values()->set_text(text->second);
        }
      }
      break;
    case v1::Answer::kLog: {
      std::vector<p::Answer> rows;
      for (const auto& entry : answer.log().entries()) {
        rows.push_back(BuildLogEntry(link_id, entry));
      }
      return rows;
    }
    case v1::Answer::kRows: {
      std::vector<p::Answer> rows;
      for (const auto& row : answer.rows().rows()) {
        p::Answer group = Leaf(link_id);
        for (const v1::Answer& part : row.answers()) {
          const auto found = std::find_if(item.items.begin(), item.items.end(),
                                          [&](const domain::Item& i) { return i.id == part.item_id(); });
          if (found != item.items.end()) {
            for (p::Answer& one : BuildAnswer(*found, absl::StrCat(link_id, ".", found->id), part)) {
              *group.add_answers() = std::move(one);
            }
          }
        }
        rows.push_back(std::move(group));
      }
      return rows;
    }
    case v1::Answer::VALUE_NOT_SET:
      return {};
  }
  return {built};
}

}  // namespace

plugin::v1::Questionnaire BuildQuestionnaire(const domain::ExerciseRevision& revision,
                                             const domain::Variant& variant, bool safety_sink,
                                             absl::string_view language) {
  p::Questionnaire questionnaire;
  questionnaire.set_key(revision.key);
  questionnaire.set_variant(variant.code);
  questionnaire.set_revision(revision.revision);
  questionnaire.set_language(std::string(language));
  SetText(revision.title, language, questionnaire.mutable_title());
  for (const domain::Item& item : variant.items) {
    const bool ordinary = item.audiences.count(domain::Audience::kPlugin) > 0 && !domain::IsSafetyItem(item);
    const bool safety =
        safety_sink && domain::IsSafetyItem(item) && item.audiences.count(domain::Audience::kTherapist) > 0;
    if (ordinary || safety) {
      *questionnaire.add_items() = BuildItem(item, item.id, language);
    }
  }
  return questionnaire;
}

std::vector<plugin::v1::Answer> BuildAnswers(const domain::Variant& variant,
                                             const std::vector<v1::Answer>& answers) {
  std::vector<p::Answer> built;
  for (const domain::Item& item : variant.items) {  // in the order of the form
    for (const v1::Answer& answer : answers) {
      if (answer.item_id() == item.id) {
        for (p::Answer& one : BuildAnswer(item, item.id, answer)) {
          built.push_back(std::move(one));
        }
      }
    }
  }
  return built;
}

plugin::v1::Event BuildAppointmentEvent(const std::string& copy_id, const store::AppointmentRow& appointment,
                                        absl::Time occurred_time) {
  p::Event event;
  event.set_type(p::EVENT_TYPE_APPOINTMENT_CHANGED);
  SetTime(occurred_time, event.mutable_occurred_time());
  p::AppointmentChanged* changed = event.mutable_appointment_changed();
  changed->set_copy_id(copy_id);
  changed->set_revision(static_cast<int32_t>(appointment.version));
  SetTime(appointment.start_time, changed->mutable_start_time());
  SetTime(appointment.end_time, changed->mutable_end_time());
  changed->set_cancelled(appointment.state == v1::Appointment::STATE_CANCELLED);
  return event;
}

}  // namespace mendwork::app
