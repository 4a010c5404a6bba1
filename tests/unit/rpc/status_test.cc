#include "service/rpc/status.h"

#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "service/base/status.h"
#include "service/rpc/limits.h"
#include "tests/unit/rpc/fixture.h"

namespace mendwork::rpc {
namespace {

constexpr char kSecretText[] = "row 17 of anna@example.org";

struct Case {
  const char* name;
  absl::Status status;
  int code;
  const char* reason;
  const char* message;
  bool localized;
};

TEST(StatusTest, Table) {
  const Case cases[] = {
      {"own builder", base::Error(absl::StatusCode::kFailedPrecondition, "NOT_OPEN", "It is closed."), 9,
       "NOT_OPEN", "It is closed.", true},
      {"aborted", base::Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "Read it again."), 10,
       "ETAG_MISMATCH", "Read it again.", false},
      {"permission", base::Error(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED", "No."), 7,
       "ROLE_NOT_ALLOWED", "No.", false},
      {"library text stays inside", absl::InvalidArgumentError(kSecretText), 3, "INVALID_ARGUMENT",
       "The request is not valid.", true},
      {"deadline of the writer", absl::DeadlineExceededError(kSecretText), 4, "DEADLINE_EXCEEDED",
       "The deadline of the call passed.", false},
      {"internal", base::Error(absl::StatusCode::kInternal, "GRANT_MISMATCH", kSecretText), 13, "INTERNAL",
       "An internal error happened; the log has it under abc.", false},
      {"data loss looks internal", absl::DataLossError(kSecretText), 13, "INTERNAL",
       "An internal error happened; the log has it under abc.", false},
      {"unknown looks internal", absl::UnknownError(kSecretText), 13, "INTERNAL",
       "An internal error happened; the log has it under abc.", false},
  };
  for (const Case& test_case : cases) {
    SCOPED_TRACE(test_case.name);
    const google::rpc::Status result = ToRpcStatus(test_case.status, "abc");
    EXPECT_EQ(result.code(), test_case.code);
    EXPECT_EQ(result.message(), test_case.message);
    const auto info = FindDetail<google::rpc::ErrorInfo>(result);
    ASSERT_TRUE(info.has_value());
    EXPECT_EQ(info->reason(), test_case.reason);
    EXPECT_EQ(info->domain(), "mendwork");
    const auto localized = FindDetail<google::rpc::LocalizedMessage>(result);
    EXPECT_EQ(localized.has_value(), test_case.localized);
    if (localized.has_value()) {
      EXPECT_EQ(localized->locale(), "en");
      EXPECT_EQ(localized->message(), test_case.message);
    }
    EXPECT_EQ(result.SerializeAsString().find(kSecretText), std::string::npos);
  }
}

TEST(StatusTest, NotFoundIsAlwaysTheSameBytes) {
  const std::string expected = ToRpcStatus(base::NotFound(), "").SerializeAsString();
  const absl::Status others[] = {
      absl::NotFoundError("couple 12 is of another practice"),
      base::Error(absl::StatusCode::kNotFound, "NO_CONSENT", "There is no consent."),
      base::Error(absl::StatusCode::kNotFound, "NOT_FOUND", ""),
  };
  for (const absl::Status& other : others) {
    EXPECT_EQ(ToRpcStatus(other, "id").SerializeAsString(), expected);
  }
  EXPECT_EQ(ToRpcStatus(base::NotFound(), "").message(),
            "The resource does not exist, or it is not visible to you.");
}

TEST(StatusTest, CarriesViolations) {
  const google::rpc::Status result =
      ToRpcStatus(base::InvalidArgument(
                      {{"name", "REQUIRED", "The field is required."}, {"answers[2]", "OTHER", "Too long."}}),
                  "");
  const auto bad_request = FindDetail<google::rpc::BadRequest>(result);
  ASSERT_TRUE(bad_request.has_value());
  ASSERT_EQ(bad_request->field_violations_size(), 2);
  EXPECT_EQ(bad_request->field_violations(0).field(), "name");
  EXPECT_EQ(bad_request->field_violations(0).description(), "The field is required.");
  EXPECT_EQ(bad_request->field_violations(1).field(), "answers[2]");
  EXPECT_EQ(ReasonIn(result), "INVALID_REQUEST");
}

TEST(StatusTest, KeepsWithinTheTrailersAndTellsWhatItLeftOut) {
  std::vector<base::Violation> violations;
  for (int i = 0; i < 400; ++i) {
    violations.push_back(
        {"answers[" + std::to_string(i) + "].item_id", "REQUIRED", "The field is required."});
  }
  const google::rpc::Status result = ToRpcStatus(base::InvalidArgument(violations), "");
  const auto bad_request = FindDetail<google::rpc::BadRequest>(result);
  const auto info = FindDetail<google::rpc::ErrorInfo>(result);
  ASSERT_TRUE(bad_request.has_value() && info.has_value());
  EXPECT_GT(bad_request->field_violations_size(), 50);
  EXPECT_EQ(info->metadata().at("violationsLeftOut"),
            std::to_string(400 - bad_request->field_violations_size()));
  EXPECT_LT(result.ByteSizeLong(), kErrorDetailsBytesMax + 512);
}

TEST(StatusTest, CarriesTheRetryDelay) {
  const google::rpc::Status result =
      ToRpcStatus(base::Exhausted("WRITER_QUEUE_FULL", "Busy.", absl::Milliseconds(1500)), "");
  const auto retry = FindDetail<google::rpc::RetryInfo>(result);
  ASSERT_TRUE(retry.has_value());
  EXPECT_EQ(retry->retry_delay().seconds(), 1);
  EXPECT_EQ(retry->retry_delay().nanos(), 500'000'000);
  EXPECT_EQ(result.code(), 8);
}

}  // namespace
}  // namespace mendwork::rpc
