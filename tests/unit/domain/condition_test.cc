// The interpreter of conditions: each operator over each kind of answer, answered, unanswered and hidden.
#include "service/domain/condition.h"

#include "gmock/gmock.h"
#include "service/domain/validation.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

constexpr char kItems[] = R"(      - id: pick
        type: choice
        text: {en: "Pick"}
        audiences: [therapist]
        options: [{code: one, score: 1, label: {en: "1"}}, {code: two, score: 2, label: {en: "2"}}]
      - id: many
        type: multi_choice
        text: {en: "Many"}
        audiences: [therapist]
        options: [{code: red, label: {en: "r"}}, {code: blue, label: {en: "b"}}]
      - {id: sure, type: yes_no, text: {en: "Sure"}, audiences: [therapist]}
      - {id: amount, type: number, text: {en: "Amount"}, audiences: [therapist], minimum: 0, maximum: 10}
      - {id: day, type: date, text: {en: "Day"}, audiences: [therapist]}
      - {id: words, type: text, text: {en: "Words"}, audiences: [therapist]}
      - {id: target, type: yes_no, text: {en: "Target"}, audiences: [therapist], show_when: CONDITION}
)";

struct Case {
  const char* condition;
  bool unanswered;  // the target is shown when nothing is answered
  bool answered;    // ... with the answers below
};

class Conditions : public testing::TestWithParam<Case> {};

TEST_P(Conditions, ShowTheTarget) {
  const ExerciseRevision form = ParseForm(absl::StrReplaceAll(kItems, {{"CONDITION", GetParam().condition}}));
  const Variant& variant = form.variants.at(0);
  const Answers answers = {Codes("pick", {"two"}),     Codes("many", {"red", "blue"}),
                           Flag("sure", true),         Amount("amount", 4),
                           Words("day", "2026-05-04"), Words("words", "something")};
  EXPECT_EQ(VisibleItems(variant, {}).count("target") == 1, GetParam().unanswered) << GetParam().condition;
  EXPECT_EQ(VisibleItems(variant, answers).count("target") == 1, GetParam().answered) << GetParam().condition;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Conditions,
    testing::Values(
        Case{"{item: pick, equals: two}", false, true}, Case{"{item: pick, equals: one}", false, false},
        Case{"{item: pick, not_equals: one}", false, true},
        Case{"{item: pick, not_equals: two}", false, false},
        Case{"{item: pick, in: [one, two]}", false, true}, Case{"{item: pick, in: [one]}", false, false},
        Case{"{item: pick, greater: 1}", false, true}, Case{"{item: pick, greater: 2}", false, false},
        Case{"{item: pick, at_least: 2}", false, true}, Case{"{item: pick, less: 2}", false, false},
        Case{"{item: many, contains: red}", false, true}, Case{"{item: many, is: answered}", false, true},
        Case{"{item: many, is: unanswered}", true, false}, Case{"{item: sure, equals: yes}", false, true},
        Case{"{item: sure, equals: no}", false, false}, Case{"{item: sure, not_equals: no}", false, true},
        Case{"{item: amount, equals: 4}", false, true}, Case{"{item: amount, equals: 4.5}", false, false},
        Case{"{item: amount, not_equals: 4}", false, false}, Case{"{item: amount, greater: 4}", false, false},
        Case{"{item: amount, at_least: 4}", false, true}, Case{"{item: amount, less: 4}", false, false},
        Case{"{item: amount, at_most: 4}", false, true},
        Case{"{item: day, greater: 2026-05-03}", false, true},
        Case{"{item: day, at_most: 2026-05-03}", false, false},
        Case{"{item: day, equals: 2026-05-04}", false, true},
        Case{"{item: words, is: answered}", false, true},
        Case{"{not: {item: words, is: answered}}", true, false},
        Case{"{not: {item: pick, equals: one}}", true, true},
        Case{"{all: [{item: sure, equals: yes}, {item: amount, less: 5}]}", false, true},
        Case{"{all: [{item: sure, equals: yes}, {item: amount, less: 4}]}", false, false},
        Case{"{any: [{item: sure, equals: no}, {item: amount, less: 5}]}", false, true},
        Case{"{any: [{item: sure, equals: no}, {item: words, is: unanswered}]}", true, false},
        Case{"{all: [{not: {item: sure, equals: no}}, {any: [{item: pick, equals: one}, {item: many, "
             "contains: "
             "blue}]}]}",
             false, true}));

TEST(Conditions, DisregardAnswersToHiddenItems) {
  const ExerciseRevision form =
      ParseForm(R"(      - {id: a, type: yes_no, text: {en: "A"}, audiences: [therapist]}
      - {id: b, type: yes_no, text: {en: "B"}, audiences: [therapist], show_when: {item: a, equals: yes}}
      - {id: c, type: yes_no, text: {en: "C"}, audiences: [therapist], show_when: {item: b, equals: yes}}
)");
  const Variant& variant = form.variants.at(0);
  EXPECT_EQ(VisibleItems(variant, {Flag("a", true), Flag("b", true)}).count("c"), 1u);
  EXPECT_EQ(VisibleItems(variant, {Flag("a", false), Flag("b", true)}).count("c"), 0u)
      << "what a hidden item shows is hidden";
  EXPECT_EQ(VisibleItems(variant, {Flag("b", true), Flag("c", true)}).size(), 2u) << "a and the closing item";
}

TEST(Conditions, LookIntoTheirOwnRowAndOutwards) {
  const ExerciseRevision form =
      ParseForm(R"(      - {id: a, type: yes_no, text: {en: "A"}, audiences: [therapist]}
      - id: rows
        type: group
        text: {en: "Rows"}
        audiences: [therapist]
        items:
          - {id: r, type: yes_no, text: {en: "R"}}
          - {id: s, type: yes_no, text: {en: "S"}, show_when: {all: [{item: a, equals: yes}, {item: r, equals: yes}]}}
)");
  const Variant& variant = form.variants.at(0);
  const Item& group = *variant.FindItem("rows");
  EXPECT_EQ(VisibleRowItems(variant, {Flag("a", true)}, group, {Flag("r", true)}).count("s"), 1u);
  EXPECT_EQ(VisibleRowItems(variant, {Flag("a", true)}, group, {Flag("r", false)}).count("s"), 0u);
  EXPECT_EQ(VisibleRowItems(variant, {Flag("a", false)}, group, {Flag("r", true)}).count("s"), 0u);
}

TEST(Conditions, AreFalseOverAnswersOfTheWrongKind) {
  const ExerciseRevision form =
      ParseForm(absl::StrReplaceAll(kItems, {{"CONDITION", "{item: pick, greater: 1}"}}));
  for (const Answer& wrong :
       {Codes("pick", {"nine"}), Codes("pick", {"one", "two"}), Words("pick", ""), Flag("pick", true)}) {
    EXPECT_EQ(VisibleItems(form.variants.at(0), {wrong}).count("target"), 0u);
  }
}

}  // namespace
}  // namespace mendwork::domain
