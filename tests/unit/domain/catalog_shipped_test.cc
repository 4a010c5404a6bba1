// Walks every shipped exercise and instrument and holds it to what clinicians insist on.
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "service/domain/catalog_lint.h"
#include "service/domain/validation.h"
#include "tests/unit/domain/domain_fixtures.h"

namespace mendwork::domain {
namespace {

using testing::HasSubstr;

class ShippedExercise : public testing::TestWithParam<int> {
 protected:
  const ExerciseRevision& exercise() const { return ShippedCatalog().exercises()[GetParam()]; }
};

std::vector<const LocalizedText*> TextsOf(const Item& item) {
  std::vector<const LocalizedText*> texts = {&item.text};
  for (const LocalizedText* text : {&item.help, &item.minimum_label, &item.maximum_label}) {
    if (!text->empty()) texts.push_back(text);
  }
  for (const Option& option : item.options) texts.push_back(&option.label);
  for (const Section& section : item.sections) {
    texts.push_back(&section.title);
    if (!section.help.empty()) texts.push_back(&section.help);
  }
  for (const Item& child : item.items) {
    for (const LocalizedText* text : TextsOf(child)) texts.push_back(text);
  }
  return texts;
}

std::vector<const LocalizedText*> TextsOf(const ExerciseRevision& exercise) {
  std::vector<const LocalizedText*> texts = {&exercise.title, &exercise.purpose, &exercise.review_step};
  for (const Contraindication& row : exercise.contraindications) texts.push_back(&row.text);
  for (const Variant& variant : exercise.variants) {
    for (const Item& item : variant.items) {
      for (const LocalizedText* text : TextsOf(item)) texts.push_back(text);
    }
  }
  return texts;
}

TEST(Shipped, HasTheExercises) {
  std::vector<std::string> keys;
  for (const ExerciseRevision& exercise : ShippedCatalog().exercises()) keys.push_back(exercise.key);
  EXPECT_THAT(keys, testing::ElementsAre("phq-9", "s2-responsibility", "s7-self-care"));
}

TEST_P(ShippedExercise, IsCompleteInItsLanguages) {
  EXPECT_THAT(exercise().languages, testing::Contains("en"));
  for (const LocalizedText* text : TextsOf(exercise())) {
    for (const std::string& language : exercise().languages) {
      ASSERT_EQ(text->count(language), 1u) << TextIn(*text, "en");
      EXPECT_FALSE(text->at(language).empty());
    }
  }
}

TEST_P(ShippedExercise, NamesNoRoleInTitlesAndCodes) {
  EXPECT_TRUE(IsNeutralTitle(exercise().key));
  for (const auto& [language, title] : exercise().title) EXPECT_TRUE(IsNeutralTitle(title)) << title;
  for (const Variant& variant : exercise().variants) EXPECT_EQ(variant.code.size(), 1u);
}

TEST_P(ShippedExercise, EndsForEverybodyWithTheSameNeutralItem) {
  for (const Variant& variant : exercise().variants) {
    const Item& last = variant.items.back();
    EXPECT_EQ(last.id, "alone_with_therapist");
    EXPECT_EQ(TextIn(last.text, "en"), "Anything you want to talk about with your therapist alone?");
    ASSERT_EQ(last.options.size(), 3u);
    EXPECT_EQ(TextIn(last.options[0].label, "en"), "No");
    EXPECT_EQ(TextIn(last.options[1].label, "en"), "Next time we meet");
    EXPECT_EQ(TextIn(last.options[2].label, "en"), "Contact me on my safe channel");
    EXPECT_EQ(last.audiences, std::set<Audience>{Audience::kTherapist});
    EXPECT_TRUE(last.risk_rules.empty()) << "asking for a call is no flag by itself";
    EXPECT_EQ(VisibleItems(variant, {}).count(last.id), 1u);
  }
}

TEST_P(ShippedExercise, CautionsBeforeEveryLetter) {
  for (const Variant& variant : exercise().variants) {
    for (size_t i = 0; i < variant.items.size(); ++i) {
      if (variant.items[i].type != ItemType::kLetter) continue;
      ASSERT_GT(i, 0u);
      const std::string& caution = TextIn(variant.items[i - 1].text, "en");
      EXPECT_THAT(caution, HasSubstr("a court may be able to ask for this"));
      EXPECT_THAT(caution, HasSubstr("you can do it by voice in session instead"));
    }
  }
}

TEST_P(ShippedExercise, KeepsSafetyItemsToThemselves) {
  for (const Variant& variant : exercise().variants) {
    for (const Item& item : variant.items) {
      if (item.type == ItemType::kSafetyCheck) {
        EXPECT_TRUE(item.audiences.empty()) << item.id;
        EXPECT_THAT(TextIn(item.help, "en"), HasSubstr("counts as soon as you tick it"));
        EXPECT_THAT(TextIn(item.help, "en"), HasSubstr("your therapist"));
      }
      if (IsSafetyItem(item)) {
        EXPECT_EQ(item.audiences.count(Audience::kPartner) + item.audiences.count(Audience::kPlugin), 0u);
      }
    }
  }
}

TEST_P(ShippedExercise, IsShippedUnreviewedAndWithinTheWeeklyBudget) {
  const ClinicalReview& review = exercise().clinical_review;
  EXPECT_EQ(review.by + review.licence + review.date + review.language, "");
  EXPECT_LE(exercise().dose.minutes_max, 40);
  EXPECT_TRUE(MissingCapabilities(exercise(), {}).empty());
}

// The Flesch-Kincaid grade, with vowel groups as syllables.
double ReadingGrade(absl::string_view text) {
  int words = 0, sentences = 0, syllables = 0;
  for (absl::string_view word : absl::StrSplit(text, absl::ByAnyChar(" \n"), absl::SkipEmpty())) {
    ++words;
    if (word.find_first_of(".?!:;") != absl::string_view::npos) ++sentences;
    int groups = 0;
    bool in_vowels = false;
    for (char c : word) {
      const bool vowel = absl::string_view("aeiouy").find(absl::ascii_tolower(c)) != absl::string_view::npos;
      groups += vowel && !in_vowels ? 1 : 0;
      in_vowels = vowel;
    }
    const bool silent_e = word.size() > 2 && word.back() == 'e' && groups > 1;
    syllables += std::max(1, groups - (silent_e ? 1 : 0));
  }
  if (words == 0) return 0;
  sentences = std::max(1, sentences);
  return 0.39 * words / sentences + 11.8 * syllables / words - 15.59;
}

TEST_P(ShippedExercise, ReadsAtGradeEightOrBelow) {
  if (!exercise().third_party_notice.empty()) return;  // the wording of an instrument is not ours to change
  for (const Variant& variant : exercise().variants) {
    std::string all;
    for (const Item& item : variant.items) {
      for (const LocalizedText* text : TextsOf(item)) absl::StrAppend(&all, TextIn(*text, "en"), ". ");
    }
    EXPECT_LE(ReadingGrade(all), 8.0) << exercise().key << " " << variant.code;
  }
}

INSTANTIATE_TEST_SUITE_P(All, ShippedExercise, testing::Range(0, 3));

TEST(ShippedS2, VariantsDifferInContentAndAgreeInShape) {
  const ExerciseRevision& exercise = *ShippedCatalog().Latest("s2-responsibility");
  const Variant& involved = *exercise.FindVariant(EventRole::kInvolved);
  const Variant& betrayed = *exercise.FindVariant(EventRole::kBetrayed);
  EXPECT_EQ(exercise.FindVariant(EventRole::kAny), nullptr);
  EXPECT_EQ(exercise.FindVariantByCode("b"), &betrayed);
  EXPECT_EQ(involved.items.size(), betrayed.items.size()) << "length would betray the role";
  EXPECT_NE(involved.FindItem("owned")->FindOption("withdrew"), nullptr);
  EXPECT_EQ(involved.FindItem("letter")->sections.size(), 5u);
  EXPECT_NE(involved.FindItem("week_actions"), nullptr);
  for (const char* id : {"impact_sleep", "impact_work", "impact_body", "impact_faith", "impact_parenting"}) {
    EXPECT_NE(betrayed.FindItem(id), nullptr) << id;
  }
  EXPECT_EQ(betrayed.FindItem("hear_apology")->options.size(), 4u);
  EXPECT_EQ(betrayed.FindItem("hear_apology")->audiences.count(Audience::kPartner), 0u);
  for (const Item& item : betrayed.items) {
    EXPECT_EQ(involved.FindItem(item.id) != nullptr,
              item.id == "welcome" || item.id == "focus" || item.id == "letter_caution" ||
                  item.id == "letter" || item.id == "after" || item.id == "alone_with_therapist")
        << item.id;
    for (const LocalizedText* text : TextsOf(item)) EXPECT_FALSE(AsksForOwnPart(TextIn(*text, "en")));
  }
}

TEST(ShippedS7, IsTheSameForEverybody) {
  const ExerciseRevision& exercise = *ShippedCatalog().Latest("s7-self-care");
  ASSERT_EQ(exercise.variants.size(), 1u);
  const Variant* variant = exercise.FindVariant(EventRole::kBetrayed);
  EXPECT_EQ(variant, exercise.FindVariant(EventRole::kInvolved));
  EXPECT_EQ(variant->FindItem("small_steps")->max_count, 2);
  EXPECT_EQ(variant->FindItem("energy")->audiences.count(Audience::kPartner), 1u);
  EXPECT_EQ(variant->FindItem("urge_to_drink")->audiences, std::set<Audience>{Audience::kTherapist});
  const Answers none;
  EXPECT_EQ(VisibleItems(*variant, none).count("not_safe_now"), 1u) << "always at hand";
}

TEST(ShippedS7, AcceptsEnoughAsAWholeAnswer) {
  const ExerciseRevision& exercise = *ShippedCatalog().Latest("s7-self-care");
  const Answers answers = {Codes("today", {"enough"})};
  EXPECT_TRUE(ValidateAnswers(exercise, exercise.variants[0], answers, "en", true).empty());
}

TEST(ShippedPhq9, CarriesItsCodesAndNotice) {
  const ExerciseRevision& exercise = *ShippedCatalog().Latest("phq-9");
  EXPECT_THAT(exercise.third_party_notice, HasSubstr("No permission required"));
  const Measure& measure = *exercise.FindMeasure("phq9_total");
  EXPECT_EQ(measure.panel_coding->code, "44249-1");
  EXPECT_EQ(measure.total_coding->code, "44261-6");
  EXPECT_EQ(measure.reliable_change, 6);
  std::vector<std::string> codes;
  for (const std::string& id : measure.items) {
    const Item& item = *exercise.variants[0].FindItem(id);
    codes.push_back(item.coding->code);
    EXPECT_EQ(item.measure, "phq9_total");
    EXPECT_EQ(item.options[3].loinc_answer, "LA6571-9");
  }
  EXPECT_THAT(codes, testing::ElementsAre("44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2",
                                          "44252-5", "44253-3", "44260-8"));
  EXPECT_EQ(MeasureAudiences(exercise.variants[0], measure), std::set<Audience>{Audience::kTherapist})
      << "a total inherits the strictest label of its items";
}

}  // namespace
}  // namespace mendwork::domain
