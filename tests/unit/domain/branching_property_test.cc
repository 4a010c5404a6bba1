// Random forms with random branching and random answers: what is shown, what is validated and what counts
// must agree.
#include <cstdlib>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "service/domain/risk.h"
#include "service/domain/validation.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

constexpr int kForms = 400;
constexpr int kItemCount = 9;
constexpr uint32_t kSeed = 20260727;

class Generator {
 public:
  explicit Generator(uint32_t seed) : engine_(seed) {}

  int Below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(engine_); }

  // Yes/no and number items; each may depend on earlier ones and carries a rule that holds for any answer.
  Variant Form() {
    Variant variant;
    for (int i = 0; i < kItemCount; ++i) {
      Item item;
      item.id = absl::StrCat("item", i);
      item.type = Below(2) == 0 ? ItemType::kYesNo : ItemType::kNumber;
      item.minimum = 0;
      item.maximum = 3;
      item.required = Below(2) == 0;
      if (i > 0 && Below(3) > 0) item.show_when = Tree(variant, 3);
      RiskRule rule;
      rule.id = item.id;
      rule.when.op = Condition::Operator::kAnswered;
      rule.when.item_id = item.id;
      item.risk_rules.push_back(rule);
      variant.items.push_back(std::move(item));
    }
    return variant;
  }

  Answer AnswerTo(const Item& item) {
    if (item.type == ItemType::kYesNo) return Flag(item.id, Below(2) == 0);
    return Amount(item.id, Below(4));
  }

 private:
  Condition Tree(const Variant& variant, int depth) {
    Condition condition;
    const int kind = depth == 0 ? 3 : Below(6);
    if (kind > 2) return Leaf(variant);
    condition.op = kind == 0   ? Condition::Operator::kAll
                   : kind == 1 ? Condition::Operator::kAny
                               : Condition::Operator::kNot;
    const int operands = kind == 2 ? 1 : 1 + Below(3);
    for (int i = 0; i < operands; ++i) condition.operands.push_back(Tree(variant, depth - 1));
    return condition;
  }

  Condition Leaf(const Variant& variant) {
    const Item& item = variant.items[Below(variant.items.size())];
    Condition condition;
    condition.item_id = item.id;
    const int kind = Below(4);
    if (kind == 0) {
      condition.op = Below(2) == 0 ? Condition::Operator::kAnswered : Condition::Operator::kUnanswered;
    } else if (item.type == ItemType::kYesNo) {
      condition.op = kind == 1 ? Condition::Operator::kEquals : Condition::Operator::kNotEquals;
      condition.values = {Below(2) == 0 ? "yes" : "no"};
    } else {
      condition.op = kind == 1   ? Condition::Operator::kGreater
                     : kind == 2 ? Condition::Operator::kAtMost
                                 : Condition::Operator::kEquals;
      condition.number = Below(4);
    }
    return condition;
  }

  std::mt19937 engine_;
};

// Answers item by item, as a person would: only what is shown at that point.
Answers AnswerWhatIsShown(const Variant& variant, Generator& random) {
  Answers answers;
  for (const Item& item : variant.items) {
    const bool shown = VisibleItems(variant, answers).count(item.id) > 0;
    if (shown && (item.required || random.Below(2) == 0)) answers.push_back(random.AnswerTo(item));
  }
  return answers;
}

class BranchingProperty : public testing::Test {
 protected:
  std::vector<std::string> Validate(const Variant& variant, const Answers& answers) {
    return Brief(ValidateAnswers(ExerciseRevision(), variant, answers, "en", true));
  }
};

TEST_F(BranchingProperty, WhatIsShownIsAcceptedAndNothingElse) {
  Generator random(kSeed);
  int hidden_seen = 0, required_seen = 0;
  for (int form = 0; form < kForms; ++form) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, " form ", form));
    const Variant variant = random.Form();
    const Answers answers = AnswerWhatIsShown(variant, random);
    const std::set<std::string> visible = VisibleItems(variant, answers);
    EXPECT_THAT(Validate(variant, answers), testing::IsEmpty());

    for (const Item& item : variant.items) {
      const Answer* answer = FindAnswer(answers, item.id);
      if (visible.count(item.id) == 0) {
        Answers with_hidden = answers;
        with_hidden.push_back(random.AnswerTo(item));
        EXPECT_THAT(Validate(variant, with_hidden),
                    testing::ElementsAre(absl::StrCat("answers[", item.id, "] hidden_item")));
        EXPECT_EQ(VisibleItems(variant, with_hidden), visible) << "a hidden answer shows nothing";
        EXPECT_EQ(EvaluateRiskRules(variant, with_hidden).size(), answers.size()) << "nor counts";
        ++hidden_seen;
      } else if (item.required) {
        Answers without = answers;
        without.erase(without.begin() + (answer - answers.data()));
        EXPECT_THAT(Validate(variant, without),
                    testing::Contains(absl::StrCat("answers[", item.id, "] required")));
        ++required_seen;
      }
    }
  }
  EXPECT_GT(hidden_seen, kForms / 2);
  EXPECT_GT(required_seen, kForms / 2);
}

TEST_F(BranchingProperty, RandomAnswersAreJudgedByVisibility) {
  Generator random(kSeed + 1);
  for (int form = 0; form < kForms; ++form) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed + 1, " form ", form));
    const Variant variant = random.Form();
    Answers answers;
    for (const Item& item : variant.items) {
      if (random.Below(2) == 0) answers.push_back(random.AnswerTo(item));
    }
    const std::set<std::string> visible = VisibleItems(variant, answers);
    std::vector<std::string> expected;
    for (const Item& item : variant.items) {
      const bool answered = FindAnswer(answers, item.id) != nullptr;
      const bool shown = visible.count(item.id) > 0;
      if (answered && !shown) expected.push_back(absl::StrCat("answers[", item.id, "] hidden_item"));
      if (!answered && shown && item.required)
        expected.push_back(absl::StrCat("answers[", item.id, "] required"));
    }
    EXPECT_EQ(Validate(variant, answers), expected);
  }
}

}  // namespace
}  // namespace mendwork::domain
