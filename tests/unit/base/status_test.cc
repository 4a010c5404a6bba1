#include "service/base/status.h"

#include <gtest/gtest.h>

#include <memory>

namespace mendwork::base {
namespace {

TEST(Status, CarriesReasonAndMessage) {
  const absl::Status status =
      Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "The couple changed meanwhile.");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "The couple changed meanwhile.");
  EXPECT_EQ(Reason(status), "ETAG_MISMATCH");
  EXPECT_TRUE(Violations(status).empty());
  EXPECT_FALSE(RetryAfter(status).has_value());
}

TEST(Status, CarriesEveryViolationInOrder) {
  const absl::Status status = InvalidArgument(
      {{"answers[mood]", "range", "Give a number from 0 to 10."}, {"language", "required", "Name one."}});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Reason(status), "INVALID_REQUEST");
  const std::vector<Violation> violations = Violations(status);
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0].field, "answers[mood]");
  EXPECT_EQ(violations[0].rule, "range");
  EXPECT_EQ(violations[1].message, "Name one.");
}

TEST(Status, InvalidTextInAViolationIsReplacedNotThrown) {
  const absl::Status status = InvalidArgument({{"field\xff", "utf8", "Not text."}});
  EXPECT_EQ(Violations(status).size(), 1u);
}

TEST(Status, NotFoundIsAlwaysTheSame) {
  EXPECT_EQ(NotFound(), NotFound());
  EXPECT_EQ(NotFound().ToString(), NotFound().ToString());
  EXPECT_EQ(NotFound().message(), "The resource does not exist, or it is not visible to you.");
}

TEST(Status, ExhaustedSaysWhenToRetry) {
  const absl::Status status = Exhausted("WRITER_QUEUE_FULL", "Too many.", absl::Milliseconds(1500));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(RetryAfter(status), absl::Milliseconds(1500));
}

TEST(Status, ForeignStatusesHaveNoExtras) {
  EXPECT_EQ(Reason(absl::OkStatus()), "");
  EXPECT_EQ(Reason(absl::InternalError("x")), "");
  absl::Status broken = absl::InternalError("x");
  broken.SetPayload("mendwork.error", absl::Cord("{not json"));
  EXPECT_EQ(Reason(broken), "");
  EXPECT_FALSE(RetryAfter(broken).has_value());
}

absl::StatusOr<std::unique_ptr<int>> Make(bool ok) {
  if (!ok) {
    return NotFound();
  }
  return std::make_unique<int>(7);
}

absl::StatusOr<int> Use(bool ok) {
  MENDWORK_RETURN_IF_ERROR(absl::OkStatus());
  MENDWORK_ASSIGN_OR_RETURN(const std::unique_ptr<int> value, Make(ok));
  return *value;
}

TEST(Status, MacrosPassValuesAndErrors) {
  EXPECT_EQ(*Use(true), 7);
  EXPECT_EQ(Use(false).status(), NotFound());
}

}  // namespace
}  // namespace mendwork::base
