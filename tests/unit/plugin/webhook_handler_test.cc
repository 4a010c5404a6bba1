// The plugin as the SDK drives it, with a receiver that answers by script and a clock the test moves.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <deque>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/webhook/handler.h"
#include "tests/support/manual_clock.h"
#include "tests/support/seeded_random.h"

namespace mendwork::webhook {
namespace {

constexpr char kSecret[] = "whsec_eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4\n";
constexpr char kGood[] = R"({"url": "https://hooks.example/in?token=needle", "source": "/practices/p"})";

// Gives the next answer, then 204 for ever; remembers the ids of what was sent.
struct Receiver {
  std::deque<http::HttpResponse> answers;
  std::vector<std::string> ids;
};

class ScriptedHttp : public http::HttpClient {
 public:
  explicit ScriptedHttp(Receiver& receiver) : receiver_(receiver) {}
  http::HttpResponse Send(const http::HttpRequest& request, const sdk::CallContext&) override {
    for (const auto& [name, value] : request.headers) {
      if (name == "webhook-id") {
        receiver_.ids.push_back(value.substr(0, value.find('-')));
      }
    }
    http::HttpResponse answer;
    answer.status = 204;
    if (!receiver_.answers.empty()) {
      answer = receiver_.answers.front();
      receiver_.answers.pop_front();
    }
    return answer;
  }

 private:
  Receiver& receiver_;
};

class WebhookHandlerTest : public testing::Test {
 protected:
  WebhookHandlerTest()
      : handler_(clock_, random_,
                 [this](const Configuration&) { return std::make_unique<ScriptedHttp>(receiver_); }) {
    secret_fd_ = memfd_create("secret", MFD_CLOEXEC);
    item_.set_delivery_id("d-1");
    v1::Event& event = *item_.mutable_event();
    event.set_subject("subject-1");
    event.mutable_occurred_time()->set_seconds(1795342500);
    event.mutable_response_released()->set_release_id("release-00000000000000000001");
    event.mutable_response_released()->set_revision(1);
    revoke_.set_release_id("release-00000000000000000001");
    revoke_.set_subject("subject-1");
    revoke_.set_policy(v1::WITHDRAWAL_POLICY_DELETE);
  }
  ~WebhookHandlerTest() override { close(secret_fd_); }

  std::string Configure(const std::string& configuration = kGood, const std::string& secret = kSecret) {
    EXPECT_EQ(ftruncate(secret_fd_, 0), 0);
    EXPECT_EQ(pwrite(secret_fd_, secret.data(), secret.size(), 0), static_cast<ssize_t>(secret.size()));
    v1::ConfigureRequest request;
    request.set_configuration(configuration);
    request.add_secrets()->set_name(kSigningSecrets);
    request.mutable_secrets(0)->set_file_descriptor(secret_fd_);
    std::string codes;
    for (const v1::Diagnostic& diagnostic : handler_.Configure(request)) {
      absl::StrAppend(&codes, codes.empty() ? "" : " ", diagnostic.code());
    }
    return codes;
  }

  void Answer(int status) {
    http::HttpResponse answer;
    answer.status = status;
    receiver_.answers.push_back(answer);
  }

  using Ids = std::vector<std::string>;
  test::ManualClock clock_;
  test::SeededRandom random_;
  Receiver receiver_;
  Handler handler_;
  v1::DeliveryItem item_;
  v1::RevokeRequest revoke_;
  int secret_fd_ = -1;
};

TEST_F(WebhookHandlerTest, NothingAboutAPersonGoesToAnEndpointThatTookNoCheck) {
  ASSERT_EQ(Configure(), "");
  Answer(404);
  EXPECT_EQ(handler_.Deliver({}, item_).permanent().code(), "not-found");
  EXPECT_EQ(receiver_.ids, Ids({"check"}));
  Answer(503);
  EXPECT_EQ(handler_.Revoke({}, revoke_).retry().code(), "server-error");
  EXPECT_EQ(receiver_.ids, Ids({"check", "check"}));
  EXPECT_TRUE(handler_.Deliver({}, item_).has_done());
  EXPECT_EQ(receiver_.ids, Ids({"check", "check", "check", "released"}));
  EXPECT_TRUE(handler_.Revoke({}, revoke_).has_done());
  EXPECT_EQ(receiver_.ids, Ids({"check", "check", "check", "released", "revoked"}));
  // Another configuration may mean another endpoint.
  ASSERT_EQ(Configure(), "");
  EXPECT_TRUE(handler_.Deliver({}, item_).has_done());
  EXPECT_EQ(Ids(receiver_.ids.end() - 2, receiver_.ids.end()), Ids({"check", "released"}));
}

TEST_F(WebhookHandlerTest, ProbesAreChecksAndFew) {
  ASSERT_EQ(Configure(), "");
  for (int i = 0; i < 4 * 60; ++i) {  // an hour, every 15 seconds
    EXPECT_EQ(handler_.Probe({}).state(), v1::PROBE_STATE_READY);
    clock_.Advance(absl::Seconds(15));
  }
  EXPECT_EQ(receiver_.ids, Ids({"check"}));
  Answer(500);
  EXPECT_EQ(handler_.Probe({}).state(), v1::PROBE_STATE_DEGRADED);
  EXPECT_EQ(handler_.Probe({}).state(), v1::PROBE_STATE_DEGRADED);
  EXPECT_EQ(receiver_.ids, Ids({"check", "check"}));
  clock_.Advance(absl::Minutes(1));
  Answer(410);
  const v1::ProbeResponse gone = handler_.Probe({});
  EXPECT_EQ(gone.state(), v1::PROBE_STATE_MISCONFIGURED);
  EXPECT_EQ(gone.diagnostics(0).code(), "gone");
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(handler_.Probe({}).state(), v1::PROBE_STATE_READY);
  // A delivery that fails makes the next probe look for itself.
  Answer(500);
  EXPECT_TRUE(handler_.Deliver({}, item_).has_retry());
  Answer(500);
  EXPECT_EQ(handler_.Probe({}).state(), v1::PROBE_STATE_DEGRADED);
}

TEST_F(WebhookHandlerTest, DeliveringAgainSaysTheSame) {
  ASSERT_EQ(Configure(), "");
  const v1::Outcome first = handler_.Deliver({}, item_);
  clock_.Advance(absl::Hours(5));
  item_.set_attempt(7);
  const v1::Outcome second = handler_.Deliver({}, item_);
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(first.done().refs(0).id(), "released-release-00000000000000000001-1");
  EXPECT_EQ(first.done().content_hash().size(), 32u);
}

TEST_F(WebhookHandlerTest, PreviewShowsTheBodyAndHidesTheToken) {
  ASSERT_EQ(Configure(), "");
  const absl::StatusOr<v1::PreviewResponse> preview = handler_.Preview({}, item_.event());
  ASSERT_TRUE(preview.ok());
  EXPECT_EQ(preview->documents(0).target(), "POST https://hooks.example");
  EXPECT_EQ(preview->documents(0).media_type(), "application/cloudevents+json; charset=utf-8");
  EXPECT_TRUE(absl::StrContains(preview->documents(0).content(), "\"releaseId\":\"release-"));
  EXPECT_TRUE(receiver_.ids.empty());
  item_.mutable_event()->clear_subject();
  EXPECT_EQ(handler_.Preview({}, item_.event())->refusal().code(), "ids-not-granted");
}

TEST_F(WebhookHandlerTest, BadConfigurationsAndSecretsChangeNothing) {
  ASSERT_EQ(Configure(), "");
  EXPECT_EQ(Configure("{}"), "missing missing");
  EXPECT_EQ(Configure(kGood, "not a secret"), "secret-unusable");
  EXPECT_EQ(Configure(kGood, ""), "secret-unusable");
  EXPECT_TRUE(handler_.Deliver({}, item_).has_done());
}

TEST_F(WebhookHandlerTest, LogsHoldCodesOnly) {
  ASSERT_EQ(Configure(), "");
  testing::internal::CaptureStderr();
  Answer(500);
  EXPECT_TRUE(handler_.Deliver({}, item_).has_retry());
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(absl::StrContains(log, R"("event":"notice_not_taken")")) << log;
  EXPECT_FALSE(absl::StrContains(log, "needle")) << log;
  EXPECT_FALSE(absl::StrContains(log, "hooks.example")) << log;
}

}  // namespace
}  // namespace mendwork::webhook
