// What each HTTP status means for a delivery, as a table.
#include <gtest/gtest.h>

#include "plugins/fhir/outcome.h"
#include "plugins/fhir/url.h"

namespace mendwork::fhir {
namespace {

// "retry CODE", "item CODE", "configuration CODE", "link CODE" or "ok".
std::string Words(const absl::optional<v1::Outcome>& outcome) {
  if (!outcome.has_value()) {
    return "ok";
  }
  if (outcome->has_retry()) {
    return "retry " + outcome->retry().code();
  }
  switch (outcome->permanent().scope()) {
    case v1::PERMANENT_SCOPE_ITEM:
      return "item " + outcome->permanent().code();
    case v1::PERMANENT_SCOPE_RECORD_LINK:
      return "link " + outcome->permanent().code();
    default:
      return "configuration " + outcome->permanent().code();
  }
}

TEST(FhirOutcomeTest, StatusTable) {
  const std::pair<int, const char*> table[] = {
      {200, "ok"},
      {201, "ok"},
      {204, "ok"},
      {302, "configuration redirected"},
      {400, "item rejected"},
      {401, "configuration unauthorized"},
      {403, "configuration forbidden"},
      {404, "configuration not-found"},
      {405, "configuration unsupported"},
      {408, "retry timed-out"},
      {409, "retry contended"},
      {410, "configuration not-found"},
      {412, "retry contended"},
      {413, "item too-large"},
      {422, "item rejected"},
      {429, "retry throttled"},
      {500, "retry server-error"},
      {501, "configuration unsupported"},
      {502, "retry server-error"},
      {503, "retry server-error"},
      {504, "retry server-error"},
      {0, "configuration not-http"},
      {999, "configuration not-http"},
  };
  for (const auto& [status, expected] : table) {
    EXPECT_EQ(Words(FailureOfStatus(status, Purpose::kWrite, absl::ZeroDuration())), expected) << status;
  }
  EXPECT_EQ(Words(FailureOfStatus(404, Purpose::kChart, absl::ZeroDuration())), "link chart-not-found");
  EXPECT_EQ(Words(FailureOfStatus(410, Purpose::kChart, absl::ZeroDuration())), "link chart-not-found");
}

TEST(FhirOutcomeTest, TransportTable) {
  const std::pair<TransportFailure, const char*> table[] = {
      {TransportFailure::kUnreachable, "retry unreachable"},
      {TransportFailure::kTimedOut, "retry timed-out"},
      {TransportFailure::kCancelled, "retry cancelled"},
      {TransportFailure::kUntrusted, "configuration untrusted-certificate"},
      {TransportFailure::kTooLarge, "configuration answer-too-large"},
  };
  for (const auto& [failure, expected] : table) {
    HttpResponse response;
    response.failure = failure;
    EXPECT_EQ(Words(FailureOf(response, Purpose::kWrite, absl::UnixEpoch())), expected);
  }
}

TEST(FhirOutcomeTest, RetryAfterTable) {
  const absl::Time now = absl::FromUnixSeconds(1795342500);  // Sun, 22 Nov 2026 10:15:00 GMT
  struct Case {
    const char* header;
    const char* value;
    int64_t seconds;
  };
  const Case table[] = {
      {"retry-after", "7", 7},
      {"retry-after", "0", 0},
      {"retry-after", "-5", 0},
      {"retry-after", "999999999", 86400},
      {"retry-after", "Sun, 22 Nov 2026 10:16:30 GMT", 90},
      {"retry-after", "Sun, 22 Nov 2026 10:00:00 GMT", 0},
      {"retry-after", "soon", 0},
      {"ratelimit", "\"requests\";r=0;t=12, \"fhirInteractions\";r=40;t=55", 12},
      {"ratelimit", "\"requests\";r=3;t=12", 0},
      {"ratelimit", "nonsense;;r=;t=", 0},
      {"x-other", "7", 0},
  };
  for (const Case& each : table) {
    HttpResponse response;
    response.status = 429;
    response.headers[each.header] = each.value;
    EXPECT_EQ(absl::ToInt64Seconds(RetryAfterOf(response, now)), each.seconds)
        << each.header << ": " << each.value;
    const absl::optional<v1::Outcome> outcome = FailureOf(response, Purpose::kWrite, now);
    EXPECT_EQ(outcome->retry().after().seconds(), each.seconds);
    EXPECT_EQ(outcome->retry().has_after(), each.seconds > 0);
  }
}

TEST(FhirOutcomeTest, IssuesAreLoggedByCodeAndPathOnly) {
  const Json outcome = *ParseJson(R"({"resourceType": "OperationOutcome", "issue": [
      {"severity": "error", "code": "invalid", "details": {"text": "Zwetschgenkuchen"}, "diagnostics": "Zwetschgenkuchen",
       "expression": ["QuestionnaireResponse.item[0].answer"]},
      {"severity": "error", "code": "Zwetschgenkuchen", "expression": ["Observation.value = 'Zwetschgenkuchen'"]},
      {"severity": "error", "code": "value", "expression": ["Zwetschgenkuchen.item"]}, 7]})");
  testing::internal::CaptureStderr();
  LogIssues(outcome, 422);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(log.find("Zwetschgenkuchen"), std::string::npos) << log;
  EXPECT_NE(log.find(R"("code":"invalid","expression":"QuestionnaireResponse.item[0].answer")"),
            std::string::npos)
      << log;
  EXPECT_NE(log.find(R"("code":"other","expression":"none")"), std::string::npos) << log;
}

TEST(FhirUrlTest, IdentifiersAreEscapedForFhirAndForUrls) {
  EXPECT_EQ(IdentifierSearch("https://p.example/id", "a-1/b", "|"), "identifier=https://p.example/id|a-1/b");
  EXPECT_EQ(IdentifierSearch("urn:x", "a|b,c$d\\e&f=g #", "%7C"),
            "identifier=urn:x%7Ca%5C%7Cb%5C%2Cc%5C%24d%5C%5Ce%26f%3Dg%20%23");
  EXPECT_EQ(EncodeQuery("я"), "%D1%8F");
}

TEST(FhirUrlTest, IdsAreFhirIds) {
  for (const char* good : {"a", "A-1.b", "7a3c9f5e-0001-4c1e-9a55-000000000001"}) {
    EXPECT_TRUE(IsFhirId(good)) << good;
  }
  for (const char* bad : {"", ".", "..", "a/b", "a b", "a?b", "%2e", "я"}) {
    EXPECT_FALSE(IsFhirId(bad)) << bad;
  }
  EXPECT_FALSE(IsFhirId(std::string(65, 'a')));
}

TEST(FhirUrlTest, UuidIsVersionFive) {
  // RFC 4122's algorithm; the value is the well-known one for this name in the URL namespace.
  EXPECT_EQ(UuidUrn("http://www.example.com/"), "urn:uuid:fcde3c85-2270-590f-9e7c-ee003d65e0e2");
}

TEST(FhirJsonTest, HostileJsonIsRefused) {
  EXPECT_FALSE(ParseJson("").has_value());
  EXPECT_FALSE(ParseJson("{\"a\":").has_value());
  EXPECT_FALSE(ParseJson("\"\xff\"").has_value());
  EXPECT_FALSE(ParseJson(std::string(100000, '[')).has_value());
  EXPECT_TRUE(ParseJson("{\"a\":\"[[[[\\\"[[[[\"}").has_value());
  EXPECT_EQ(TextAt(*ParseJson("{\"a\":1}"), "a"), "");
  EXPECT_EQ(TextAt(*ParseJson("[1]"), "a"), "");
}

TEST(FhirJsonTest, NumbersAndTextsSuitFhir) {
  EXPECT_EQ(NumberJson(4.0).dump(), "4");
  EXPECT_EQ(NumberJson(-2.5).dump(), "-2.5");
  EXPECT_EQ(NumberJson(0.1).dump(), "0.1");
  EXPECT_EQ(FhirText(absl::string_view("a\0b\x1f\tc\r\n\x7f", 8)), "a b \tc\r\n");
}

}  // namespace
}  // namespace mendwork::fhir
