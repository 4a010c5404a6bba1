#include "service/rpc/validate.h"

#include <google/protobuf/text_format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "service/base/status.h"
#include "service/rpc/limits.h"

namespace mendwork::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr char kUuid[] = "0b0f5b9e-4d53-4c31-9e57-0b1f3a5d7c90";

// "field rule" of every violation.
std::vector<std::string> Found(const google::protobuf::Message& request,
                               UnknownFields unknown_fields = UnknownFields::kRefuse) {
  const absl::Status status = ValidateRequest(request, unknown_fields);
  std::vector<std::string> found;
  for (const base::Violation& violation : base::Violations(status)) {
    found.push_back(violation.field + " " + violation.rule);
  }
  EXPECT_EQ(status.ok(), found.empty());
  return found;
}

v1::SubmitResponseRequest GoodSubmission() {
  v1::SubmitResponseRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        name: "practices/p/couples/c/assignments/a/responses/r"
        etag: "e"
        request_id: "0b0f5b9e-4d53-4c31-9e57-0b1f3a5d7c90"
        answers { item_id: "a" text: "words" }
        answers {
          item_id: "b"
          codes { codes: "x" }
        }
        answers {
          item_id: "c"
          log { entries { activity: "walk" outcome: OUTCOME_DONE minutes: 30 } }
        }
        answers {
          item_id: "d"
          letter { sections { key: "facts" value: "text" } }
        }
        answers {
          item_id: "e"
          rows { rows { answers { item_id: "f" number: 2 } } }
        }
      )pb",
      &request));
  return request;
}

TEST(ValidateTest, AcceptsAGoodRequest) { EXPECT_THAT(Found(GoodSubmission()), IsEmpty()); }

struct Case {
  const char* name;
  void (*spoil)(v1::SubmitResponseRequest&);
  const char* expected;
};

TEST(ValidateTest, EveryRuleAtItsPath) {
  using Request = v1::SubmitResponseRequest;
  const Case cases[] = {
      {"required text", [](Request& r) { r.clear_name(); }, "name REQUIRED"},
      {"required below", [](Request& r) { r.mutable_answers(1)->clear_item_id(); },
       "answers[1].item_id REQUIRED"},
      {"max_bytes", [](Request& r) { r.set_name(std::string(257, 'n')); }, "name MAX_BYTES"},
      {"max_bytes below", [](Request& r) { r.mutable_answers(0)->set_text(std::string(65537, 't')); },
       "answers[0].text MAX_BYTES"},
      {"max_bytes of elements",
       [](Request& r) { r.mutable_answers(1)->mutable_codes()->add_codes(std::string(65, 'c')); },
       "answers[1].codes.codes[1] MAX_BYTES"},
      {"max_bytes of map values, without the key",
       [](Request& r) {
         (*r.mutable_answers(3)->mutable_letter()->mutable_sections())["facts"] = std::string(65537, 's');
       },
       "answers[3].letter.sections MAX_BYTES"},
      {"max_items of a map",
       [](Request& r) {
         for (int i = 0; i < 20; ++i) {
           (*r.mutable_answers(3)->mutable_letter()->mutable_sections())[std::to_string(i)] = "s";
         }
       },
       "answers[3].letter.sections MAX_ITEMS"},
      {"max_items",
       [](Request& r) {
         for (int i = 0; i < 500; ++i) {
           r.add_withheld_items("i");
         }
         r.add_withheld_items("i");
       },
       "withheld_items MAX_ITEMS"},
      {"uuid4: not a UUID", [](Request& r) { r.set_request_id("1"); }, "request_id UUID4"},
      {"uuid4: version 1", [](Request& r) { r.set_request_id("0b0f5b9e-4d53-1c31-9e57-0b1f3a5d7c90"); },
       "request_id UUID4"},
      {"uuid4: other variant", [](Request& r) { r.set_request_id("0b0f5b9e-4d53-4c31-ce57-0b1f3a5d7c90"); },
       "request_id UUID4"},
      {"uuid4: braces", [](Request& r) { r.set_request_id("{0b0f5b9e-4d53-4c31-9e57-0b1f3a5d7c}"); },
       "request_id UUID4"},
      {"uuid4: absent", [](Request& r) { r.clear_request_id(); }, "request_id REQUIRED"},
      {"defined_enum",
       [](Request& r) { r.mutable_answers(2)->mutable_log()->mutable_entries(0)->clear_outcome(); },
       "answers[2].log.entries[0].outcome DEFINED_ENUM"},
      {"unknown enum number",
       [](Request& r) {
         r.mutable_answers(2)->mutable_log()->mutable_entries(0)->set_outcome(
             static_cast<v1::ActivityLog::Entry::Outcome>(77));
       },
       "answers[2].log.entries[0].outcome UNKNOWN_ENUM_VALUE"},
      {"bounded above",
       [](Request& r) { r.mutable_answers(2)->mutable_log()->mutable_entries(0)->set_minutes(1441); },
       "answers[2].log.entries[0].minutes BOUNDS"},
      {"bounded below",
       [](Request& r) { r.mutable_answers(2)->mutable_log()->mutable_entries(0)->set_minutes(-1); },
       "answers[2].log.entries[0].minutes BOUNDS"},
      {"bounded optional",
       [](Request& r) { r.mutable_answers(2)->mutable_log()->mutable_entries(0)->set_rating(11); },
       "answers[2].log.entries[0].rating BOUNDS"},
      {"not a number",
       [](Request& r) {
         r.mutable_answers(4)->mutable_rows()->mutable_rows(0)->mutable_answers(0)->set_number(
             std::numeric_limits<double>::quiet_NaN());
       },
       "answers[4].rows.rows[0].answers[0].number FINITE"},
      {"unknown field", [](Request& r) { r.GetReflection()->MutableUnknownFields(&r)->AddVarint(999, 1); },
       "999 UNKNOWN_FIELD"},
      {"unknown field at depth",
       [](Request& r) {
         v1::Answer& answer = *r.mutable_answers(4)->mutable_rows()->mutable_rows(0)->mutable_answers(0);
         answer.GetReflection()->MutableUnknownFields(&answer)->AddLengthDelimited(998, "x");
       },
       "answers[4].rows.rows[0].answers[0].998 UNKNOWN_FIELD"},
      {"unknown field repeated",
       [](Request& r) {
         v1::Letter& letter = *r.mutable_answers(3)->mutable_letter();
         letter.GetReflection()->MutableUnknownFields(&letter)->AddVarint(50, 1);
         letter.GetReflection()->MutableUnknownFields(&letter)->AddVarint(50, 2);
       },
       "answers[3].letter.50 UNKNOWN_FIELD"},
  };
  for (const Case& test_case : cases) {
    SCOPED_TRACE(test_case.name);
    v1::SubmitResponseRequest request = GoodSubmission();
    test_case.spoil(request);
    EXPECT_THAT(Found(request), ElementsAre(test_case.expected));
  }
}

TEST(ValidateTest, TellsEverythingAtOnce) {
  v1::SubmitResponseRequest request = GoodSubmission();
  request.clear_name();
  request.set_request_id("no");
  request.mutable_answers(0)->clear_item_id();
  request.mutable_answers(2)->mutable_log()->mutable_entries(0)->set_minutes(5000);
  EXPECT_THAT(Found(request),
              UnorderedElementsAre("name REQUIRED", "request_id UUID4", "answers[0].item_id REQUIRED",
                                   "answers[2].log.entries[0].minutes BOUNDS"));
}

TEST(ValidateTest, ReadsAUuidInEitherCase) {
  v1::SubmitResponseRequest request = GoodSubmission();
  request.set_request_id("0B0F5B9E-4D53-4C31-9E57-0B1F3A5D7C90");
  EXPECT_THAT(Found(request), IsEmpty());
}

TEST(ValidateTest, QueriesMayHoldUnknownFields) {
  v1::GetFlagRequest request;
  request.set_name("practices/p/flags/f");
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(999, 1);
  EXPECT_THAT(Found(request, UnknownFields::kIgnore), IsEmpty());
  EXPECT_THAT(Found(request, UnknownFields::kRefuse), ElementsAre("999 UNKNOWN_FIELD"));
}

TEST(ValidateTest, RequiredMessagesAndDefaultLimits) {
  admin::v1::UpdatePracticeRequest request;
  request.set_request_id(kUuid);
  EXPECT_THAT(Found(request), UnorderedElementsAre("practice REQUIRED", "update_mask REQUIRED"));
  request.mutable_practice()->set_name("practices/p");
  request.mutable_update_mask()->add_paths(std::string(kFieldBytesDefault + 1, 'p'));
  EXPECT_THAT(Found(request), ElementsAre("update_mask.paths[0] MAX_BYTES"));
  request.mutable_update_mask()->clear_paths();
  for (int i = 0; i <= kFieldItemsDefault; ++i) {
    request.mutable_update_mask()->add_paths("display_name");
  }
  EXPECT_THAT(Found(request), ElementsAre("update_mask.paths MAX_ITEMS"));
}

TEST(ValidateTest, TimesMustBeTimes) {
  admin::v1::UpdatePracticeRequest request;
  request.set_request_id(kUuid);
  request.mutable_update_mask()->add_paths("partner_grant_delay");
  request.mutable_practice()->mutable_partner_grant_delay()->set_seconds(1);
  request.mutable_practice()->mutable_partner_grant_delay()->set_nanos(-1);
  request.mutable_practice()->mutable_create_time()->set_nanos(std::numeric_limits<int>::min());
  EXPECT_THAT(Found(request), UnorderedElementsAre("practice.partner_grant_delay DURATION",
                                                   "practice.create_time TIMESTAMP"));
}

TEST(ValidateTest, BoundsTheElementsOfAWholeRequest) {
  v1::SubmitResponseRequest request = GoodSubmission();
  v1::Rows& rows = *request.mutable_answers(4)->mutable_rows();
  rows.clear_rows();
  for (int row = 0; row < 50; ++row) {
    v1::Rows::Row& added = *rows.add_rows();
    for (int i = 0; i < 50; ++i) {
      added.add_answers()->set_item_id("f");
    }
  }
  EXPECT_THAT(Found(request), IsEmpty());
  for (int copy = 0; copy < 4; ++copy) {
    v1::Answer& answer = *request.add_answers();
    answer = request.answers(4);
  }
  const std::vector<std::string> found = Found(request);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0], ::testing::HasSubstr("MAX_ITEMS"));
}

TEST(ValidateTest, StopsWhereNobodyWouldReadOn) {
  v1::SubmitResponseRequest request = GoodSubmission();
  v1::Rows& rows = *request.mutable_answers(4)->mutable_rows();
  for (int row = 0; row < 40; ++row) {
    v1::Rows::Row& added = *rows.add_rows();
    for (int i = 0; i < 50; ++i) {
      added.add_answers();
    }
  }
  EXPECT_EQ(Found(request).size(), kViolationsMax);
}

TEST(ValidateTest, NeverPrintsValuesOrKeys) {
  const std::string marker = "marker-of-the-sweep";
  v1::SubmitResponseRequest request = GoodSubmission();
  request.set_name(marker + std::string(300, 'n'));
  request.set_request_id(marker);
  (*request.mutable_answers(3)->mutable_letter()->mutable_sections())[marker] =
      marker + std::string(70000, 's');
  request.mutable_answers(0)->set_text(marker + std::string(70000, 't'));
  const absl::Status status = ValidateRequest(request, UnknownFields::kRefuse);
  EXPECT_EQ(base::Violations(status).size(), 4u);
  EXPECT_EQ(status.ToString().find(marker), std::string::npos);
  for (const base::Violation& violation : base::Violations(status)) {
    EXPECT_EQ((violation.field + violation.message).find(marker), std::string::npos);
  }
}

}  // namespace
}  // namespace mendwork::rpc
