// Bundles against golden files: tests/golden/fhir/NAME.event.json becomes NAME.bundle.json. After an intended
// change run with MENDWORK_REWRITE_GOLDEN=1 and read the difference.
#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "plugins/fhir/event_check.h"
#include "plugins/fhir/plan.h"

namespace mendwork::fhir {
namespace {

std::string GoldenPath(const std::string& name) {
  return std::string(MENDWORK_SOURCE_DIR) + "/tests/golden/fhir/" + name;
}

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

v1::Event ReadEvent(const std::string& name) {
  v1::Event event;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(ReadText(GoldenPath(name)), &event).ok()) << name;
  return event;
}

Configuration PracticeConfiguration() {
  Configuration configuration;
  configuration.base_url = "https://ehr.example/fhir/R4";
  configuration.identifier_base_url = "https://practice.example/mendwork";
  configuration.questionnaire_base_url = "https://practice.example/forms";
  return configuration;
}

class FhirPlanGoldenTest : public testing::TestWithParam<std::string> {};

TEST_P(FhirPlanGoldenTest, BundleIsAsReviewed) {
  const v1::Event event = ReadEvent(GetParam() + ".event.json");
  ASSERT_FALSE(RefusalOf(event).has_value()) << RefusalOf(event)->ShortDebugString();
  const Configuration configuration = PracticeConfiguration();
  const Plan plan = MakePlan({configuration, "patient-1"}, event.response_released());
  const std::string found = plan.bundle.dump(2) + "\n";
  const std::string path = GoldenPath(GetParam() + ".bundle.json");
  if (std::getenv("MENDWORK_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(path) << found;
  }
  EXPECT_EQ(found, ReadText(path));
}

INSTANTIATE_TEST_SUITE_P(Fhir, FhirPlanGoldenTest, testing::Values("full", "scores_only"));

TEST(FhirPlanTest, EqualContentHasEqualHashAndOtherContentAnother) {
  v1::Event event = ReadEvent("full.event.json");
  const Configuration configuration = PracticeConfiguration();
  const std::string first = MakePlan({configuration, "p"}, event.response_released()).content_hash;
  EXPECT_EQ(first.size(), 32U);
  EXPECT_EQ(first, MakePlan({configuration, "p"}, event.response_released()).content_hash);
  EXPECT_NE(first, MakePlan({configuration, "q"}, event.response_released()).content_hash);
  event.mutable_response_released()->mutable_answers(1)->mutable_values(0)->set_integer(3);
  EXPECT_NE(first, MakePlan({configuration, "p"}, event.response_released()).content_hash);
}

TEST(FhirPlanTest, QuestionnaireIsLeftOutWhereTheServerTakesNone) {
  Configuration configuration = PracticeConfiguration();
  configuration.send_questionnaires = false;
  const Plan plan = MakePlan({configuration, "p"}, ReadEvent("full.event.json").response_released());
  EXPECT_EQ(plan.first_entry, 0U);
  EXPECT_EQ(plan.bundle["entry"].size(), 3U);
  EXPECT_EQ(plan.bundle["entry"][0]["resource"]["resourceType"], "QuestionnaireResponse");
}

struct RefusalCase {
  const char* name;
  const char* code;
  void (*change)(v1::Event&);
};

v1::ResponseReleased& Release(v1::Event& event) { return *event.mutable_response_released(); }

const RefusalCase kRefusals[] = {
    {"unknown payload", "unsupported-event", [](v1::Event& e) { e.clear_payload(); }},
    {"no chart", "chart-not-linked", [](v1::Event& e) { e.clear_record_link(); }},
    {"release id with a slash", "invalid-event",
     [](v1::Event& e) { Release(e).set_release_id(std::string(30, '/')); }},
    {"revision 0", "invalid-event", [](v1::Event& e) { Release(e).set_revision(0); }},
    {"no authored time", "invalid-event", [](v1::Event& e) { Release(e).clear_authored_time(); }},
    {"answers without definition", "invalid-event", [](v1::Event& e) { Release(e).clear_questionnaire(); }},
    {"unknown option", "invalid-event",
     [](v1::Event& e) { Release(e).mutable_answers(3)->mutable_values(0)->set_option("x"); }},
    {"wrong kind of value", "invalid-event",
     [](v1::Event& e) { Release(e).mutable_answers(1)->mutable_values(0)->set_text("2"); }},
    {"two values for one", "invalid-event",
     [](v1::Event& e) { Release(e).mutable_answers(1)->add_values()->set_integer(1); }},
    {"answered twice", "invalid-event",
     [](v1::Event& e) { *Release(e).add_answers() = Release(e).answers(1); }},
    {"answer to a group", "invalid-event",
     [](v1::Event& e) { Release(e).mutable_answers(0)->add_values()->set_integer(1); }},
    {"item of a group outside it", "invalid-event",
     [](v1::Event& e) { *Release(e).add_answers() = Release(e).answers(0).answers(0); }},
    {"link id twice", "invalid-event",
     [](v1::Event& e) {
       *Release(e).mutable_questionnaire()->add_items() = Release(e).questionnaire().items(0);
     }},
    {"condition on an unknown item", "invalid-event",
     [](v1::Event& e) {
       Release(e).mutable_questionnaire()->mutable_items(3)->mutable_enable_when(0)->set_question("x");
     }},
    {"score without measure", "invalid-event", [](v1::Event& e) { Release(e).clear_measures(); }},
    {"score that is no number", "invalid-event",
     [](v1::Event& e) { Release(e).mutable_scores(0)->set_total(0.0 / 0.0); }},
    {"score twice", "invalid-event", [](v1::Event& e) { *Release(e).add_scores() = Release(e).scores(0); }},
    {"nothing", "nothing-to-send",
     [](v1::Event& e) {
       Release(e).clear_answers();
       Release(e).clear_scores();
     }},
    {"seven scores", "too-many-scores",
     [](v1::Event& e) {
       for (const char* id : {"m1", "m2", "m3", "m4", "m5"}) {
         Release(e).add_measures()->set_id(id);
         Release(e).add_scores()->set_measure_id(id);
       }
     }},
};

TEST(FhirEventCheckTest, RefusesWhatCannotBeWritten) {
  for (const RefusalCase& each : kRefusals) {
    v1::Event event = ReadEvent("full.event.json");
    ASSERT_FALSE(RefusalOf(event).has_value());
    each.change(event);
    const absl::optional<v1::Outcome> refusal = RefusalOf(event);
    ASSERT_TRUE(refusal.has_value()) << each.name;
    EXPECT_EQ(refusal->permanent().code(), each.code) << each.name;
  }
}

}  // namespace
}  // namespace mendwork::fhir
