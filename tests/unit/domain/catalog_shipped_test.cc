// Walks every shipped exercise and instrument and holds it to what clinicians insist on.
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
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
  EXPECT_THAT(
      keys,
      testing::ElementsAre(
          "gad-7", "phq-4", "phq-9", "s1-health-today", "s1-listening", "s1-making-sense", "s1-open-talk",
          "s1-questions", "s2-responsibility", "s2-what-i-carry", "s3-activity-menu", "s3-question-cards",
          "s3-shared-time", "s3-time-of-my-own", "s4-going-slowly", "s4-health-check", "s4-looking-back",
          "s4-own-pace", "s5-first-agreements", "s5-needs-and-limits", "s5-note-to-therapist",
          "s5-our-agreement", "s5-own-limits", "s5-weekly-look", "s5-what-i-hope-for", "s6-after-our-session",
          "s6-getting-started-1", "s6-getting-started-2", "s6-more-support", "s6-our-pattern",
          "s7-plan-for-hard-moments", "s7-self-care", "s8-thinking-it-through", "s8-trusting-myself",
          "s8-what-matters-to-me", "s8-where-i-am-now"));
}

// What needs couple work cannot be assigned until the server has it; nothing else waits.
TEST(Shipped, OnlyJointWorkWaitsForTheServer) {
  std::vector<std::string> waiting;
  for (const ExerciseRevision& exercise : ShippedCatalog().exercises()) {
    const std::vector<std::string> missing = MissingCapabilities(exercise, {});
    if (missing.empty()) continue;
    EXPECT_THAT(missing, testing::ElementsAre("couple_work")) << exercise.key;
    EXPECT_FALSE(exercise.solo) << exercise.key;
    EXPECT_TRUE(MissingCapabilities(exercise, {"couple_work"}).empty());
    waiting.push_back(exercise.key);
  }
  EXPECT_THAT(waiting, testing::ElementsAre("s1-listening", "s1-questions", "s3-activity-menu",
                                            "s3-shared-time", "s4-going-slowly", "s4-looking-back",
                                            "s5-first-agreements", "s5-our-agreement", "s6-our-pattern"));
}

// strategies.md, cross-strategy rules: what every template names.
TEST_P(ShippedExercise, NamesItsScheduleDoseAndReviewStep) {
  EXPECT_FALSE(exercise().schedule.repeat.empty());
  EXPECT_GT(exercise().dose.minutes_max, 0);
  EXPECT_FALSE(TextIn(exercise().review_step, "en").empty());
  if (!exercise().solo) {
    EXPECT_FALSE(exercise().contraindications.empty()) << "joint work is never without a reason to wait";
  }
}

TEST_P(ShippedExercise, HasFormsOfOneShape) {
  const std::vector<Variant>& variants = exercise().variants;
  for (const Variant& variant : variants) {
    ASSERT_EQ(variant.items.size(), variants[0].items.size()) << "length would betray the role";
    for (size_t i = 0; i < variant.items.size(); ++i) {
      const Item& item = variant.items[i];
      EXPECT_EQ(item.required, variants[0].items[i].required) << exercise().key << " " << item.id;
    }
  }
}

// But for S2, whose two forms ask for different things by design (strategies.md S2): there the count is the
// same.
TEST_P(ShippedExercise, HasTheSameTypesInTheSamePlaces) {
  if (exercise().key == "s2-responsibility") return;
  for (const Variant& variant : exercise().variants) {
    for (size_t i = 0; i < variant.items.size(); ++i) {
      EXPECT_EQ(std::string(Name(variant.items[i].type)),
                std::string(Name(exercise().variants[0].items[i].type)))
          << exercise().key << " " << variant.items[i].id;
    }
  }
}

TEST(ShippedSchedules, FollowTheStrategies) {
  const auto schedule = [](const char* key) { return ShippedCatalog().Latest(key)->schedule; };
  EXPECT_EQ(schedule("s7-self-care").repeat, "daily");
  EXPECT_EQ(schedule("s7-self-care").times, 14);
  EXPECT_EQ(schedule("s7-self-care").then, "weekly");
  EXPECT_EQ(schedule("s2-responsibility").repeat, "weekly");
  EXPECT_EQ(schedule("s2-responsibility").times, 6);
  EXPECT_EQ(schedule("phq-9").repeat, "every_4_weeks");
  EXPECT_EQ(schedule("phq-4").repeat, "weekly");
}

TEST(ShippedContraindications, StandOnFactsOfTheirOwn) {
  constexpr std::pair<absl::string_view, absl::string_view> kMeant[] = {
      {"sexual trauma", "trauma_history"},
      {"sexual coercion", "trauma_history"},
      {"is leaving", "leaving"},
      {"recent birth", "health_concern"},
      {"break in therapy", "therapy_break"}};
  std::set<std::string> facts;
  int days = 0;
  for (const ExerciseRevision& exercise : ShippedCatalog().exercises()) {
    for (const Contraindication& row : exercise.contraindications) {
      facts.insert(row.fact);
      const std::string text = absl::AsciiStrToLower(TextIn(row.text, "en"));
      for (const auto& [words, fact] : kMeant) {
        if (!absl::StrContains(text, words)) continue;
        EXPECT_EQ(row.fact, fact) << exercise.key << ": " << text;
      }
      if (exercise.key == "s8-thinking-it-through" && row.fact == "event_age") days = row.days;
    }
  }
  EXPECT_EQ(days, 28) << "decision columns not in the first four weeks";
  EXPECT_THAT(facts, testing::IsSupersetOf(
                         {"leaving", "health_concern", "trauma_history", "therapy_break", "event_age"}));
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
  const WordList& telling = *ShippedRules().FindList("telling");
  EXPECT_FALSE(HasWord(telling, exercise().key));
  for (const auto& [language, title] : exercise().title) EXPECT_FALSE(HasWord(telling, title)) << title;
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

INSTANTIATE_TEST_SUITE_P(All, ShippedExercise, testing::Range(0, 36));

TEST(ShippedS2, VariantsDifferInContentAndAgreeInShape) {
  const ExerciseRevision& exercise = *ShippedCatalog().Latest("s2-responsibility");
  const Variant& involved = *exercise.FindVariant(EventRole::kInvolved);
  const Variant& betrayed = *exercise.FindVariant(EventRole::kBetrayed);
  const WordList& own_part = *ShippedRules().FindList("own_part_phrases");
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
    for (const LocalizedText* text : TextsOf(item)) EXPECT_FALSE(HasWord(own_part, TextIn(*text, "en")));
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
