// Text in and text out: fields, names, tables, errors.
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "admin/errors.h"
#include "admin/fields.h"
#include "admin/names.h"
#include "admin/print.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"

namespace mendwork::admin {
namespace {

TEST(Fields, AreSetFromText) {
  mendwork::v1::CreateCareRelationRequest request;
  ASSERT_TRUE(SetField(request, "care_relation.kind", "co-therapist").ok());
  ASSERT_TRUE(SetField(request, "care_relation.end_time", "2025-08-31T18:00:00+02:00").ok());
  EXPECT_EQ(request.care_relation().kind(), mendwork::v1::CareRelation::KIND_CO_THERAPIST);
  EXPECT_EQ(request.care_relation().end_time().seconds(), 1756656000);
}

TEST(Fields, RefuseWhatDoesNotFit) {
  mendwork::v1::CreateCareRelationRequest request;
  EXPECT_EQ(SetField(request, "care_relation.kind", "boss").message(),
            "\"boss\" is not one of: lead, co-therapist, cover.");
  EXPECT_FALSE(SetField(request, "care_relation.kind", "").ok());
  EXPECT_FALSE(SetField(request, "care_relation.end_time", "2025-08-31").ok());
  mendwork::v1::AssignExerciseRequest assign;
  ASSERT_TRUE(SetField(assign, "partner", "p").ok());
  EXPECT_EQ(SetField(assign, "role", "both").message(), "Give only one target.");
}

TEST(Fields, DurationsTakeDays) {
  EXPECT_EQ(*ParseDuration("7d"), absl::Hours(168));
  EXPECT_EQ(*ParseDuration("90m"), absl::Minutes(90));
  EXPECT_FALSE(ParseDuration("soon").ok());
}

TEST(Fields, AreReadAsText) {
  mendwork::admin::v1::Practice practice;
  practice.set_withdrawal_policy(mendwork::admin::v1::Practice::WITHDRAWAL_POLICY_ENTERED_IN_ERROR);
  practice.mutable_partner_grant_delay()->set_seconds(86400);
  practice.add_support_contacts()->set_label("Crisis line");
  practice.add_support_contacts()->set_label("Emergency");
  EXPECT_EQ(FieldText(practice, "withdrawal_policy", ""), "entered-in-error");
  EXPECT_EQ(FieldText(practice, "partner_grant_delay", ""), "24h");
  EXPECT_EQ(FieldText(practice, "support_contacts.label", ""), "Crisis line\nEmergency");
  EXPECT_EQ(FieldText(practice, "create_time", ""), "");
  mendwork::admin::v1::ServerStatus status;
  status.set_free_bytes(int64_t{3} << 20);
  EXPECT_EQ(FieldText(status, "free_bytes", ""), "3.0 MiB");
}

struct NameCase {
  const char* text;
  const char* collection;
  const char* base;
  const char* name;  // null: refused
};

TEST(Names, AreExpanded) {
  constexpr NameCase kCases[] = {
      {"c", "couples", "", "practices/p/couples/c"},
      {"couples/c", "couples", "", "practices/p/couples/c"},
      {"practices/q/couples/c", "couples", "", "practices/q/couples/c"},
      {"staff/c", "couples", "", nullptr},
      {"", "couples", "", nullptr},
      {"couples/", "couples", "", nullptr},
      {"couples/c/partners/x", "couples/*/partners", "", "practices/p/couples/c/partners/x"},
      {"x", "couples/*/partners", "practices/p/couples/c", "practices/p/couples/c/partners/x"},
      {"x", "couples/*/partners", "", nullptr},
      {"couples/c", "couples/*/partners", "", nullptr},
      {"d", "plugins/*/deliveries", "", nullptr},
      {"s2@3", "exercises", "", "exercises/s2/revisions/3"},
      {"exercises/s2/revisions/3", "exercises", "", "exercises/s2/revisions/3"},
      {"s2", "exercises", "", nullptr},
  };
  for (const NameCase& test : kCases) {
    const absl::StatusOr<std::string> name = ExpandName(test.text, test.collection, "practices/p", test.base);
    EXPECT_EQ(name.ok() ? *name : "refused", test.name == nullptr ? "refused" : test.name) << test.text;
  }
}

TEST(Names, AreShortened) {
  EXPECT_EQ(ShortName("practices/p/couples/c", "practices/p"), "couples/c");
  EXPECT_EQ(ShortName("practices/p2/couples/c", "practices/p"), "practices/p2/couples/c");
  EXPECT_EQ(ShortName("practices/p", "practices/p"), "practices/p");
  EXPECT_EQ(ShortName("exercises/s2/revisions/3", "practices/p"), "s2@3");
}

TEST(Print, LeavesNothingThatRewritesTheTerminal) {
  EXPECT_EQ(Clean("a\x1b[31mb"), "a?[31mb");
  EXPECT_EQ(Clean("a\xc2\x9b"
                  "b\r\t\n"),
            "a?b??\n");
  EXPECT_EQ(Clean("a\xe2\x80\xae"
                  "b"),
            "a?b");
  EXPECT_EQ(Clean("\xff\xc3"), "??");
  EXPECT_EQ(Clean("Привет, ñ"), "Привет, ñ");
}

TEST(Print, AlignsByCharacters) {
  EXPECT_EQ(Table({"Имя", "State"}, {{"ñandú", "active"}, {"x", "a\nb"}}),
            "Имя    State\n"
            "ñandú  active\n"
            "x      a, b\n");
  EXPECT_EQ(Record({{"A", "1"}, {"Long", "2\n3"}, {"None", ""}}), "A:     1\nLong:  2\n       3\n");
}

TEST(Print, WrapsAtSpaces) { EXPECT_EQ(Wrap("one two three", "  ", 9), "  one two\n  three\n"); }

absl::Status Refusal() {
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_REQUEST");
  google::rpc::BadRequest bad_request;
  google::rpc::BadRequest::FieldViolation* violation = bad_request.add_field_violations();
  violation->set_field("roles[0]");
  violation->set_description("Must not be partner.");
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(3);
  google::rpc::Status details;
  details.add_details()->PackFrom(info);
  details.add_details()->PackFrom(bad_request);
  details.add_details()->PackFrom(retry);
  return ServerError(absl::StatusCode::kInvalidArgument, "The request is not valid.",
                     details.SerializeAsString());
}

TEST(Errors, SayEverythingTheServerSaid) {
  const Failure failure = Explain(Refusal(), "staff create");
  EXPECT_EQ(failure.exit_code, ExitCode::kRefused);
  EXPECT_EQ(FailureText(failure),
            "mendctl: The request is not valid.\n"
            "  reason: INVALID_REQUEST\n"
            "  - roles[0]: Must not be partner.\n"
            "  wait at least 3s\n");
  EXPECT_TRUE(absl::StrContains(FailureJson(failure), "\"retryDelaySeconds\": 3.0"));
}

TEST(Errors, HaveExitCodes) {
  using absl::StatusCode;
  EXPECT_EQ(Explain(UsageError("x"), "").exit_code, ExitCode::kUsage);
  EXPECT_EQ(Explain(NotSignedInError("x"), "").exit_code, ExitCode::kNotSignedIn);
  EXPECT_EQ(Explain(UnreachableError("x"), "").exit_code, ExitCode::kUnreachable);
  EXPECT_EQ(Explain(RefusedError("x"), "").exit_code, ExitCode::kRefused);
  EXPECT_EQ(Explain(absl::NotFoundError("Cannot open x"), "").exit_code, ExitCode::kUsage);
  EXPECT_EQ(Explain(ServerError(StatusCode::kNotFound, "x", ""), "").exit_code, ExitCode::kRefused);
  EXPECT_EQ(Explain(ServerError(StatusCode::kUnauthenticated, "x", ""), "").exit_code,
            ExitCode::kNotSignedIn);
  EXPECT_EQ(Explain(ServerError(StatusCode::kUnavailable, "x", ""), "").exit_code, ExitCode::kUnreachable);
}

TEST(Errors, AdviseByReasonAndCommand) {
  const absl::Status status = ServerError(absl::StatusCode::kUnauthenticated, "x", "");
  EXPECT_EQ(Explain(status, "whoami").advice, "Sign in with: mendctl sign-in --name NAME");
  EXPECT_TRUE(absl::StartsWith(Explain(status, "sign-in").advice, "Check the sign-in name"));
}

}  // namespace
}  // namespace mendwork::admin
