// What is said and how it is signed: byte for byte, and nothing besides.
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/sdk/json.h"
#include "plugins/webhook/notice.h"
#include "plugins/webhook/outcome.h"

namespace mendwork::webhook {
namespace {

constexpr char kRelease[] = "release-00000000000000000001";
const absl::Time kNow = absl::FromUnixSeconds(1795342500);

// Everything an event could hold, as if the host had filtered nothing.
v1::Event FullEvent() {
  v1::Event event;
  const auto status = google::protobuf::util::JsonStringToMessage(R"({
    "type": "EVENT_TYPE_RESPONSE_RELEASED", "subject": "subject-1", "occurredTime": "2026-11-22T10:15:00.5Z",
    "recordLink": {"system": "urn:oid:1.2.3", "value": "MRN-needle"},
    "responseReleased": {"releaseId": "release-00000000000000000001", "revision": 2, "language": "needle-ru",
      "authoredTime": "2026-11-20T01:02:03Z",
      "questionnaire": {"key": "needle-key", "variant": "a", "revision": 3, "title": {"text": "needle"},
        "items": [{"linkId": "needle-item", "type": "ITEM_TYPE_TEXT", "text": {"text": "needle"}}]},
      "answers": [{"linkId": "needle-item", "values": [{"text": "needle"}]}],
      "scores": [{"measureId": "needle-measure", "total": 27, "band": "needle"}],
      "measures": [{"id": "needle-measure", "title": "needle"}]}})",
                                                                  &event);
  EXPECT_TRUE(status.ok()) << status;
  return event;
}

Configuration Settings(const std::string& more = "") {
  return ParseConfiguration(
             absl::StrCat(R"({"url": "https://hooks.example/in", "source": "/practices/p")", more, "}"), {})
      .configuration;
}

std::string Header(const http::HttpRequest& request, absl::string_view name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) {
      return value;
    }
  }
  return "absent";
}

SigningKeys Keys() { return *ParseSigningSecrets("whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg="); }

TEST(WebhookNoticeTest, AReleaseByteForByte) {
  const Configuration configuration = Settings();
  const NoticeOrRefusal made = ReleasedNotice(configuration, FullEvent());
  ASSERT_FALSE(made.refusal.has_value());
  const http::HttpRequest request = MakeRequest(configuration, Keys(), made.notice, kNow);
  EXPECT_EQ(request.body,
            R"({"data":{"releaseId":"release-00000000000000000001","revision":2},)"
            R"("datacontenttype":"application/json","id":"released-release-00000000000000000001-2",)"
            R"("source":"/practices/p","specversion":"1.0","subject":"subject-1",)"
            R"("time":"2026-11-22T10:15:00.5Z","type":"mendwork.response.released.v1"})");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://hooks.example/in");
  EXPECT_EQ(Header(request, "Content-Type"), "application/cloudevents+json; charset=utf-8");
  EXPECT_EQ(Header(request, "webhook-id"), "released-release-00000000000000000001-2");
  EXPECT_EQ(Header(request, "webhook-timestamp"), "1795342500");
  // A later attempt: the same id and body, another timestamp and signature.
  const http::HttpRequest later = MakeRequest(configuration, Keys(), made.notice, kNow + absl::Hours(1));
  EXPECT_EQ(later.body, request.body);
  EXPECT_EQ(Header(later, "webhook-id"), Header(request, "webhook-id"));
  EXPECT_EQ(Header(later, "webhook-timestamp"), "1795346100");
  EXPECT_NE(Header(later, "webhook-signature"), Header(request, "webhook-signature"));
}

TEST(WebhookNoticeTest, NothingOfTheContentIsInIt) {
  for (const char* mode : {"structured", "binary"}) {
    const Configuration configuration = Settings(absl::StrCat(R"(, "contentMode": ")", mode, "\""));
    const http::HttpRequest request =
        MakeRequest(configuration, Keys(), ReleasedNotice(configuration, FullEvent()).notice, kNow);
    std::string all = request.body + request.url;
    for (const auto& [name, value] : request.headers) {
      absl::StrAppend(&all, name, value);
    }
    EXPECT_FALSE(absl::StrContains(all, "needle")) << all;
    EXPECT_FALSE(absl::StrContains(all, "2026-11-20")) << all;  // when the author wrote it
  }
}

TEST(WebhookNoticeTest, TheChartIsNamedOnlyIfConfigured) {
  const Configuration configuration = Settings(R"(, "includeRecordLink": true)");
  const http::HttpRequest request =
      MakeRequest(configuration, Keys(), ReleasedNotice(configuration, FullEvent()).notice, kNow);
  const sdk::Json body = *sdk::ParseJson(request.body);
  EXPECT_EQ(body["data"]["recordLink"], (sdk::Json{{"system", "urn:oid:1.2.3"}, {"value", "MRN-needle"}}));
}

TEST(WebhookNoticeTest, BinaryModePutsAttributesIntoHeaders) {
  Configuration configuration = Settings(R"(, "contentMode": "binary")");
  configuration.source = "/practices/a%20b";
  const http::HttpRequest request =
      MakeRequest(configuration, Keys(), ReleasedNotice(configuration, FullEvent()).notice, kNow);
  EXPECT_EQ(request.body, R"({"releaseId":"release-00000000000000000001","revision":2})");
  EXPECT_EQ(Header(request, "Content-Type"), "application/json");
  EXPECT_EQ(Header(request, "ce-specversion"), "1.0");
  EXPECT_EQ(Header(request, "ce-id"), Header(request, "webhook-id"));
  EXPECT_EQ(Header(request, "ce-source"), "/practices/a%2520b");
  EXPECT_EQ(Header(request, "ce-type"), "mendwork.response.released.v1");
  EXPECT_EQ(Header(request, "ce-subject"), "subject-1");
  EXPECT_EQ(Header(request, "ce-time"), "2026-11-22T10:15:00.5Z");
  EXPECT_EQ(Header(request, "ce-datacontenttype"), "absent");
}

TEST(WebhookNoticeTest, ARevocationSaysWhatToDoAndNotWhen) {
  v1::RevokeRequest revoke;
  revoke.set_release_id(kRelease);
  revoke.set_subject("subject-1");
  revoke.mutable_withdrawn_time()->set_seconds(1795352500);
  revoke.add_measure_ids("needle");
  revoke.mutable_record_link()->set_value("MRN-needle");
  const std::pair<v1::WithdrawalPolicy, const char*> table[] = {
      {v1::WITHDRAWAL_POLICY_ENTERED_IN_ERROR, "entered-in-error"},
      {v1::WITHDRAWAL_POLICY_DELETE, "delete"},
      {v1::WITHDRAWAL_POLICY_TASK, "review"},
  };
  const Configuration configuration = Settings();
  for (const auto& [policy, word] : table) {
    revoke.set_policy(policy);
    const http::HttpRequest request =
        MakeRequest(configuration, Keys(), RevokedNotice(configuration, revoke).notice, kNow);
    EXPECT_EQ(
        request.body,
        absl::StrCat(R"({"data":{"releaseId":"release-00000000000000000001","withdrawalPolicy":")", word,
                     R"("},"datacontenttype":"application/json","id":"revoked-release-00000000000000000001",)"
                     R"("source":"/practices/p","specversion":"1.0","subject":"subject-1",)"
                     R"("type":"mendwork.response.revoked.v1"})"));
  }
  revoke.set_policy(v1::WITHDRAWAL_POLICY_UNSPECIFIED);
  EXPECT_EQ(RevokedNotice(configuration, revoke).refusal->permanent().code(), "unsupported-policy");
}

TEST(WebhookNoticeTest, EventsThatBreakTheContractAreRefused) {
  using Change = void (*)(v1::Event&);
  const std::pair<Change, const char*> table[] = {
      {[](v1::Event& e) { e.clear_response_released(); }, "unsupported-event"},
      {[](v1::Event& e) { e.clear_subject(); }, "ids-not-granted"},
      {[](v1::Event& e) { e.set_subject("a\r\nX-Injected: 1"); }, "invalid-event"},
      {[](v1::Event& e) { e.set_subject(std::string(65, 'a')); }, "invalid-event"},
      {[](v1::Event& e) { e.clear_occurred_time(); }, "invalid-event"},
      {[](v1::Event& e) { e.mutable_response_released()->set_release_id("short"); }, "invalid-event"},
      {[](v1::Event& e) { e.mutable_response_released()->set_release_id("release.0000000000000000000.1"); },
       "invalid-event"},
      {[](v1::Event& e) { e.mutable_response_released()->set_revision(0); }, "invalid-event"},
  };
  for (const auto& [change, expected] : table) {
    v1::Event event = FullEvent();
    change(event);
    const NoticeOrRefusal made = ReleasedNotice(Settings(), event);
    ASSERT_TRUE(made.refusal.has_value()) << expected;
    EXPECT_EQ(made.refusal->permanent().code(), expected);
  }
}

// Made with the reference library: new Webhook(secret).sign(id, new Date(1795342500000), body).
TEST(WebhookSignatureTest, AgreesWithTheReferenceLibrary) {
  const std::pair<const char*, const char*> table[] = {
      {"whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4", "v1,D2+O1r1bZTfLEfsaXn0SGSv1kOhRhU++Oqmnyx3Gxic="},
      {"whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=",
       "v1,wCDO3vIqFxjMU1YwEzorILiF7KgOdJD/fGSPPPxAukE="},
      {"whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA==",
       "v1,f0ycoJGrkxRhAynimTZ28RjSmBL2DnhpWNVD6f+GZac="},
  };
  std::string all_secrets;
  std::string all_signatures;
  for (const auto& [secret, signature] : table) {
    const absl::StatusOr<SigningKeys> keys = ParseSigningSecrets(secret);
    ASSERT_TRUE(keys.ok()) << keys.status();
    EXPECT_EQ(Sign(*keys, "released-01-1", 1795342500, "{\"a\":\"ü\"}"), signature);
    absl::StrAppend(&all_secrets, secret, "\n");
    absl::StrAppend(&all_signatures, all_signatures.empty() ? "" : " ", signature);
  }
  // While the receiver changes its secret, both sign, in the order given.
  EXPECT_EQ(Sign(*ParseSigningSecrets(all_secrets), "released-01-1", 1795342500, "{\"a\":\"ü\"}"),
            all_signatures);
}

TEST(WebhookSignatureTest, BadSecretsAreNamedByTheirPlace) {
  const std::string good = "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4";
  for (const std::string& bad :
       std::vector<std::string>{"", " \n", "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4", "whsec_", "whsec_eHh4eHh4",
                                "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg",   // no padding
                                "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh=",  // not canonical
                                "whsec_eHh4eHh4eHh4eHh4-Hh4eHh4eHh4eHh4", good + " x", good + "\nwhsec_short",
                                absl::StrCat(good, " ", good, " ", good, " ", good, " ", good)}) {
    const absl::StatusOr<SigningKeys> keys = ParseSigningSecrets(bad);
    ASSERT_FALSE(keys.ok()) << bad;
    EXPECT_FALSE(absl::StrContains(keys.status().message(), "eHh4")) << keys.status();
  }
  EXPECT_TRUE(absl::StrContains(ParseSigningSecrets(good + "\nwhsec_short").status().message(), "Secret 2"));
}

std::string Words(const http::HttpResponse& response) {
  const absl::optional<v1::Outcome> outcome = FailureOf(response, kNow);
  if (!outcome.has_value()) {
    return "taken";
  }
  return outcome->has_retry()
             ? absl::StrCat("retry ", outcome->retry().code(), " ", outcome->retry().after().seconds())
         : outcome->permanent().scope() == v1::PERMANENT_SCOPE_ITEM
             ? "item " + outcome->permanent().code()
             : "configuration " + outcome->permanent().code();
}

TEST(WebhookOutcomeTest, StatusTable) {
  const std::pair<int, const char*> table[] = {
      {200, "taken"},
      {202, "taken"},
      {204, "taken"},
      {299, "taken"},
      {301, "configuration redirected"},
      {307, "configuration redirected"},
      {400, "item rejected"},
      {401, "configuration unauthorized"},
      {403, "configuration forbidden"},
      {404, "configuration not-found"},
      {405, "configuration not-found"},
      {408, "retry timed-out 7"},
      {409, "item rejected"},
      {410, "configuration gone"},
      {413, "item rejected"},
      {422, "item rejected"},
      {429, "retry throttled 7"},
      {500, "retry server-error 7"},
      {501, "retry server-error 7"},
      {502, "retry server-error 7"},
      {503, "retry server-error 7"},
      {504, "retry server-error 7"},
      {0, "configuration not-http"},
      {199, "configuration not-http"},
      {600, "configuration not-http"},
  };
  for (const auto& [status, expected] : table) {
    http::HttpResponse response;
    response.status = status;
    response.headers["retry-after"] = "7";
    EXPECT_EQ(Words(response), expected) << status;
  }
}

TEST(WebhookOutcomeTest, TheStatusLineDecidesHoweverTheAnswerEnded) {
  using http::TransportFailure;
  const std::tuple<int, TransportFailure, const char*> table[] = {
      {200, TransportFailure::kTooLarge, "taken"},
      {204, TransportFailure::kTimedOut, "taken"},
      {503, TransportFailure::kUnreachable, "retry server-error 0"},
      {0, TransportFailure::kUnreachable, "retry unreachable 0"},
      {0, TransportFailure::kTimedOut, "retry timed-out 0"},
      {0, TransportFailure::kCancelled, "retry cancelled 0"},
      {0, TransportFailure::kUntrusted, "retry untrusted-certificate 0"},
      {0, TransportFailure::kAddressRefused, "configuration address-refused"},
  };
  for (const auto& [status, failure, expected] : table) {
    http::HttpResponse response;
    response.status = status;
    response.failure = failure;
    EXPECT_EQ(Words(response), expected) << status;
  }
}

}  // namespace
}  // namespace mendwork::webhook
