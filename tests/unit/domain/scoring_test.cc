// Scores: the PHQ-9 table, proration, reversing, means, bands, reliable change.
#include "service/domain/scoring.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

// One digit per PHQ-9 item, "-" for one left out.
Answers Phq9(absl::string_view digits) {
  constexpr const char* kCodes[] = {"not_at_all", "several_days", "more_than_half_the_days",
                                    "nearly_every_day"};
  Answers answers;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] != '-') answers.push_back(Codes(absl::StrCat("phq9_", i + 1), {kCodes[digits[i] - '0']}));
  }
  return answers;
}

struct Row {
  const char* digits;
  absl::optional<double> total;
  int missing;
  bool prorated;
  const char* band;
};

class Phq9Table : public testing::TestWithParam<Row> {};

TEST_P(Phq9Table, Scores) {
  const ExerciseRevision& exercise = *ShippedCatalog().Latest("phq-9");
  const std::vector<Score> scores = ScoreAnswers(exercise, exercise.variants[0], Phq9(GetParam().digits));
  ASSERT_EQ(scores.size(), 1u);
  EXPECT_EQ(scores[0].measure_id, "phq9_total");
  EXPECT_EQ(scores[0].total, GetParam().total);
  EXPECT_EQ(scores[0].missing, GetParam().missing);
  EXPECT_EQ(scores[0].answered, 9 - GetParam().missing);
  EXPECT_EQ(scores[0].prorated, GetParam().prorated);
  EXPECT_EQ(scores[0].band, GetParam().band);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Phq9Table,
    testing::Values(Row{"000000000", 0, 0, false, "minimal"}, Row{"111100000", 4, 0, false, "minimal"},
                    Row{"111110000", 5, 0, false, "mild"}, Row{"111111111", 9, 0, false, "mild"},
                    Row{"211111111", 10, 0, false, "moderate"}, Row{"222220000", 10, 0, false, "moderate"},
                    Row{"222222200", 14, 0, false, "moderate"},
                    Row{"333330000", 15, 0, false, "moderately_severe"},
                    Row{"333333100", 19, 0, false, "moderately_severe"},
                    Row{"333333200", 20, 0, false, "severe"}, Row{"333333333", 27, 0, false, "severe"},
                    // One missing: sum * 9 / 8, halves up. 8 -> 9; 4 -> 4.5 -> 5; 3 -> 3.375 -> 3.
                    Row{"-11111111", 9, 1, true, "mild"}, Row{"-11110000", 5, 1, true, "mild"},
                    Row{"-11100000", 3, 1, true, "minimal"},
                    // Two missing: sum * 9 / 7. 7 -> 9; 21 -> 27; 1 -> 1.29 -> 1.
                    Row{"--1111111", 9, 2, true, "mild"}, Row{"33333-33-", absl::nullopt, 2, false, ""},
                    Row{"3-3-33333", 27, 2, true, "severe"}, Row{"-0-000001", 1, 2, true, "minimal"},
                    // Three missing, or item 9: never.
                    Row{"---111111", absl::nullopt, 3, false, ""},
                    Row{"33333333-", absl::nullopt, 1, false, ""},
                    Row{"---------", absl::nullopt, 9, false, ""}));

constexpr char kItems[] = R"(      - {id: show, type: yes_no, text: {en: "S"}, audiences: [therapist]}
      - {id: calm, type: slider, text: {en: "C"}, audiences: [therapist], minimum: 0, maximum: 10, minimum_label: {en: "l"}, maximum_label: {en: "h"}}
      - {id: tense, type: slider, text: {en: "T"}, audiences: [therapist], minimum: 0, maximum: 10, minimum_label: {en: "l"}, maximum_label: {en: "h"}}
      - id: rate
        type: likert
        text: {en: "R"}
        audiences: [therapist]
        show_when: {item: show, equals: yes}
        options: [{code: low, score: 1, label: {en: "l"}}, {code: high, score: 5, label: {en: "h"}}, {code: does_not_apply, label: {en: "x"}}]
)";
constexpr char kMeasures[] = R"(measures:
  - id: ease
    title: {en: "Ease"}
    items: [calm, tense]
    reverse: [tense]
    method: mean
    missing_allowed: 1
    bands: [{code: low, from: 0, to: 5, label: {en: "l"}}, {code: high, from: 5, to: 10, label: {en: "h"}}]
    reliable_change: 2
  - id: rating
    title: {en: "Rating"}
    items: [rate]
    method: sum
)";

std::vector<Score> ScoreSmall(const Answers& answers) {
  static const auto* const kForm = new ExerciseRevision(ParseForm(kItems, kMeasures));
  return ScoreAnswers(*kForm, kForm->variants.at(0), answers);
}

TEST(Scoring, ReversesAndTakesMeans) {
  const Score score = ScoreSmall({Amount("calm", 4), Amount("tense", 2)})[0];
  EXPECT_EQ(score.total, 6);  // (4 + 8) / 2
  EXPECT_EQ(score.band, "high");
  EXPECT_EQ(ScoreSmall({Amount("tense", 10)})[0].total, 0);
  EXPECT_TRUE(ScoreSmall({Amount("tense", 10)})[0].prorated);
  EXPECT_EQ(ScoreSmall({Amount("calm", 4.5), Amount("tense", 5.5)})[0].band, "low");
}

TEST(Scoring, CountsHiddenAndUnscoredAnswersAsMissing) {
  EXPECT_EQ(ScoreSmall({Flag("show", true), Codes("rate", {"high"})})[1].total, 5);
  EXPECT_EQ(ScoreSmall({Flag("show", false), Codes("rate", {"high"})})[1].total, absl::nullopt);
  EXPECT_EQ(ScoreSmall({Flag("show", true), Codes("rate", {"does_not_apply"})})[1].missing, 1);
  EXPECT_EQ(ScoreSmall({Flag("show", true), Codes("rate", {"unheard_of"})})[1].missing, 1);
}

TEST(Scoring, KnowsReliableChange) {
  Measure measure;
  EXPECT_FALSE(IsReliableChange(measure, 0, 27)) << "none is known";
  measure.reliable_change = 6;
  EXPECT_FALSE(IsReliableChange(measure, 10, 15));
  EXPECT_TRUE(IsReliableChange(measure, 10, 16));
  EXPECT_TRUE(IsReliableChange(measure, 16, 10));
}

}  // namespace
}  // namespace mendwork::domain
