// Every rule of the exercise format, each with a file that breaks it and the exact place and name of the
// fault.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "service/domain/catalog.h"
#include "service/domain/catalog_exercise.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

// Valid as it stands; every case below changes one line of it. Line numbers count from its first line.
constexpr char kGood[] = R"(format: 1
key: good-form
revision: 3
strategy: S2
stage: impact
languages: [en, es]
title: {en: "A look back", es: "Una mirada"}
purpose: {en: "Why", es: "Por que"}
dose: {minutes_min: 5, minutes_max: 20}
requires: [couple_work]
contraindications:
  - {id: afraid, fact: fear, text: {en: "Fear", es: "Miedo"}}
  - {id: held, fact: separation, text: {en: "Apart", es: "Aparte"}}
review_step: {en: "Talk", es: "Hablar"}
clinical_review: {by: "", licence: "", date: "", language: ""}
solo: true
variants:
  - code: a
    role: betrayed
    items:
      - {id: intro, type: info, text: {en: "You can stop at any time", es: "Puede parar en cualquier momento"}}
      - id: pick
        type: multi_choice
        text: {en: "Pick", es: "Elija"}
        audiences: [therapist]
        min_count: 1
        max_count: 2
        options:
          - {code: one, label: {en: "One", es: "Uno"}}
          - {code: two, label: {en: "Two", es: "Dos"}}
          - {code: none, exclusive: true, label: {en: "None", es: "Nada"}}
      - id: level
        type: likert
        text: {en: "Level", es: "Nivel"}
        show_when: {item: pick, contains: one}
        audiences: [therapist, plugin]
        options:
          - {code: low, score: 0, label: {en: "Low", es: "Bajo"}}
          - {code: high, score: 3, label: {en: "High", es: "Alto"}}
      - id: amount
        type: number
        text: {en: "Amount", es: "Cantidad"}
        audiences: [therapist]
        sensitive: true
        minimum: 0
        maximum: 10
        step: 2.5
      - id: words
        type: text
        text: {en: "Words", es: "Palabras"}
        audiences: [therapist, partner]
        min_length: 2
        max_length: 100
      - id: day
        type: date
        text: {en: "Day", es: "Fecha"}
        audiences: [therapist]
        earliest: 2020-01-01
        latest: 2030-12-31
      - id: rows
        type: group
        text: {en: "Rows", es: "Filas"}
        audiences: [therapist]
        items:
          - {id: row_name, type: text, text: {en: "Name", es: "Nombre"}, pattern: initials}
      - {id: note_caution, type: info, text: {en: "Caution", es: "Aviso"}}
      - id: note
        type: letter
        text: {en: "Note", es: "Nota"}
        audiences: [therapist]
        sections:
          - {id: first, title: {en: "First", es: "Primero"}}
      - id: check
        type: safety_check
        text: {en: "Check", es: "Aviso"}
        audiences: []
        risk_rules:
          - {id: check_rule, when: {equals: yes}, severity: high, category: suicide, subject: self}
      - {id: door, type: gate, text: {en: "Door", es: "Puerta"}, audiences: [therapist]}
      - id: alone_with_therapist
        type: choice
        text: {en: "Alone?", es: "A solas?"}
        audiences: [therapist]
        options:
          - {code: no, label: {en: "No", es: "No"}}
          - {code: next_time, label: {en: "Next", es: "Luego"}}
          - {code: safe_channel, label: {en: "Contact", es: "Contacto"}}
measures:
  - id: total
    title: {en: "Total", es: "Total"}
    items: [level, amount]
    method: sum
    missing_allowed: 1
    bands:
      - {code: few, from: 0, to: 6, label: {en: "Few", es: "Pocos"}}
      - {code: many, from: 7, to: 13, label: {en: "Many", es: "Muchos"}}
    total_coding: {system: "http://loinc.org", code: 44261-6}
schedule: {repeat: daily, times: 14, then: weekly}
)";

std::vector<std::string> ErrorPlaces(const std::string& text) {
  const absl::StatusOr<ExerciseRevision> parsed = Catalog::Parse("bad.yaml", text, ShippedRules());
  std::vector<std::string> places;
  if (parsed.ok()) return places;
  EXPECT_EQ(base::Reason(parsed.status()), "INVALID_CATALOG");
  for (absl::string_view line : absl::StrSplit(parsed.status().message(), '\n')) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(": ", 2));
    EXPECT_EQ(parts.size(), 3u) << line;
    EXPECT_FALSE(parts.back().empty()) << line;
    places.push_back(absl::StrCat(parts[0], ": ", parts.size() > 1 ? parts[1] : ""));
  }
  return places;
}

struct BadFile {
  const char* from;  // a piece of kGood found exactly once
  const char* to;
  std::vector<std::string> expected;
};

void PrintTo(const BadFile& bad, std::ostream* out) { *out << bad.from << " -> " << bad.to; }

TEST(CatalogSchema, AcceptsTheGoodFile) {
  const absl::StatusOr<ExerciseRevision> parsed = Catalog::Parse("good.yaml", kGood, ShippedRules());
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->key, "good-form");
  EXPECT_EQ(parsed->revision, 3);
  EXPECT_EQ(parsed->content_hash.size(), 64u);
  EXPECT_EQ(parsed->source_text, kGood);
  EXPECT_EQ(parsed->measures[0].items.size(), 2u);
  EXPECT_EQ(parsed->variants[0].FindItem("level")->measure, "total");
  EXPECT_TRUE(parsed->solo);
  EXPECT_EQ(parsed->schedule.repeat, "daily");
  EXPECT_EQ(parsed->schedule.times, 14);
  EXPECT_EQ(parsed->schedule.then, "weekly");
  EXPECT_EQ(parsed->variants[0].items[1].line, 22);
}

// clang-format off
const std::vector<BadFile>& HeadFaults() {
  static const auto* const kFaults = new std::vector<BadFile>{
      {"format: 1", "format: 2", {"bad.yaml:1: range"}},
      {"format: 1", "format: one", {"bad.yaml:1: number"}},
      {"format: 1\n", "", {"bad.yaml:1: missing_key"}},
      {"key: good-form", "key: Good_Form", {"bad.yaml:2: key"}},
      {"key: good-form", "key: s2-betrayed", {"bad.yaml:2: title_neutral"}},
      {"revision: 3", "revision: 0", {"bad.yaml:3: range"}},
      {"revision: 3", "revision: [3]", {"bad.yaml:3: number"}},
      {"strategy: S2", "strategy: S9", {"bad.yaml:4: strategy"}},
      {"stage: impact", "stage: later", {"bad.yaml:5: stage"}},
      {"stage: impact", "stage: impact\ncolour: blue", {"bad.yaml:6: unknown_key"}},
      {"stage: impact", "stage: impact\nstage: any", {"bad.yaml:6: duplicate_key"}},
      {"stage: impact", "stage:", {"bad.yaml:5: empty_value", "bad.yaml:5: stage"}},
      {"stage: impact", "stage: !word impact", {"bad.yaml:5: yaml_feature"}},
      {"stage: impact", "stage: &name impact", {"bad.yaml:5: yaml_feature"}},
      {"stage: impact", "stage: [impact]", {"bad.yaml:5: wrong_type"}},
      {"stage: impact", "stage: \"impact", {"bad.yaml:7: yaml_syntax"}},
      {"purpose: {en: \"Why\"", "purpose: {en: \"To be translated: TO" "DO\"", {"bad.yaml:8: unfinished_text"}},
      {"purpose: {en: \"Why\"", "purpose: {en: \"  \"", {"bad.yaml:8: empty_value"}},
      {"purpose: {en: \"Why\", ", "purpose: {", {"bad.yaml:8: english_missing"}},
      {"purpose: {en: \"Why\", es: \"Por que\"}", "purpose: {en: \"Why\"}", {"bad.yaml:8: translation_missing"}},
      {"es: \"Por que\"}", "es: \"Por que\", ru: \"x\"}", {"bad.yaml:8: language_unlisted"}},
      {"es: \"Por que\"}", "es: \"Por que\", english: \"x\"}", {"bad.yaml:8: language_code"}},
      {"purpose: {en: \"Why\", es: \"Por que\"}", "purpose: Why", {"bad.yaml:8: wrong_type"}},
      {"title: {en: \"A look back\"", "title: {en: \"After the affair\"", {"bad.yaml:7: title_neutral"}},
      {"title: {en: \"A look back\", es: \"Una mirada\"}",
       "title: {en: \"A look back\", es: \"Tras la infidelidad, infiel\"}", {"bad.yaml:7: title_neutral"}},
      {"title: {en: \"A look back\"",
       "title: {en: \"A look back that goes on and on and on until no list can show it any more\"",
       {"bad.yaml:7: text_length"}},
      {"languages: [en, es]", "languages: [en, es, qq]",
       {"bad.yaml:6: language_code"}},
      {"minutes_max: 20}", "minutes_max: 4}", {"bad.yaml:9: dose"}},
      {"minutes_max: 20}", "minutes_max: 90}", {"bad.yaml:9: range"}},
      {"dose: {minutes_min: 5, minutes_max: 20}", "dose: 5", {"bad.yaml:9: wrong_type"}},
      {"requires: [couple_work]", "requires: [couple_work, telepathy]", {"bad.yaml:10: capability"}},
      {"requires: [couple_work]", "requires: [couple_work, couple_work]", {"bad.yaml:10: duplicate_value"}},
      {"requires: [couple_work]", "requires: []", {"bad.yaml:79: capability_needed"}},
      {"fact: fear", "fact: weather", {"bad.yaml:12: fact"}},
      {"fact: fear,", "fact: fear, days: 28,", {"bad.yaml:12: fact"}},
      {"fact: fear,", "fact: event_age, days: 0,", {"bad.yaml:12: range"}},
      {"schedule: {repeat: daily, times: 14, then: weekly}\n", "", {"bad.yaml:1: missing_key"}},
      {"repeat: daily", "repeat: hourly", {"bad.yaml:98: schedule"}},
      {"then: weekly", "then: never", {"bad.yaml:98: schedule"}},
      {"times: 14, then", "then", {"bad.yaml:98: schedule"}},
      {"times: 14,", "times: 0,", {"bad.yaml:98: range", "bad.yaml:98: schedule"}},
      {"repeat: daily", "repeat: once", {"bad.yaml:98: schedule"}},
      {"then: weekly", "then: weekly, note: {en: \"From day one\"}", {"bad.yaml:98: translation_missing"}},
      {"{id: held,", "{id: afraid,", {"bad.yaml:13: duplicate_id"}},
      {", language: \"\"}", "}", {"bad.yaml:15: missing_key"}},
      {"solo: true", "solo: yes", {"bad.yaml:16: wrong_type"}},
      {"  - code: a\n", "  - code: betrayed\n", {"bad.yaml:18: variant_code"}},
      {"role: betrayed", "role: both", {"bad.yaml:19: variant_role"}},
  };
  return *kFaults;
}

const std::vector<BadFile>& ItemFaults() {
  static const auto* const kFaults = new std::vector<BadFile>{
      {"{id: intro,", "{id: Intro,", {"bad.yaml:21: identifier"}},
      {"id: pick\n", "id: intro\n", {"bad.yaml:22: duplicate_id", "bad.yaml:35: unknown_reference"}},
      {"type: multi_choice", "type: riddle",
       {"bad.yaml:23: item_type"}},
      {"{id: row_name,", "{id: words,", {"bad.yaml:65: duplicate_id"}},
      {"type: multi_choice\n", "type: multi_choice\n        step: 1\n", {"bad.yaml:24: unknown_key"}},
      {"        min_count: 1", "        min_count: 3", {"bad.yaml:22: count_range"}},
      {"        max_count: 2", "        max_count: 9", {"bad.yaml:22: count_range"}},
      {"        max_count: 2", "        max_count: 0", {"bad.yaml:27: range"}},
      {"{code: two, label", "{code: one, label", {"bad.yaml:30: duplicate_id"}},
      {"{code: two, label", "{code: Two, label", {"bad.yaml:30: identifier"}},
      {"{code: low, score: 0,", "{code: low,", {"bad.yaml:32: option_score", "bad.yaml:94: measure_bands"}},
      {"{code: low, score: 0,", "{code: low, score: 0, loinc_answer: 6568,", {"bad.yaml:38: coding"}},
      {"{code: low, score: 0,", "{code: low, score: 0, exclusive: true,", {"bad.yaml:32: exclusive"}},
      {"        maximum: 10\n", "        maximum: 0\n",
       {"bad.yaml:40: value_range", "bad.yaml:94: measure_bands"}},
      {"        maximum: 10\n", "        maximum: ten\n",
       {"bad.yaml:40: step", "bad.yaml:46: number", "bad.yaml:94: measure_bands"}},
      {"        step: 2.5", "        step: 3", {"bad.yaml:40: step"}},
      {"        min_length: 2", "        min_length: 200", {"bad.yaml:48: length_range"}},
      {"pattern: initials", "pattern: \"[a-z]+\"", {"bad.yaml:65: pattern"}},
      {"earliest: 2020-01-01", "earliest: 2020-02-30", {"bad.yaml:58: date_bounds"}},
      {"earliest: 2020-01-01", "earliest: 2031-01-01", {"bad.yaml:54: date_bounds"}},
      {"{id: row_name, type: text,", "{id: row_name, type: yes_no, audiences: [therapist],",
       {"bad.yaml:65: unknown_key", "bad.yaml:65: unknown_key"}},
      {"{id: row_name, type: text, text: {en: \"Name\", es: \"Nombre\"}, pattern: initials}",
       "{id: row_name, type: gate, text: {en: \"Name\", es: \"Nombre\"}}", {"bad.yaml:65: group_nesting"}},
      {"{id: note_caution,", "{id: note_warning,", {"bad.yaml:67: letter_caution"}},
      {"es: \"Aviso\"}}\n      - id: note\n", "es: \"Aviso\"}, show_when: {item: pick, contains: two}}\n      - id: note\n",
       {"bad.yaml:67: letter_caution"}},
      {"          - {id: first, title: {en: \"First\", es: \"Primero\"}}\n",
       "          - {id: first, title: {en: \"First\", es: \"Primero\"}, min_length: 9, max_length: 8}\n",
       {"bad.yaml:67: length_range"}},
      {"        sections:\n          - {id: first, title: {en: \"First\", es: \"Primero\"}}\n", "        sections: []\n",
       {"bad.yaml:71: letter_sections"}},
      {"text: {en: \"Words\"", "text: {en: \"What was your part in it?\"", {"bad.yaml:48: own_part"}},
  };
  return *kFaults;
}

const std::vector<BadFile>& SafetyFaults() {
  static const auto* const kFaults = new std::vector<BadFile>{
      {"audiences: [therapist, partner]", "audiences: [therapist, neighbour]", {"bad.yaml:51: audience"}},
      {"audiences: [therapist, partner]", "audiences: [partner]", {"bad.yaml:48: audience_without_therapist"}},
      {"        audiences: [therapist, partner]\n", "", {"bad.yaml:48: missing_key"}},
      {"        sensitive: true", "        sensitive: true\n        audiences: [therapist, partner]",
       {"bad.yaml:45: duplicate_key"}},
      {"        audiences: [therapist, partner]\n", "        audiences: [therapist, partner]\n        sensitive: true\n",
       {"bad.yaml:48: sensitive_audience"}},
      {"        audiences: []\n        risk_rules:", "        audiences: [therapist]\n        risk_rules:",
       {"bad.yaml:73: safety_audience"}},
      {"        audiences: [therapist, partner]\n",
       "        audiences: [therapist, partner]\n"
       "        risk_rules: [{id: word_rule, when: {is: answered}, severity: low, category: threat, subject: self}]\n",
       {"bad.yaml:48: safety_audience"}},
      {"audiences: []\n", "audiences: []\n        required: true\n", {"bad.yaml:73: risk_required"}},
      {"        risk_rules:\n          - {id: check_rule, when: {equals: yes}, severity: high, category: suicide, subject: self}\n",
       "", {"bad.yaml:73: risk_rule_missing"}},
      {"severity: high", "severity: huge", {"bad.yaml:78: risk_severity"}},
      {"category: suicide", "category: gloom", {"bad.yaml:78: risk_category"}},
      {"subject: self", "subject: us", {"bad.yaml:78: risk_subject"}},
      {"when: {equals: yes}", "when: {item: pick, contains: one}", {"bad.yaml:78: risk_scope"}},
      {"when: {equals: yes}", "when: {equals: ticked}", {"bad.yaml:78: condition_value"}},
      {"es: \"Puerta\"}, audiences: [therapist]}", "es: \"Puerta\"}, audiences: [therapist, supervisor]}",
       {"bad.yaml:79: gate_audience"}},
      {"{code: safe_channel, label", "{code: call_me, label", {"bad.yaml:80: closing_item"}},
      {"        text: {en: \"Alone?\"", "        show_when: {item: pick, contains: one}\n        text: {en: \"Alone?\"",
       {"bad.yaml:80: closing_item"}},
  };
  return *kFaults;
}

const std::vector<BadFile>& ConditionAndMeasureFaults() {
  static const auto* const kFaults = new std::vector<BadFile>{
      {"{item: pick, contains: one}", "{item: puck, contains: one}", {"bad.yaml:35: unknown_reference"}},
      {"{item: pick, contains: one}", "{item: words, is: answered}", {"bad.yaml:35: forward_reference"}},
      {"{item: pick, contains: one}", "{item: level, equals: low}", {"bad.yaml:35: forward_reference"}},
      {"{item: pick, contains: one}", "{item: row_name, is: answered}", {"bad.yaml:35: forward_reference"}},
      {"{item: pick, contains: one}", "{item: pick, equals: one}", {"bad.yaml:35: condition_operator"}},
      {"{item: pick, contains: one}", "{item: intro, is: answered}", {"bad.yaml:35: condition_operator"}},
      {"{item: pick, contains: one}", "{item: pick, contains: three}", {"bad.yaml:35: condition_value"}},
      {"{item: pick, contains: one}", "{item: pick, is: perhaps}", {"bad.yaml:35: condition_value"}},
      {"{item: pick, contains: one}", "{item: pick, contains: one, is: answered}", {"bad.yaml:35: condition_shape"}},
      {"{item: pick, contains: one}", "{item: pick}", {"bad.yaml:35: condition_shape"}},
      {"{item: pick, contains: one}", "{all: []}", {"bad.yaml:35: condition_shape"}},
      {"{item: pick, contains: one}", "{contains: one}", {"bad.yaml:35: missing_key"}},
      {"{item: pick, contains: one}", "{item: pick, contains: one, unless: two}", {"bad.yaml:35: unknown_key"}},
      {"{item: pick, contains: one}",
       "{not: {not: {not: {not: {not: {not: {not: {not: {item: pick, contains: one}}}}}}}}}",
       {"bad.yaml:35: condition_depth"}},
      {"items: [level, amount]", "items: [level, amounts]", {"bad.yaml:91: measure_item"}},
      {"items: [level, amount]", "items: [level, amount, words]",
       {"bad.yaml:91: measure_item"}},
      {"method: sum", "method: product", {"bad.yaml:92: measure_method"}},
      {"missing_allowed: 1", "missing_allowed: 2", {"bad.yaml:93: measure_missing"}},
      {"    missing_allowed: 1\n", "    missing_allowed: 1\n    never_missing: [words]\n", {"bad.yaml:94: measure_item"}},
      {"from: 7, to: 13", "from: 8, to: 13", {"bad.yaml:94: measure_bands"}},
      {"from: 7, to: 13", "from: 7, to: 12", {"bad.yaml:94: measure_bands"}},
      {"{code: many, from", "{code: few, from", {"bad.yaml:96: duplicate_id"}},
      {"code: 44261-6", "code: 442616", {"bad.yaml:97: coding"}},
  };
  return *kFaults;
}
// clang-format on

class CatalogFaults : public testing::TestWithParam<BadFile> {};

TEST_P(CatalogFaults, AreNamedWithFileLineAndRule) {
  const BadFile& bad = GetParam();
  const std::string good = kGood;
  const size_t at = good.find(bad.from);
  ASSERT_NE(at, std::string::npos) << "no such piece: " << bad.from;
  ASSERT_EQ(good.find(bad.from, at + 1), std::string::npos) << "found twice: " << bad.from;
  std::string text = good;
  text.replace(at, std::string(bad.from).size(), bad.to);
  const absl::StatusOr<ExerciseRevision> parsed = Catalog::Parse("bad.yaml", text, ShippedRules());
  EXPECT_THAT(ErrorPlaces(text), ElementsAreArray(bad.expected)) << parsed.status();
}

INSTANTIATE_TEST_SUITE_P(Head, CatalogFaults, testing::ValuesIn(HeadFaults()));
INSTANTIATE_TEST_SUITE_P(Items, CatalogFaults, testing::ValuesIn(ItemFaults()));
INSTANTIATE_TEST_SUITE_P(Safety, CatalogFaults, testing::ValuesIn(SafetyFaults()));
INSTANTIATE_TEST_SUITE_P(Conditions, CatalogFaults, testing::ValuesIn(ConditionAndMeasureFaults()));

TEST(CatalogSchema, ReportsAllFaultsOfAFileInTheirOrder) {
  const std::string text = absl::StrReplaceAll(kGood, {{"stage: impact", "stage: later"},
                                                       {"type: number", "type: numeral"},
                                                       {"subject: self", "subject: us"},
                                                       {"method: sum", "method: product"}});
  EXPECT_THAT(ErrorPlaces(text),
              testing::IsSupersetOf({"bad.yaml:5: stage", "bad.yaml:41: item_type",
                                     "bad.yaml:78: risk_subject", "bad.yaml:92: measure_method"}));
}

TEST(CatalogSchema, RefusesAliases) {
  const std::string text =
      absl::StrReplaceAll(kGood, {{"stage: impact", "stage: &stage impact\nsolo: *stage"}});
  EXPECT_THAT(ErrorPlaces(text), testing::Contains("bad.yaml:6: yaml_feature"));
}

TEST(CatalogSchema, RefusesWhatIsNoExercise) {
  EXPECT_THAT(ErrorPlaces(""), ElementsAreArray({"bad.yaml:1: yaml_syntax"}));
  EXPECT_THAT(ErrorPlaces("\xff\xfe"), ElementsAreArray({"bad.yaml:1: utf8"}));
  EXPECT_THAT(ErrorPlaces(std::string(600 * 1024, ' ')), ElementsAreArray({"bad.yaml:1: size"}));
  EXPECT_THAT(ErrorPlaces("[1, 2]"), testing::Contains("bad.yaml:1: wrong_type"));
  EXPECT_THAT(ErrorPlaces(absl::StrCat(kGood, "---\nmore: 1\n")),
              testing::Contains("bad.yaml:1: yaml_feature"));
  EXPECT_THAT(ErrorPlaces(std::string(2000, '[')), testing::Contains(HasSubstr("yaml_syntax")));
}

TEST(CatalogSchema, RefusesOptionsAndVariantsThatAreMissing) {
  constexpr char kChoice[] = R"(      - id: pick
        type: choice
        text: {en: "Pick"}
        audiences: [therapist]
        options: [{code: only, label: {en: "Only"}}]
)";
  EXPECT_THAT(ErrorPlaces(FormText(kChoice)), ElementsAreArray({"bad.yaml:24: options_missing"}));
  const std::string form = FormText("");
  EXPECT_THAT(ErrorPlaces(form.substr(0, form.find("variants:")) + "variants: []\n"),
              ElementsAreArray({"bad.yaml:16: variants_missing"}));
}

TEST(CatalogSchema, RefusesTwoVariantsOfOneRoleOrCode) {
  const std::string form = FormText("");
  const std::string variant = form.substr(form.find("  - code: a"));
  EXPECT_THAT(ErrorPlaces(form + variant),
              ElementsAreArray({"bad.yaml:28: duplicate_id", "bad.yaml:28: variant_role"}));
}

TEST(CatalogSchema, MessagesNameWhatToDo) {
  const absl::StatusOr<ExerciseRevision> parsed = Catalog::Parse(
      "bad.yaml", absl::StrReplaceAll(kGood, {{"stage: impact", "stage: later"}}), ShippedRules());
  EXPECT_EQ(parsed.status().message(),
            "bad.yaml:5: stage: 'stage' is one of: impact, meaning, moving_on, any");
}

TEST(CatalogSchema, ReadsEveryScalarAsText) {
  const ExerciseRevision revision = ParseForm(R"(      - id: pick
        type: choice
        text: {en: "true"}
        audiences: [therapist]
        options: [{code: no, label: {en: 1e3}}, {code: yes, label: {en: off}}]
)");
  const Item& item = revision.variants[0].items[0];
  EXPECT_EQ(item.options[0].code, "no");
  EXPECT_EQ(TextIn(item.options[0].label, "en"), "1e3");
  EXPECT_EQ(TextIn(item.options[1].label, "en"), "off");
}

}  // namespace
}  // namespace mendwork::domain
