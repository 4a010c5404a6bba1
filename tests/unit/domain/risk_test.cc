// Item rules of the shipped files: exact levels, whatever the total, and never from hidden items.
#include "service/domain/risk.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "service/domain/scoring.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

std::vector<std::string> Findings(absl::string_view key, const Answers& answers) {
  std::vector<std::string> findings;
  const ExerciseRevision& exercise = *ShippedCatalog().Latest(key);
  for (const RiskFinding& finding : EvaluateRiskRules(exercise.variants[0], answers)) {
    findings.push_back(absl::StrCat(finding.item_id, " ", Name(finding.severity), " ", finding.category, "/",
                                    finding.subject));
  }
  return findings;
}

TEST(Risk, LevelsOfPhq9Item9) {
  EXPECT_THAT(Findings("phq-9", {Codes("phq9_9", {"not_at_all"})}), testing::IsEmpty());
  EXPECT_THAT(Findings("phq-9", {Codes("phq9_9", {"several_days"})}),
              testing::ElementsAre("phq9_9 moderate suicide/self"));
  EXPECT_THAT(Findings("phq-9", {Codes("phq9_9", {"more_than_half_the_days"})}),
              testing::ElementsAre("phq9_9 high suicide/self"));
  EXPECT_THAT(Findings("phq-9", {Codes("phq9_9", {"nearly_every_day"})}),
              testing::ElementsAre("phq9_9 high suicide/self"));
}

TEST(Risk, IgnoresTheTotal) {
  Answers highest_without_item_9;
  for (int i = 1; i <= 8; ++i) {
    highest_without_item_9.push_back(Codes(absl::StrCat("phq9_", i), {"nearly_every_day"}));
  }
  EXPECT_THAT(Findings("phq-9", highest_without_item_9), testing::IsEmpty());
  EXPECT_THAT(Findings("phq-9", {Codes("phq9_9", {"several_days"})}), testing::SizeIs(1))
      << "and needs no total";
}

TEST(Risk, RaisesATickedSafetyCheckAndNothingElse) {
  EXPECT_THAT(Findings("s7-self-care", {Flag("not_safe_now", true)}),
              testing::ElementsAre("not_safe_now high suicide/self"));
  EXPECT_THAT(Findings("s7-self-care", {Flag("not_safe_now", false)}), testing::IsEmpty());
  EXPECT_THAT(
      Findings("s7-self-care", {Codes("alone_with_therapist", {"safe_channel"}), Codes("today", {"day"}),
                                Amount("mood", 0), Amount("urge_to_drink", 10)}),
      testing::IsEmpty());
}

TEST(Risk, IgnoresAnswersToHiddenItems) {
  const ExerciseRevision form =
      ParseForm(R"(      - {id: open, type: yes_no, text: {en: "O"}, audiences: [therapist]}
      - id: level
        type: slider
        text: {en: "L"}
        audiences: [therapist]
        show_when: {item: open, equals: yes}
        minimum: 0
        maximum: 10
        minimum_label: {en: "l"}
        maximum_label: {en: "h"}
        risk_rules:
          - {id: some, when: {at_least: 5}, severity: moderate, category: acute_distress, subject: self}
          - {id: much, when: {all: [{greater: 7}, {not: {equals: 9}}]}, severity: critical, category: threat, subject: child}
)");
  const Variant& variant = form.variants.at(0);
  EXPECT_EQ(EvaluateRiskRules(variant, {Flag("open", false), Amount("level", 10)}).size(), 0u);
  EXPECT_EQ(EvaluateRiskRules(variant, {Flag("open", true), Amount("level", 9)}).size(), 1u);
  const std::vector<RiskFinding> both = EvaluateRiskRules(variant, {Flag("open", true), Amount("level", 10)});
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[1].rule_id, "much");
  EXPECT_EQ(both[1].severity, Severity::kCritical);
  EXPECT_EQ(both[1].subject, "child");
}

}  // namespace
}  // namespace mendwork::domain
