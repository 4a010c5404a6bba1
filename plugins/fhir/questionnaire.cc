#include "plugins/fhir/questionnaire.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mendwork::fhir {
namespace {

constexpr char kExtension[] = "http://hl7.org/fhir/StructureDefinition/";
constexpr char kItemControlSystem[] = "http://hl7.org/fhir/questionnaire-item-control";

std::string ExtensionUrl(absl::string_view name) { return absl::StrCat(kExtension, name); }

// Sets `key` to the text and "_key" to its translations.
void SetText(Json& target, const std::string& key, const v1::LocalizedText& text,
             const std::string& own_language) {
  if (text.text().empty()) {
    return;
  }
  target[key] = FhirText(text.text());
  const std::map<std::string, std::string> sorted(text.translations().begin(), text.translations().end());
  Json translations = Json::array();
  for (const auto& [language, translation] : sorted) {
    if (language != own_language && !translation.empty()) {
      translations.push_back({{"url", ExtensionUrl("translation")},
                              {"extension",
                               {{{"url", "lang"}, {"valueCode", language}},
                                {{"url", "content"}, {"valueString", FhirText(translation)}}}}});
    }
  }
  if (!translations.empty()) {
    target["_" + key]["extension"] = std::move(translations);
  }
}

const char* TypeCode(v1::ItemType type) {
  switch (type) {
    case v1::ITEM_TYPE_GROUP:
      return "group";
    case v1::ITEM_TYPE_BOOLEAN:
      return "boolean";
    case v1::ITEM_TYPE_INTEGER:
      return "integer";
    case v1::ITEM_TYPE_DECIMAL:
      return "decimal";
    case v1::ITEM_TYPE_DATE:
      return "date";
    case v1::ITEM_TYPE_TIME:
      return "time";
    case v1::ITEM_TYPE_STRING:
      return "string";
    case v1::ITEM_TYPE_TEXT:
      return "text";
    case v1::ITEM_TYPE_CHOICE:
      return "choice";
    default:
      return "display";
  }
}

const char* ControlCode(v1::Control control) {
  switch (control) {
    case v1::CONTROL_RADIO_BUTTON:
      return "radio-button";
    case v1::CONTROL_CHECK_BOX:
      return "check-box";
    case v1::CONTROL_SLIDER:
      return "slider";
    default:
      return nullptr;
  }
}

const char* OperatorCode(v1::EnableOperator comparison) {
  switch (comparison) {
    case v1::ENABLE_OPERATOR_EXISTS:
      return "exists";
    case v1::ENABLE_OPERATOR_NOT_EQUAL:
      return "!=";
    case v1::ENABLE_OPERATOR_GREATER:
      return ">";
    case v1::ENABLE_OPERATOR_LESS:
      return "<";
    case v1::ENABLE_OPERATOR_GREATER_OR_EQUAL:
      return ">=";
    case v1::ENABLE_OPERATOR_LESS_OR_EQUAL:
      return "<=";
    default:
      return "=";
  }
}

Json NumberExtension(absl::string_view name, const v1::Item& item, double number) {
  const bool whole = item.type() == v1::ITEM_TYPE_INTEGER;
  return {{"url", ExtensionUrl(name)}, {whole ? "valueInteger" : "valueDecimal", NumberJson(number)}};
}

Json Extensions(const v1::Item& item) {
  Json out = Json::array();
  if (const char* control = ControlCode(item.control())) {
    const Json coding = {{"system", kItemControlSystem}, {"code", control}};
    out.push_back({{"url", ExtensionUrl("questionnaire-itemControl")},
                   {"valueCodeableConcept", {{"coding", Json::array({coding})}}}});
  }
  if (item.has_minimum()) {
    out.push_back(NumberExtension("minValue", item, item.minimum()));
  }
  if (item.has_maximum()) {
    out.push_back(NumberExtension("maxValue", item, item.maximum()));
  }
  // The step is defined for whole numbers only.
  if (item.has_step() && item.type() == v1::ITEM_TYPE_INTEGER && item.control() == v1::CONTROL_SLIDER) {
    out.push_back(NumberExtension("questionnaire-sliderStepValue", item, item.step()));
  }
  return out;
}

Json OptionElement(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                   const v1::Item& item, const v1::Option& option) {
  Json out;
  Json coding = OptionCoding(configuration, questionnaire, item, option, "");
  if (option.coding().code().empty() || option.coding().display().empty()) {
    SetText(coding, "display", option.label(), questionnaire.language());
  }
  out["valueCoding"] = std::move(coding);
  Json extensions = Json::array();
  if (option.has_ordinal()) {
    extensions.push_back(
        {{"url", ExtensionUrl("ordinalValue")}, {"valueDecimal", NumberJson(option.ordinal())}});
  }
  if (option.exclusive()) {
    extensions.push_back({{"url", ExtensionUrl("questionnaire-optionExclusive")}, {"valueBoolean", true}});
  }
  if (!extensions.empty()) {
    out["extension"] = std::move(extensions);
  }
  return out;
}

const v1::Item* FindItem(const google::protobuf::RepeatedPtrField<v1::Item>& items,
                         const std::string& link_id) {
  for (const v1::Item& item : items) {
    if (item.link_id() == link_id) {
      return &item;
    }
    if (const v1::Item* nested = FindItem(item.items(), link_id)) {
      return nested;
    }
  }
  return nullptr;
}

Json Conditions(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                const v1::Item& item) {
  Json out = Json::array();
  for (const v1::EnableWhen& when : item.enable_when()) {
    const v1::Item* question = FindItem(questionnaire.items(), when.question());
    Json condition = {{"question", when.question()}, {"operator", OperatorCode(when.operator_())}};
    if (when.operator_() == v1::ENABLE_OPERATOR_EXISTS) {
      condition["answerBoolean"] = when.value().boolean();
    } else if (question != nullptr) {
      condition.update(ValueElement(configuration, questionnaire, *question, when.value(), "answer",
                                    questionnaire.language()));
    }
    out.push_back(std::move(condition));
  }
  return out;
}

Json ItemElements(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                  const google::protobuf::RepeatedPtrField<v1::Item>& items);

Json ItemElement(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                 const v1::Item& item) {
  Json out = {{"linkId", item.link_id()}, {"type", TypeCode(item.type())}};
  SetText(out, "text", item.text(), questionnaire.language());
  const bool is_display = item.type() == v1::ITEM_TYPE_DISPLAY;
  if (item.repeats() && !is_display) {
    out["repeats"] = true;
  }
  if (!item.code().code().empty() && !is_display) {
    Json coding = {{"system", item.code().system()}, {"code", item.code().code()}};
    if (!item.code().display().empty()) {
      coding["display"] = item.code().display();
    }
    out["code"] = Json::array({coding});
  }
  if (item.max_length() > 0 && (item.type() == v1::ITEM_TYPE_STRING || item.type() == v1::ITEM_TYPE_TEXT)) {
    out["maxLength"] = item.max_length();
  }
  if (Json extensions = Extensions(item); !extensions.empty()) {
    out["extension"] = std::move(extensions);
  }
  if (!item.enable_when().empty()) {
    out["enableWhen"] = Conditions(configuration, questionnaire, item);
    if (item.enable_when_size() > 1) {
      out["enableBehavior"] = item.enable_behavior() == v1::ENABLE_BEHAVIOR_ANY ? "any" : "all";
    }
  }
  for (const v1::Option& option : item.options()) {
    out["answerOption"].push_back(OptionElement(configuration, questionnaire, item, option));
  }
  if (!item.items().empty()) {
    out["item"] = ItemElements(configuration, questionnaire, item.items());
  }
  return out;
}

Json ItemElements(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                  const google::protobuf::RepeatedPtrField<v1::Item>& items) {
  Json out = Json::array();
  for (const v1::Item& item : items) {
    out.push_back(ItemElement(configuration, questionnaire, item));
  }
  return out;
}

// "s4-check-in", "a" -> "S4CheckInA": a name fit for programs.
std::string ComputerName(const v1::Questionnaire& questionnaire) {
  std::string out;
  for (const absl::string_view word :
       absl::StrSplit(absl::StrCat(questionnaire.key(), "-", questionnaire.variant()), '-')) {
    if (!word.empty()) {
      out += absl::ascii_toupper(static_cast<unsigned char>(word[0]));
      out.append(word.data() + 1, word.size() - 1);
    }
  }
  return absl::ascii_isdigit(static_cast<unsigned char>(out[0])) ? "Q" + out : out;
}

}  // namespace

const std::string& TextIn(const v1::LocalizedText& text, const std::string& language) {
  const auto found = text.translations().find(language);
  return found == text.translations().end() || found->second.empty() ? text.text() : found->second;
}

std::string CanonicalUrl(const Configuration& configuration, const v1::Questionnaire& questionnaire) {
  return absl::StrCat(configuration.questionnaire_base_url, "/Questionnaire/", questionnaire.key(), "-",
                      questionnaire.variant());
}

Json OptionCoding(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                  const v1::Item& item, const v1::Option& option, const std::string& display) {
  if (!option.coding().code().empty()) {
    Json out = {{"system", option.coding().system()}, {"code", option.coding().code()}};
    const std::string& shown = option.coding().display().empty() ? display : option.coding().display();
    if (!shown.empty()) {
      out["display"] = FhirText(shown);
    }
    return out;
  }
  Json out = {
      {"system", absl::StrCat(configuration.questionnaire_base_url, "/CodeSystem/", questionnaire.key(), "-",
                              questionnaire.variant(), ".", item.link_id())},
      {"code", option.code()}};
  if (!display.empty()) {
    out["display"] = FhirText(display);
  }
  return out;
}

Json ValueElement(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                  const v1::Item& item, const v1::Value& value, absl::string_view prefix,
                  const std::string& language) {
  const auto named = [prefix](absl::string_view type, Json content) {
    Json out;
    out[absl::StrCat(prefix, type)] = std::move(content);
    return out;
  };
  switch (value.kind_case()) {
    case v1::Value::kBoolean:
      return named("Boolean", value.boolean());
    case v1::Value::kInteger:
      return named("Integer", value.integer());
    case v1::Value::kDecimal:
      return named("Decimal", NumberJson(value.decimal()));
    case v1::Value::kDate:
      return named("Date", value.date());
    case v1::Value::kTime:
      return named("Time", value.time());
    case v1::Value::kText:
      return named("String", FhirText(value.text()));
    case v1::Value::kOption: {
      const auto option = std::find_if(item.options().begin(), item.options().end(),
                                       [&](const v1::Option& each) { return each.code() == value.option(); });
      return option == item.options().end()
                 ? Json::object()
                 : named("Coding", OptionCoding(configuration, questionnaire, item, *option,
                                                TextIn(option->label(), language)));
    }
    case v1::Value::KIND_NOT_SET:
      break;
  }
  return Json::object();
}

Json QuestionnaireResource(const Configuration& configuration, const v1::Questionnaire& questionnaire) {
  Json out = {{"resourceType", "Questionnaire"},
              {"url", CanonicalUrl(configuration, questionnaire)},
              {"version", absl::StrCat(questionnaire.revision())},
              {"name", ComputerName(questionnaire)},
              {"status", "active"},
              {"subjectType", Json::array({"Patient"})},
              {"language", questionnaire.language()}};
  SetText(out, "title", questionnaire.title(), questionnaire.language());
  out["item"] = ItemElements(configuration, questionnaire, questionnaire.items());
  return out;
}

}  // namespace mendwork::fhir
