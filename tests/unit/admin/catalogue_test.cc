// What a clinician reads of an exercise before giving it, on the screen and on paper, and checks of files.
#include <gmock/gmock.h>

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "admin/exercise_text.h"
#include "admin/form_paper.h"
#include "admin/form_text.h"
#include "mendwork/v1/catalog_service.pb.h"
#include "service/base/file.h"
#include "tests/unit/admin/fakes.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::Exercise;
using mendwork::v1::Form;
using mendwork::v1::FormItem;
using testing::HasSubstr;
using testing::Not;

constexpr char kCatalog[] = MENDWORK_SOURCE_DIR "/service/catalog";

Exercise TwoForms() {
  Exercise exercise;
  exercise.set_name("exercises/s4-going-slowly/revisions/1");
  exercise.set_title("Going slowly, if at all");
  exercise.set_purpose("A private place.");
  exercise.set_strategy("S4");
  exercise.set_stage("moving_on");
  exercise.set_minutes_min(5);
  exercise.set_minutes_max(15);
  exercise.add_languages("en");
  exercise.mutable_schedule()->set_repeat("daily");
  exercise.mutable_schedule()->set_times(14);
  exercise.mutable_schedule()->set_then("every_2_weeks");
  exercise.mutable_schedule()->set_note("From day 1.");
  Exercise::Variant* first = exercise.add_variants();
  first->set_code("a");
  first->set_role(mendwork::v1::EVENT_ROLE_INVOLVED);
  Exercise::Variant* second = exercise.add_variants();
  second->set_code("b");
  second->set_role(mendwork::v1::EVENT_ROLE_BETRAYED);
  exercise.add_contraindications("Either partner is afraid of the other.");
  exercise.add_contraindications("Too early. (28 days)");
  exercise.add_required_capabilities("couple_work");
  exercise.add_missing_capabilities("couple_work");
  exercise.set_review_step("Ask each alone.");
  exercise.set_content_hash("abc");
  return exercise;
}

TEST(ExerciseText, SaysAllThatIsWeighedBeforeGivingIt) {
  EXPECT_EQ(ExerciseText(TwoForms()),
            "Going slowly, if at all\n"
            "s4-going-slowly@1, strategy S4, stage moving on, complete in en\n"
            "Cannot be assigned yet: this server lacks couple_work.\n"
            "\n"
            "Purpose\n"
            "  A private place.\n"
            "Dose\n"
            "  5 to 15 minutes; stopping early is a success\n"
            "Schedule\n"
            "  daily, 14 times, then every 2 weeks. From day 1.\n"
            "Forms\n"
            "  a (involved), b (betrayed); part of joint work\n"
            "Not to be given, or only with a plan of yours, when\n"
            "  - Either partner is afraid of the other.\n"
            "  - Too early. (28 days)\n"
            "Review\n"
            "  Ask each alone.\n"
            "Accepted by your practice\n"
            "  no: only a demo practice can assign it before one of its clinicians accepts it\n"
            "SHA-256\n"
            "  abc\n");
}

TEST(ExerciseText, LeavesOutWhatThereIsNot) {
  Exercise exercise = TwoForms();
  exercise.clear_missing_capabilities();
  exercise.clear_contraindications();
  exercise.clear_variants();
  exercise.add_variants()->set_code("a");
  exercise.set_solo(true);
  exercise.clear_schedule();
  exercise.mutable_schedule()->set_repeat("each_session");
  const std::string text = ExerciseText(exercise);
  EXPECT_THAT(text, Not(HasSubstr("Cannot be assigned")));
  EXPECT_THAT(text, Not(HasSubstr("Not to be given")));
  EXPECT_THAT(text, HasSubstr("  a (everybody); for one person alone\n"));
  EXPECT_THAT(text, HasSubstr("  each session\n"));
}

FormItem* AddItem(Form& form, FormItem::Type type, const std::string& id, const std::string& text) {
  FormItem* item = form.add_items();
  item->set_type(type);
  item->set_item_id(id);
  item->set_text(text);
  return item;
}

void AddOption(FormItem* item, const std::string& label, bool exclusive = false) {
  FormItem::Option* option = item->add_options();
  option->set_label(label);
  option->set_exclusive(exclusive);
}

Form SomeForm() {
  Form form;
  form.set_title("Sleep");
  form.set_exercise_revision("exercises/s1/revisions/2");
  form.set_language("en");
  form.set_purpose("To see how nights go.");
  form.set_minutes_min(1);
  form.set_minutes_max(5);
  AddItem(form, FormItem::TYPE_INFO, "hello", "Take your time.");
  FormItem* pick = AddItem(form, FormItem::TYPE_MULTI_CHOICE, "pick", "What helps?");
  pick->set_required(true);
  pick->set_count_max(3);
  AddOption(pick, "Tea");
  AddOption(pick, "A walk");
  AddOption(pick, "Nothing", true);
  pick->add_readers("you");
  pick->add_readers("your therapist, if you agreed");
  FormItem* scale = AddItem(
      form, FormItem::TYPE_SLIDER, "night",
      "How did you sleep, counted from the moment when you put out the light to the one when you got up?");
  scale->set_maximum(10);
  scale->set_step(1);
  scale->set_minimum_label("badly");
  scale->set_maximum_label("well");
  scale->set_show_when("you chose \"Tea\" at \"What helps?\"");
  scale->add_readers("you");
  AddItem(form, FormItem::TYPE_GATE, "door", "A step");
  FormItem* check = AddItem(form, FormItem::TYPE_SAFETY_CHECK, "worry", "I do not feel safe.");
  check->set_help("This counts as soon as you tick it.");
  return form;
}

TEST(FormText, ReadsLikeAForm) {
  EXPECT_EQ(FormText(SomeForm()),
            "Sleep\n"
            "s1@2, en, 1 to 5 minutes; stopping early is fine\n"
            "\n"
            "To see how nights go.\n"
            "\n"
            "1.  Take your time.\n"
            "    [To read.] hello\n"
            "\n"
            "2.  What helps?\n"
            "    [Choose any number. Must be answered.] pick\n"
            "    ( ) Tea\n"
            "    ( ) A walk\n"
            "    ( ) Nothing (instead of all others)\n"
            "    Who may read it, at the widest: you; your therapist, if you agreed\n"
            "\n"
            "3.  How did you sleep, counted from the moment when you put out the light to the\n"
            "    one when you got up?\n"
            "    [A scale from 0 (badly) to 10 (well), in steps of 1.] night\n"
            "    Shown if you chose \"Tea\" at \"What helps?\".\n"
            "    Who may read it, at the widest: you\n"
            "\n"
            "4.  A step\n"
            "    [Not answered here: readiness is set in couple work, blind, and never shown\n"
            "    to the other.] door\n"
            "\n"
            "5.  I do not feel safe.\n"
            "    This counts as soon as you tick it.\n"
            "    [Tick. It counts as soon as it is ticked, and is never shown again.] worry\n"
            "\n");
}

TEST(FormText, SaysWhatEveryTypeAsksFor) {
  for (int type = FormItem::TYPE_INFO; type <= FormItem::Type_MAX; ++type) {
    FormItem item;
    item.set_type(static_cast<FormItem::Type>(type));
    EXPECT_THAT(AskWords(item), Not(HasSubstr("does not know"))) << FormItem::Type_Name(item.type());
  }
}

TEST(FormPaper, HasBoxesAndBlanksAndTellsWhatPaperDoesNotDo) {
  const std::string paper = FormPaper(SomeForm());
  EXPECT_THAT(paper, HasSubstr("2.  What helps?\n"
                               "    Choose any number. Must be answered.\n"
                               "    [ ] Tea\n"
                               "    [ ] A walk\n"
                               "    [ ] Nothing\n"));
  EXPECT_THAT(paper, HasSubstr("    Only if you chose \"Tea\" at \"What helps?\".\n"
                               "    0  1  2  3  4  5  6  7  8  9  10\n"
                               "    0 = badly, 10 = well\n"));
  EXPECT_THAT(paper, HasSubstr("Please write no names on these pages"));
  EXPECT_THAT(paper, HasSubstr("Not on paper: you do this together with your therapist."));
  // A tick on paper tells nobody: the promise made for the screen is not repeated.
  EXPECT_THAT(paper, Not(HasSubstr("counts as soon as you tick it")));
  EXPECT_THAT(paper,
              HasSubstr("5.  I do not feel safe.\n    On paper this is read only when you hand it in."));
  EXPECT_THAT(paper, testing::EndsWith("s1@2, en\n"));
  EXPECT_THAT(paper, Not(HasSubstr("worry"))) << "ids are for clinicians";
}

TEST(FormPaper, LeavesRoomForEveryKindOfAnswer) {
  Form form;
  AddItem(form, FormItem::TYPE_TEXT, "t", "Text");
  AddOption(AddItem(form, FormItem::TYPE_LETTER, "l", "Letter"), "Part one");
  FormItem* ranked = AddItem(form, FormItem::TYPE_RANKED_CHOICE, "r", "Order");
  AddOption(ranked, "First");
  AddItem(form, FormItem::TYPE_DATE, "d", "Date");
  AddItem(form, FormItem::TYPE_TIME, "h", "Time");
  AddItem(form, FormItem::TYPE_YES_NO, "y", "Yes or no");
  FormItem* log = AddItem(form, FormItem::TYPE_ACTIVITY_LOG, "a", "Log");
  AddOption(log, "Walk");
  log->set_count_max(1);
  FormItem* group = AddItem(form, FormItem::TYPE_GROUP, "g", "People");
  group->set_count_max(2);
  group->add_items()->set_text("Who");
  form.set_third_party_notice("A notice.");
  const std::string paper = FormPaper(form);
  for (const char* room :
       {"    ______", "    Part one\n    ______", "    [__] First\n", "Year ______", "____ : ____",
        "[ ] Yes   [ ] No", "What to choose from: Walk", "[ ] done   [ ] cut short   [ ] skipped",
        "    1.1. Who\n", "    2.1. Who\n", "A notice.\n"}) {
    EXPECT_THAT(paper, HasSubstr(room));
  }
}

TEST(Preview, ChoosesTheFormOfARole) {
  FakeWorld world;
  world.transport.Answer("CatalogService.GetExercise", TwoForms());
  world.transport.Answer("CatalogService.PreviewForm", SomeForm());
  ASSERT_TRUE(world
                  .Run("catalogue preview",
                       {{"exercise", "s4-going-slowly@1"}, {"--role", "betrayed"}, {"--language", "es"}})
                  .ok());
  const auto sent = world.transport.Last<mendwork::v1::PreviewFormRequest>();
  EXPECT_EQ(sent.name(), "exercises/s4-going-slowly/revisions/1");
  EXPECT_EQ(sent.variant(), "b");
  EXPECT_EQ(sent.language(), "es");
  EXPECT_THAT(world.out.str(), HasSubstr("Cannot be assigned yet: this server lacks couple_work."));
  EXPECT_THAT(world.out.str(), HasSubstr("1.  Take your time."));
}

TEST(Preview, GivesAFormForEverybodyToAnyRole) {
  Exercise exercise = TwoForms();
  exercise.clear_variants();
  exercise.add_variants()->set_code("a");
  FakeWorld world;
  world.transport.Answer("CatalogService.GetExercise", exercise);
  world.transport.Answer("CatalogService.PreviewForm", SomeForm());
  ASSERT_TRUE(world.Run("catalogue preview", {{"exercise", "s7@1"}, {"--role", "involved"}}).ok());
  EXPECT_EQ(world.transport.Last<mendwork::v1::PreviewFormRequest>().variant(), "a");
}

TEST(Preview, AsksWhichOfSeveralForms) {
  FakeWorld world;
  world.transport.Answer("CatalogService.GetExercise", TwoForms());
  EXPECT_EQ(world.Run("catalogue preview", {{"exercise", "s4@1"}}).message(),
            "It has several forms, a (involved), b (betrayed): choose one with --role or --variant.");
  EXPECT_FALSE(world.Run("catalogue preview", {{"exercise", "s4@1"}, {"--role", "both"}}).ok());
  EXPECT_FALSE(
      world.Run("catalogue preview", {{"exercise", "s4@1"}, {"--role", "betrayed"}, {"--variant", "a"}})
          .ok());
}

TEST(Preview, PrintsThePaperAlone) {
  FakeWorld world;
  world.transport.Answer("CatalogService.GetExercise", TwoForms());
  world.transport.Answer("CatalogService.PreviewForm", SomeForm());
  ASSERT_TRUE(
      world.Run("catalogue preview", {{"exercise", "s4@1"}, {"--variant", "a"}, {"--print", "true"}}).ok());
  EXPECT_EQ(world.out.str(), FormPaper(SomeForm()));
}

TEST(CatalogueList, MarksWhatCannotBeAssigned) {
  mendwork::v1::ListExercisesResponse response;
  *response.add_exercises() = TwoForms();
  FakeWorld world;
  world.transport.Answer("CatalogService.ListExercises", response);
  ASSERT_TRUE(world.Run("catalogue list").ok());
  EXPECT_THAT(world.out.str(), HasSubstr("Not assignable here, lacks"));
  EXPECT_THAT(world.out.str(), HasSubstr("couple_work"));
}

std::string ShippedS7() {
  absl::StatusOr<std::string> text = base::ReadFile(absl::StrCat(kCatalog, "/exercises/s7-self-care.yaml"));
  EXPECT_TRUE(text.ok());
  return text.value_or("");
}

const std::string& RulesPath() {
  static const auto& path = *new std::string(absl::StrCat(kCatalog, "/lint/harm-rules.yaml"));
  return path;
}

TEST(Check, ReadsStandardInput) {
  FakeWorld world;
  world.terminal.input = {ShippedS7()};
  ASSERT_TRUE(world.Run("catalogue check", {{"file", "-"}, {"--rules", RulesPath()}}).ok());
  EXPECT_EQ(world.out.str(), "standard input: s7-self-care@1, right\n");
}

TEST(Check, HoldsAFileToTheHarmRules) {
  FakeWorld world;
  world.terminal.input = {absl::StrReplaceAll(ShippedS7(), {{"Looking after yourself", "After the affair"}})};
  const absl::Status status = world.Run("catalogue check", {{"file", "-"}, {"--rules", RulesPath()}});
  EXPECT_EQ(Explain(status, "").exit_code, ExitCode::kRefused);
  EXPECT_THAT(world.out.str(), HasSubstr("standard input:8: title_neutral: "));
}

TEST(Check, UsesTheRulesThatAWholeCatalogueBrings) {
  FakeWorld world;
  ASSERT_TRUE(world.Run("catalogue check", {{"file", kCatalog}}).ok()) << world.out.str();
  EXPECT_THAT(world.out.str(), HasSubstr("lint/harm-rules.yaml: 10 harm rules, right"));
  EXPECT_THAT(world.out.str(), HasSubstr("s8-where-i-am-now@1, right"));
}

TEST(Check, SaysWhichRulesItMisses) {
  FakeWorld world;
  world.terminal.input = {ShippedS7()};
  const absl::Status status =
      world.Run("catalogue check", {{"file", "-"}, {"--rules", "/nowhere/rules.yaml"}});
  EXPECT_EQ(Explain(status, "").exit_code, ExitCode::kUsage);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/rules.yaml: name them with --rules"));
}

}  // namespace
}  // namespace mendwork::admin
