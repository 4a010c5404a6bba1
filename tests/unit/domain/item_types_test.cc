// Every item type, read from the files that tests/e2e/item_types_test.py serves: none is left out, and the
// types of couple work are shown but never answered.
#include <set>

#include "gmock/gmock.h"
#include "service/domain/condition_words.h"
#include "service/domain/validation.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

using testing::ElementsAre;

ExerciseRevision ReadTestFile(const std::string& name) {
  const std::string path = absl::StrCat(MENDWORK_SOURCE_DIR "/tests/e2e/catalog/", name);
  absl::StatusOr<ExerciseRevision> parsed = Catalog::Parse(name, TextOf(path), ShippedRules());
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *std::move(parsed) : ExerciseRevision{.variants = {Variant()}};
}

TEST(ItemTypes, EachIsInAFileThatTheServerIsTestedWith) {
  std::set<std::string> written;
  for (const char* name : {"every-type.yaml", "joint-types.yaml"}) {
    const ExerciseRevision exercise = ReadTestFile(name);
    for (const Item& item : exercise.variants[0].items) written.insert(std::string(Name(item.type)));
  }
  std::set<std::string> known;
  for (int type = 0; type <= static_cast<int>(ItemType::kAgreement); ++type) {
    known.insert(std::string(Name(static_cast<ItemType>(type))));
  }
  EXPECT_EQ(known.count("unknown"), 0u);
  EXPECT_EQ(written, known);
}

// "measure" is no item type of its own: it scores items, and travels with them.
TEST(ItemTypes, MeasuresScoreTheirItems) {
  const ExerciseRevision exercise = ReadTestFile("every-type.yaml");
  EXPECT_EQ(exercise.variants[0].FindItem("level")->measure, "total");
  EXPECT_EQ(exercise.variants[0].FindItem("scale")->measure, "total");
  EXPECT_EQ(exercise.variants[0].FindItem("amount")->measure, "");
}

TEST(ItemTypes, CoupleWorkTakesNoAnswer) {
  const ExerciseRevision exercise = ReadTestFile("joint-types.yaml");
  const Variant& variant = exercise.variants[0];
  EXPECT_FALSE(TakesAnswer(*variant.FindItem("door")));
  EXPECT_FALSE(TakesAnswer(*variant.FindItem("points")));
  EXPECT_THAT(MissingCapabilities(exercise, {}), ElementsAre("couple_work"));
  const Answers answers = {Words("hello", "hi"), Codes("door", {"ready"}), Words("points", "all of it"),
                           Flag("after", true)};
  EXPECT_THAT(
      Brief(ValidateAnswers(exercise, variant, answers, "en", true)),
      ElementsAre("answers[hello] no_answer", "answers[door] no_answer", "answers[points] no_answer"));
  EXPECT_THAT(Brief(ValidateAnswers(exercise, variant, {Flag("after", true)}, "en", true)), ElementsAre());
}

struct WordsCase {
  const char* condition;
  const char* words;
};

TEST(ConditionWords, SayWhatWasChosenAndWhere) {
  constexpr char kItems[] = R"(      - {id: agree, type: yes_no, text: {en: "Go on?"}, audiences: [therapist]}
      - {id: read, type: attestation, text: {en: "I have read it."}, audiences: [therapist]}
      - {id: scale, type: slider, text: {en: "How high?"}, audiences: [therapist], minimum: 0, maximum: 10, minimum_label: {en: "Low"}, maximum_label: {en: "High"}}
      - {id: day, type: date, text: {en: "Which day?"}, audiences: [therapist]}
      - {id: pick, type: likert, text: {en: "Which?"}, audiences: [therapist], options: [{code: a, score: 0, label: {en: "Ah"}}, {code: b, score: 1, label: {en: "Be"}}, {code: c, score: 2, label: {en: "Ce"}}]}
      - {id: some, type: checklist, text: {en: "Some?"}, audiences: [therapist], options: [{code: x, label: {en: "Ex"}}]}
      - {id: last, type: info, text: {en: "Seen"}, show_when: )";
  constexpr WordsCase kCases[] = {
      {"{item: agree, equals: yes}", "you said yes at \"Go on?\""},
      {"{item: agree, not_equals: yes}", "you said no at \"Go on?\""},
      {"{item: read, equals: yes}", "you ticked \"I have read it.\""},
      {"{item: scale, at_least: 7}", "your answer to \"How high?\" is at least 7"},
      {"{item: scale, less: 2}", "your answer to \"How high?\" is below 2"},
      {"{item: day, greater: 2026-01-31}", "your answer to \"Which day?\" is above 2026-01-31"},
      {"{item: pick, equals: b}", "you chose \"Be\" at \"Which?\""},
      {"{item: pick, not_equals: b}", "you answered \"Which?\" with something other than \"Be\""},
      {"{item: pick, in: [a, c]}", "you chose \"Ah\" or \"Ce\" at \"Which?\""},
      {"{item: pick, at_least: 1}", "you chose \"Be\" or \"Ce\" at \"Which?\""},
      {"{item: some, contains: x}", "you chose \"Ex\" at \"Some?\""},
      {"{item: some, is: answered}", "you answered \"Some?\""},
      {"{item: some, is: unanswered}", "you left \"Some?\" open"},
      {"{not: {item: some, contains: x}}", "it is not so that you chose \"Ex\" at \"Some?\""},
      {"{all: [{item: agree, equals: no}, {any: [{item: some, is: answered}, {item: pick, equals: a}]}]}",
       "you said no at \"Go on?\", and (you answered \"Some?\", or you chose \"Ah\" at \"Which?\")"},
  };
  for (const WordsCase& each : kCases) {
    const ExerciseRevision form = ParseForm(absl::StrCat(kItems, each.condition, "}\n"));
    if (form.variants.empty()) continue;
    std::vector<const Item*> items;
    for (const Item& item : form.variants[0].items) items.push_back(&item);
    EXPECT_EQ(ConditionInWords(*form.variants[0].FindItem("last")->show_when, items, "en"), each.words);
  }
}

}  // namespace
}  // namespace mendwork::domain
