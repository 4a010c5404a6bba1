// Answers against their form: each rule with an answer that breaks it, and all of them at once.
#include "service/domain/validation.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "service/domain/validation_limits.h"
#include "service/domain/validation_messages.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr char kItems[] = R"(      - {id: intro, type: info, text: {en: "Hello"}}
      - {id: words, type: text, text: {en: "W"}, audiences: [therapist], required: true, min_length: 3, max_length: 5}
      - {id: short, type: text, text: {en: "I"}, audiences: [therapist], pattern: initials}
      - {id: essay, type: long_text, text: {en: "E"}, audiences: [therapist], max_length: 20}
      - {id: letter_caution, type: info, text: {en: "Caution"}}
      - id: letter
        type: letter
        text: {en: "Letter"}
        audiences: [therapist]
        sections:
          - {id: first, title: {en: "First"}, required: true, max_length: 4}
          - {id: second, title: {en: "Second"}, min_length: 2}
      - id: pick
        type: choice
        text: {en: "Pick"}
        audiences: [therapist]
        options: [{code: one, label: {en: "1"}}, {code: two, label: {en: "2"}}]
      - id: many
        type: multi_choice
        text: {en: "Many"}
        audiences: [therapist]
        min_count: 2
        max_count: 2
        options: [{code: a, label: {en: "a"}}, {code: b, label: {en: "b"}}, {code: c, label: {en: "c"}}, {code: none, exclusive: true, label: {en: "n"}}]
      - {id: slide, type: slider, text: {en: "S"}, audiences: [therapist], minimum: 0, maximum: 10, minimum_label: {en: "l"}, maximum_label: {en: "h"}}
      - {id: amount, type: number, text: {en: "N"}, audiences: [therapist], minimum: -1, maximum: 1, step: 0.1}
      - {id: day, type: date, text: {en: "D"}, audiences: [therapist], earliest: 2026-01-10, latest: 2026-01-20}
      - {id: hour, type: time, text: {en: "T"}, audiences: [therapist], earliest: "08:00"}
      - {id: agree, type: attestation, text: {en: "A"}, audiences: [therapist], required: true}
      - id: log
        type: activity_log
        text: {en: "Log"}
        audiences: [therapist]
        max_count: 2
        minutes_max: 60
        options: [{code: walk, label: {en: "w"}}]
      - id: people
        type: group
        text: {en: "People"}
        audiences: [therapist]
        max_count: 2
        items:
          - {id: name, type: text, text: {en: "N"}, required: true, max_length: 3}
          - {id: close, type: yes_no, text: {en: "C"}}
          - {id: why, type: text, text: {en: "Y"}, show_when: {item: close, equals: yes}, required: true}
      - {id: extra, type: yes_no, text: {en: "X"}, audiences: [therapist], required: true, show_when: {item: pick, equals: two}}
)";

const ExerciseRevision& Form() {
  static const auto* const kForm = new ExerciseRevision(ParseForm(kItems));
  return *kForm;
}

std::vector<base::Violation> Validate(const Answers& answers, bool complete = true) {
  return ValidateAnswers(Form(), Form().variants.at(0), answers, "en", complete);
}

// What a complete form needs at least.
Answers Least() { return {Words("words", "abcd"), Flag("agree", true)}; }

Answer LogOf(std::vector<LogEntry> entries) { return {"log", std::move(entries)}; }
Answer Rows(std::vector<Answers> rows) { return {"people", std::move(rows)}; }
Answer LetterOf(std::map<std::string, std::string> sections) { return {"letter", std::move(sections)}; }
using Outcome = LogEntry::Outcome;

struct Case {
  Answer answer;
  std::vector<std::string> expected;
};

const std::vector<Case>& Cases() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  static const auto* const kCases = new std::vector<Case>{
      {Words("intro", "x"), {"answers[intro] no_answer"}},
      {Words("short", "A. B."), {}},
      {Words("short", "\xD0\x96-\xD0\x9B"), {}},
      {Words("short", "Anna Bell"), {"answers[short] pattern"}},
      {Words("essay", "fine\nwith lines\t!"), {}},
      {Words("essay", "bell \x07"), {"answers[essay] characters"}},
      {Words("essay", "\xC3\x28"), {"answers[essay] utf8"}},
      {Words("essay", "\xED\xA0\x80"), {"answers[essay] utf8"}},
      {Words("essay", std::string("a\0b", 3)), {"answers[essay] characters"}},
      {Words("essay", "\xF0\x9F\x8C\xB1\xF0\x9F\x8C\xB1\xF0\x9F\x8C\xB1 three plants"), {}},
      {Words("essay", "123456789012345678901"), {"answers[essay] max_length"}},
      {Amount("essay", 1), {"answers[essay] value_kind"}},
      {LetterOf({{"first", "abcd"}}), {}},
      {LetterOf({{"first", "abcde"}, {"second", "x"}}),
       {"answers[letter][first] max_length", "answers[letter][second] min_length"}},
      {LetterOf({{"second", "xyz"}}), {"answers[letter][first] required"}},
      {LetterOf({{"first", "abc"}, {"third", "x"}}), {"answers[letter] unknown_section"}},
      {Words("letter", "Dear"), {"answers[letter] value_kind"}},
      {Codes("pick", {"one"}), {}},
      {Codes("pick", {"three"}), {"answers[pick] option"}},
      {Codes("pick", {"one", "one"}), {"answers[pick] option_repeated", "answers[pick] max_count"}},
      {Words("pick", "one"), {"answers[pick] value_kind"}},
      {Codes("many", {"a", "c"}), {}},
      {Codes("many", {"a"}), {"answers[many] min_count"}},
      {Codes("many", {"a", "b", "c"}), {"answers[many] max_count"}},
      {Codes("many", {"none"}), {}},
      {Codes("many", {"none", "a"}), {"answers[many] exclusive"}},
      {Amount("slide", 10), {}},
      {Amount("slide", 10.5), {"answers[slide] range"}},
      {Amount("slide", 2.5), {"answers[slide] step"}},
      {Amount("slide", nan), {"answers[slide] range"}},
      {Amount("slide", infinity), {"answers[slide] range"}},
      {Codes("slide", {"1"}), {"answers[slide] value_kind"}},
      {Amount("amount", 0.3), {}},
      {Amount("amount", 0.35), {"answers[amount] step"}},
      {Words("day", "2026-01-15"), {}},
      {Words("day", "2026-02-30"), {"answers[day] date"}},
      {Words("day", "15.01.2026"), {"answers[day] date"}},
      {Words("day", "2026-01-09"), {"answers[day] earliest"}},
      {Words("day", "2026-01-21"), {"answers[day] latest"}},
      {Words("hour", "08:00"), {}},
      {Words("hour", "8:00"), {"answers[hour] time"}},
      {Words("hour", "24:00"), {"answers[hour] time"}},
      {Words("hour", "07:59"), {"answers[hour] earliest"}},
      {LogOf({{"walk", Outcome::kSkipped, 0, absl::nullopt}, {"walk", Outcome::kShortened, 60, 10}}), {}},
      {LogOf({{"swim", Outcome::kDone, 61, 11}}),
       {"answers[log][0].activity option", "answers[log][0].minutes range", "answers[log][0].rating range"}},
      {LogOf({{"walk", Outcome::kDone, 1, absl::nullopt},
              {"walk", Outcome::kDone, -1, absl::nullopt},
              {"walk", Outcome::kDone, 1, absl::nullopt}}),
       {"answers[log] max_count", "answers[log][1].minutes range"}},
      {Rows({{Words("name", "Al")}, {Words("name", "Bo"), Flag("close", true), Words("why", "x")}}), {}},
      {Rows({{Words("name", "Al"), Words("why", "x")}}), {"answers[people][0][why] hidden_item"}},
      {Rows({{Words("name", "Alba"), Flag("close", true)}}),
       {"answers[people][0][name] max_length", "answers[people][0][why] required"}},
      {Rows({{}}), {"answers[people][0][name] required"}},
      {Rows({{Words("name", "Al"), Words("nick", "x"), Words("name", "Bo")}}),
       {"answers[people][0][1] unknown_item", "answers[people][0][name] duplicate_item"}},
      {Rows({{Words("name", "A")}, {Words("name", "B")}, {Words("name", "C")}}),
       {"answers[people] max_count"}},
      {Flag("people", true), {"answers[people] value_kind"}},
      {Flag("extra", true), {"answers[extra] hidden_item"}},
      {Words("mystery", "x"), {"answers[2] unknown_item"}},
      {Words("words", "again"), {"answers[words] duplicate_item"}},
      {{"pick", {}}, {}},
  };
  return *kCases;
}

class Violations : public testing::TestWithParam<Case> {};

TEST_P(Violations, AreNamed) {
  Answers answers = Least();
  answers.push_back(GetParam().answer);
  EXPECT_THAT(Brief(Validate(answers)), ElementsAreArray(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(Table, Violations, testing::ValuesIn(Cases()));

TEST(Validation, AsksForWhatIsShownAndRequired) {
  EXPECT_THAT(Brief(Validate({})), ElementsAre("answers[words] required", "answers[agree] required"));
  EXPECT_THAT(Brief(Validate({Words("words", " \t\n "), Flag("agree", false)})),
              ElementsAre("answers[words] required", "answers[agree] attestation"));
  Answers answers = Least();
  answers.push_back(Codes("pick", {"two"}));
  EXPECT_THAT(Brief(Validate(answers)), ElementsAre("answers[extra] required"));
  answers.push_back(Flag("extra", false));
  EXPECT_THAT(Validate(answers), IsEmpty());
}

TEST(Validation, LetsADraftBeIncompleteButNotWrong) {
  EXPECT_THAT(Validate({}, false), IsEmpty());
  EXPECT_THAT(Validate({Words("words", "a"), Codes("many", {"a"}), Flag("agree", false)}, false), IsEmpty());
  EXPECT_THAT(Brief(Validate({Words("words", "abcdef"), Flag("extra", true)}, false)),
              ElementsAre("answers[words] max_length", "answers[extra] hidden_item"));
}

TEST(Validation, ReportsEverythingAtOnce) {
  const Answers answers = {Words("words", "abcdef"), Codes("pick", {"x"}), Amount("slide", 99),
                           Words("day", "soon"), Words("zzz", "x")};
  EXPECT_THAT(Brief(Validate(answers)),
              ElementsAre("answers[4] unknown_item", "answers[words] max_length", "answers[pick] option",
                          "answers[slide] range", "answers[day] date", "answers[agree] required"));
}

TEST(Validation, NeverEchoesAnAnswer) {
  const std::string marker = "MARKERtext";
  Answers answers;
  for (const Item& item : Form().variants[0].items) answers.push_back(Words(item.id, marker));
  for (const Item& item : Form().variants[0].items) answers.push_back(Codes(item.id, {marker}));
  answers.push_back(Words(marker, marker));
  answers.push_back(LetterOf({{marker, marker}}));
  answers.push_back(LogOf({{marker, Outcome::kDone, 9999, 99}}));
  answers.push_back(Rows({{Words(marker, marker), Words("name", marker)}}));
  for (const Answer& answer : answers) {
    for (const base::Violation& violation : Validate({answer})) {
      EXPECT_THAT(violation.field + violation.rule + violation.message, Not(HasSubstr(marker)));
    }
  }
}

TEST(Validation, RefusesWhatIsTooLarge) {
  EXPECT_THAT(Brief(Validate({Words("essay", std::string(kResponseBytesMax, 'a'))})),
              ElementsAre("answers total_size"));
  EXPECT_THAT(Brief(Validate(Answers(kAnswersMax + 1, Words("x", "y")))),
              ElementsAre("answers too_many_answers"));
  EXPECT_THAT(Brief(Validate({Rows(std::vector<Answers>(10, Answers(10'000)))})),
              ElementsAre("answers total_size"));
  EXPECT_EQ(Validate(Answers(kAnswersMax, Words("x", "y"))).size(), kViolationsMax);
}

TEST(Validation, SpeaksPlainlyAndFallsBackToEnglish) {
  const std::vector<base::Violation> violations =
      ValidateAnswers(Form(), Form().variants[0], {Amount("slide", 11)}, "es-MX", false);
  ASSERT_EQ(violations.size(), 1u);
  EXPECT_EQ(violations[0].message, "Please give a number from 0 to 10.");
}

TEST(Validation, HasAMessageForEveryRule) {
  std::set<std::string> rules;
  for (const Case& row : Cases()) {
    for (const std::string& expected : row.expected) rules.insert(expected.substr(expected.rfind(' ') + 1));
  }
  rules.erase("pattern");
  const std::vector<std::string> known = RulesWithMessages("en");
  for (const std::string& rule : rules) EXPECT_THAT(known, testing::Contains(rule));
  for (const std::string& rule : known) EXPECT_NE(ValidationMessage(rule, {"1", "2"}, "en"), rule);
  EXPECT_THAT(ValidationMessage("range", {"1", "2"}, "en"), HasSubstr("from 1 to 2"));
}

}  // namespace
}  // namespace mendwork::domain
