// The outbox in virtual time: real deliveries over a real store, a plugin that fails on every day of a clock
// that the test moves. And what a plugin is told that was granted identifiers only.
#include <gtest/gtest.h>

#include <cstdio>
#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/deliveries.h"
#include "service/app/door.h"
#include "service/app/retry_schedule.h"
#include "service/base/status.h"
#include "service/store/care_rows.h"
#include "service/store/people_rows.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_key_provider.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::app {
namespace {

namespace p = plugin::v1;
using store::DeliveryState;

constexpr uint64_t kSeed = 20261122;
constexpr char kWebhook[] = R"({"id": "org.example.webhook", "kinds": ["PLUGIN_KIND_WEBHOOK"]})";
constexpr char kRecordSystem[] = R"({"id": "org.example.record", "kinds": ["PLUGIN_KIND_RECORD_SYSTEM"]})";
constexpr int64_t kIds = int64_t{1} << p::DATA_CLASS_IDS;
constexpr int64_t kEverything =
    kIds | int64_t{1} << p::DATA_CLASS_ANSWERS | int64_t{1} << p::DATA_CLASS_SCORES;

enum : int64_t {
  kPractice = 1,
  kTherapist,
  kPartner,
  kCouple,
  kAssignment,
  kResponse,
  kPlugin,
  kConsent,
  kRelease,
  kDelivery,
  kRevocation
};

p::Outcome Retry(int64_t after_seconds = 0) {
  p::Outcome outcome;
  outcome.mutable_retry()->set_code("server-error");
  outcome.mutable_retry()->mutable_after()->set_seconds(after_seconds);
  return outcome;
}

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() : random_(kSeed), keys_(&random_) {
    std::printf("seed %llu\n", static_cast<unsigned long long>(kSeed));
    auto catalog = domain::Catalog::Load(MENDWORK_SOURCE_DIR "/service/catalog");
    MENDWORK_CHECK(catalog.ok(), catalog.status().message());
    catalog_ = *std::move(catalog);
    auto store = store::Store::Open(
        {.directory = directory_.path(), .clock = &clock_, .random = &random_, .keys = &keys_});
    MENDWORK_CHECK(store.ok(), store.status().message());
    store_ = *std::move(store);
    auto runtime = Runtime::Start({.store = store_.get(),
                                   .catalog = &catalog_,
                                   .clock = &clock_,
                                   .random = &random_,
                                   .argon2 = {.operations = 1, .memory_bytes = 8192}});
    MENDWORK_CHECK(runtime.ok(), runtime.status().message());
    runtime_ = *std::move(runtime);
  }

  // One released response of one partner, with consent for one item, waiting for its delivery.
  void Release(const char* manifest, int64_t granted) {
    const absl::Status written =
        store_->WriteAndWait([&](store::WriteTransaction& t) { return Write(t, manifest, granted); });
    ASSERT_TRUE(written.ok()) << written;
  }

  absl::Status Write(store::WriteTransaction& t, const char* manifest, int64_t granted) {
    const absl::Time now = t.now();
    MENDWORK_RETURN_IF_ERROR(store::InsertPractice(
        t, {.practice_id = kPractice, .display_name = "p", .withdrawal_policy = 2, .create_time = now}));
    for (const int64_t person : {kTherapist, kPartner}) {
      MENDWORK_RETURN_IF_ERROR(
          store::InsertPerson(t, {.person_id = person, .practice_id = kPractice, .create_time = now}));
    }
    MENDWORK_RETURN_IF_ERROR(
        store::InsertCouple(t, {.couple_id = kCouple, .practice_id = kPractice, .create_time = now}));
    MENDWORK_RETURN_IF_ERROR(store::InsertAssignment(t, {.assignment_id = kAssignment,
                                                         .practice_id = kPractice,
                                                         .couple_id = kCouple,
                                                         .person_id = kPartner,
                                                         .exercise_key = "phq-9",
                                                         .revision = 1,
                                                         .variant = "a",
                                                         .create_time = now,
                                                         .assigner_id = kTherapist}));
    store::ResponseRow response = {.response_id = kResponse,
                                   .practice_id = kPractice,
                                   .couple_id = kCouple,
                                   .assignment_id = kAssignment,
                                   .person_id = kPartner,
                                   .state = store::ResponseState::kSubmitted,
                                   .submit_time = now,
                                   .content_version = 1};
    MENDWORK_RETURN_IF_ERROR(store::InsertResponse(t, response));
    storage::v1::ResponseContent content;
    content.add_answers()->set_item_id("phq9_1");
    content.mutable_answers(0)->mutable_codes()->add_codes("not_at_all");
    MENDWORK_ASSIGN_OR_RETURN(std::string sealed,
                              SealMessage(*runtime_, ContentRecord(response, 1), content));
    MENDWORK_RETURN_IF_ERROR(store::InsertResponseVersion(t, {.response_id = kResponse,
                                                              .content_version = 1,
                                                              .content = sealed,
                                                              .language = "en",
                                                              .submit_time = now}));
    MENDWORK_RETURN_IF_ERROR(store::InsertPlugin(t, {.plugin_id = kPlugin,
                                                     .practice_id = kPractice,
                                                     .plugin_key = "org.example",
                                                     .manifest = manifest,
                                                     .state = store::PluginState::kEnabled,
                                                     .requested_data_classes = granted,
                                                     .granted_data_classes = granted,
                                                     .create_time = now}));
    storage::v1::RecordLink link;
    link.set_identifier_system("urn:oid:1.2.3");
    link.set_identifier_value("MRN-1");
    MENDWORK_ASSIGN_OR_RETURN(sealed, SealMessage(*runtime_, RecordLinkRecord(kPractice, kPartner, 1), link));
    MENDWORK_RETURN_IF_ERROR(store::PutRecordLink(
        t, {.person_id = kPartner, .plugin_id = kPlugin, .practice_id = kPractice, .identifier = sealed}));
    MENDWORK_RETURN_IF_ERROR(store::InsertConsent(t, {.consent_id = kConsent,
                                                      .practice_id = kPractice,
                                                      .couple_id = kCouple,
                                                      .person_id = kPartner,
                                                      .audience_kind = store::AudienceKind::kPlugin,
                                                      .audience_id = kPlugin,
                                                      .scope_kind = store::ScopeKind::kItem,
                                                      .scope_response_id = kResponse,
                                                      .scope_item = "phq9_1",
                                                      .create_time = now,
                                                      .effective_time = now}));
    MENDWORK_RETURN_IF_ERROR(store::InsertRelease(t, {.release_id = kRelease,
                                                      .practice_id = kPractice,
                                                      .couple_id = kCouple,
                                                      .response_id = kResponse,
                                                      .person_id = kPartner,
                                                      .plugin_id = kPlugin,
                                                      .releaser_id = kTherapist,
                                                      .content_version = 1,
                                                      .create_time = now}));
    return Queue(t, kDelivery, store::DeliveryKind::kResponseReleased);
  }

  static absl::Status Queue(store::WriteTransaction& t, int64_t delivery_id, store::DeliveryKind kind) {
    return store::InsertDelivery(t, {.delivery_id = delivery_id,
                                     .practice_id = kPractice,
                                     .plugin_id = kPlugin,
                                     .person_id = kPartner,
                                     .release_id = kRelease,
                                     .kind = kind,
                                     .next_attempt_time = t.now(),
                                     .create_time = t.now()});
  }

  store::DeliveryRow Row(int64_t delivery_id = kDelivery) {
    store::DeliveryRow row;
    const absl::Status read = store_->Read([&](store::ReadTransaction& t) -> absl::Status {
      MENDWORK_ASSIGN_OR_RETURN(auto found, store::FindDelivery(t, kPractice, delivery_id));
      row = found.value();
      return absl::OkStatus();
    });
    EXPECT_TRUE(read.ok()) << read;
    return row;
  }

  // What the plugin would be handed now; nothing if the delivery was suppressed.
  absl::optional<DeliveryOrder> Order(const store::DeliveryRow& delivery) {
    auto order = PrepareDelivery(*runtime_, delivery);
    EXPECT_TRUE(order.ok()) << order.status();
    return order.ok() ? *std::move(order) : absl::nullopt;
  }

  // Attempts whatever is due, lets it fail, and jumps to the next due time, until the outbox is empty.
  // Returns when each attempt was, since the beginning.
  std::vector<absl::Duration> WalkUntilDead(const std::function<p::Outcome(size_t)>& outcome) {
    constexpr size_t kAttemptsMax = 2000;
    const absl::Time start = clock_.Now();
    std::vector<absl::Duration> attempts;
    while (attempts.size() < kAttemptsMax) {
      const auto found = FindDueDeliveries(*runtime_, kPlugin, 16);
      EXPECT_TRUE(found.ok()) << found.status();
      if (found->due.empty()) {
        if (found->next_time == absl::InfiniteFuture()) {
          return attempts;
        }
        clock_.Set(found->next_time - absl::Microseconds(1));
        EXPECT_TRUE(FindDueDeliveries(*runtime_, kPlugin, 16)->due.empty()) << "never early";
        clock_.Set(found->next_time);
        continue;
      }
      const absl::optional<DeliveryOrder> order = Order(found->due[0]);
      EXPECT_TRUE(order.has_value());
      attempts.push_back(clock_.Now() - start);
      EXPECT_TRUE(FinishDelivery(*runtime_, found->due[0], outcome(attempts.size())).ok());
    }
    ADD_FAILURE() << "no end after " << kAttemptsMax << " attempts";
    return attempts;
  }

  // Delivers, takes back, and returns what the plugin is told then.
  p::RevokeRequest RevokeDelivered() {
    EXPECT_TRUE(Order(Row()).has_value());
    p::Outcome done;
    done.mutable_done();
    EXPECT_TRUE(FinishDelivery(*runtime_, Row(), done).ok());
    const absl::Status queued = store_->WriteAndWait([](store::WriteTransaction& t) {
      return Queue(t, kRevocation, store::DeliveryKind::kReleaseRevoked);
    });
    EXPECT_TRUE(queued.ok()) << queued;
    const absl::optional<DeliveryOrder> order = Order(Row(kRevocation));
    EXPECT_TRUE(order.has_value());
    return order.has_value() ? std::get<p::RevokeRequest>(*order) : p::RevokeRequest();
  }

  test::TemporaryDirectory directory_;
  test::ManualClock clock_;
  test::SeededRandom random_;
  test::MemoryKeyProvider keys_;
  domain::Catalog catalog_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Runtime> runtime_;
};

TEST_F(DeliveryTest, AWebhookIsTriedTenTimesInAboutSeventySixHours) {
  Release(kWebhook, kIds);
  const std::vector<absl::Duration> attempts = WalkUntilDead([](size_t) { return Retry(); });
  const absl::Duration waits[] = {absl::Seconds(5), absl::Minutes(5), absl::Minutes(30),
                                  absl::Hours(2),   absl::Hours(5),   absl::Hours(10),
                                  absl::Hours(14),  absl::Hours(20),  absl::Hours(24)};
  ASSERT_EQ(attempts.size(), std::size(waits) + 1);
  EXPECT_EQ(attempts[0], absl::ZeroDuration());
  for (size_t i = 0; i < std::size(waits); ++i) {
    const absl::Duration waited = attempts[i + 1] - attempts[i];
    EXPECT_GE(waited, 0.8 * waits[i] - absl::Microseconds(1)) << "after attempt " << i + 1;
    EXPECT_LE(waited, 1.2 * waits[i]) << "after attempt " << i + 1;
  }
  EXPECT_GT(attempts.back(), absl::Hours(60));
  EXPECT_LT(attempts.back(), absl::Hours(91));
  const store::DeliveryRow dead = Row();
  EXPECT_EQ(dead.state, DeliveryState::kDead);
  EXPECT_EQ(dead.attempt_count, 10);
  EXPECT_EQ(dead.last_error, "server-error");
}

TEST_F(DeliveryTest, AReceiverThatAsksForTimeGetsItAndNoMoreThanADay) {
  Release(kWebhook, kIds);
  const std::vector<absl::Duration> attempts = WalkUntilDead([](size_t attempt) {
    return Retry(attempt == 1 ? 3600 : attempt == 2 ? 1 : attempt == 3 ? 30 * 24 * 3600 : 0);
  });
  ASSERT_EQ(attempts.size(), 10u);
  EXPECT_EQ(attempts[1] - attempts[0], absl::Hours(1));    // asked for more than the schedule
  EXPECT_GE(attempts[2] - attempts[1], absl::Minutes(4));  // asked for less: the schedule holds
  EXPECT_EQ(attempts[3] - attempts[2], absl::Hours(24));   // nobody holds a delivery for a month
}

TEST_F(DeliveryTest, ARecordSystemIsTriedForSeventyTwoHours) {
  Release(kRecordSystem, kEverything);
  const std::vector<absl::Duration> attempts = WalkUntilDead([](size_t) { return Retry(); });
  absl::Duration longest;
  for (size_t i = 1; i < attempts.size(); ++i) {
    const absl::Duration waited = attempts[i] - attempts[i - 1];
    longest = std::max(longest, waited);
    EXPECT_GE(waited, absl::Milliseconds(200));
    if (i <= 10) {
      EXPECT_LE(waited, absl::Seconds(1 << (i - 1))) << "after attempt " << i;
    }
  }
  EXPECT_LE(longest, absl::Minutes(15));
  EXPECT_GT(longest, absl::Minutes(14));  // hundreds of draws: one of them comes near
  EXPECT_GT(attempts.back(), absl::Hours(72));
  EXPECT_LE(attempts.back(), absl::Hours(72) + absl::Minutes(15));
  EXPECT_EQ(Row().state, DeliveryState::kDead);
}

TEST_F(DeliveryTest, AReceiverThatComesBackOnTheFifthAttemptIsServed) {
  Release(kWebhook, kIds);
  const std::vector<absl::Duration> attempts = WalkUntilDead([](size_t attempt) {
    p::Outcome done;
    done.mutable_done();
    return attempt == 5 ? done : Retry();
  });
  EXPECT_EQ(attempts.size(), 5u);
  EXPECT_EQ(Row().state, DeliveryState::kDelivered);
}

TEST_F(DeliveryTest, ConsentIsAskedAtEveryAttemptOfTheSchedule) {
  Release(kWebhook, kIds);
  ASSERT_TRUE(Order(Row()).has_value());
  ASSERT_TRUE(FinishDelivery(*runtime_, Row(), Retry()).ok());
  ASSERT_TRUE(store_
                  ->WriteAndWait([](store::WriteTransaction& t) {
                    return store::WithdrawConsent(t, kPractice, kConsent, t.now());
                  })
                  .ok());
  clock_.Advance(absl::Minutes(1));
  EXPECT_FALSE(Order(Row()).has_value());
  EXPECT_EQ(Row().state, DeliveryState::kSuppressed);
  EXPECT_EQ(Row().attempt_count, 1);
}

// The next attempt may be a day away: the order to forget is not.
TEST_F(DeliveryTest, ARevocationDoesNotWaitForTheScheduleOfWhatItTakesBack) {
  Release(kWebhook, kIds);
  for (int attempt = 1; attempt <= 5; ++attempt) {
    ASSERT_TRUE(Order(Row()).has_value());
    ASSERT_TRUE(FinishDelivery(*runtime_, Row(), Retry()).ok());
  }
  ASSERT_GT(Row().next_attempt_time, clock_.Now() + absl::Hours(1));
  EXPECT_TRUE(FindDueDeliveries(*runtime_, kPlugin, 16)->due.empty());
  const absl::Status revoked = store_->WriteAndWait([](store::WriteTransaction& t) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto release, store::FindRelease(t, kPractice, kRelease));
    release->state = store::ReleaseState::kRevoked;
    release->revoke_time = t.now();
    MENDWORK_RETURN_IF_ERROR(store::UpdateRelease(t, *release));
    return Queue(t, kRevocation, store::DeliveryKind::kReleaseRevoked);
  });
  ASSERT_TRUE(revoked.ok()) << revoked;
  auto found = FindDueDeliveries(*runtime_, kPlugin, 16);
  ASSERT_EQ(found->due.size(), 1u);
  EXPECT_FALSE(Order(found->due[0]).has_value());
  EXPECT_EQ(Row().state, DeliveryState::kSuppressed);
  found = FindDueDeliveries(*runtime_, kPlugin, 16);
  ASSERT_EQ(found->due.size(), 1u);
  EXPECT_EQ(found->due[0].delivery_id, kRevocation);
  EXPECT_TRUE(Order(found->due[0]).has_value());  // an attempt was made, so something may be there
}

TEST_F(DeliveryTest, WithIdentifiersOnlyThereIsNothingButIdentifiers) {
  Release(kWebhook, kIds);
  const absl::optional<DeliveryOrder> order = Order(Row());
  ASSERT_TRUE(order.has_value());
  const p::Event& event = std::get<p::DeliverRequest>(*order).items(0).event();
  EXPECT_FALSE(event.subject().empty());
  EXPECT_EQ(event.record_link().value(), "MRN-1");
  EXPECT_TRUE(event.has_occurred_time());
  p::ResponseReleased expected;
  expected.set_release_id(event.response_released().release_id());
  expected.set_revision(1);
  EXPECT_EQ(event.response_released().DebugString(), expected.DebugString());
}

TEST_F(DeliveryTest, WithEverythingGrantedTheConsentedItemLeaves) {
  Release(kRecordSystem, kEverything);
  const absl::optional<DeliveryOrder> order = Order(Row());
  ASSERT_TRUE(order.has_value());
  const p::ResponseReleased& release =
      std::get<p::DeliverRequest>(*order).items(0).event().response_released();
  ASSERT_EQ(release.answers_size(), 1);
  EXPECT_EQ(release.answers(0).link_id(), "phq9_1");
  EXPECT_EQ(release.measures_size(), 1);
  EXPECT_TRUE(release.has_questionnaire());
}

TEST_F(DeliveryTest, ScoresAloneBringNoQuestionnaire) {
  Release(kRecordSystem, kIds | int64_t{1} << p::DATA_CLASS_SCORES);
  const absl::optional<DeliveryOrder> order = Order(Row());
  ASSERT_TRUE(order.has_value());
  const p::ResponseReleased& release =
      std::get<p::DeliverRequest>(*order).items(0).event().response_released();
  EXPECT_FALSE(release.has_questionnaire());
  EXPECT_EQ(release.answers_size(), 0);
}

// The names of measures say what somebody was asked.
TEST_F(DeliveryTest, ARevocationNamesNoMeasuresToAPluginWithoutScores) {
  Release(kWebhook, kIds);
  const p::RevokeRequest revoke = RevokeDelivered();
  EXPECT_EQ(revoke.measure_ids_size(), 0);
  EXPECT_EQ(revoke.policy(), p::WITHDRAWAL_POLICY_DELETE);
}

TEST_F(DeliveryTest, ARevocationNamesTheMeasuresToAPluginThatMayHaveScores) {
  Release(kRecordSystem, kEverything);
  const p::RevokeRequest revoke = RevokeDelivered();
  ASSERT_EQ(revoke.measure_ids_size(), 1);
  EXPECT_EQ(revoke.measure_ids(0), "phq9_total");
}

TEST(RetryScheduleTest, TheManifestDecides) {
  EXPECT_EQ(ScheduleFor(kWebhook), RetrySchedule::kWebhook);
  EXPECT_EQ(ScheduleFor(R"({"kinds": ["PLUGIN_KIND_CALENDAR", "PLUGIN_KIND_WEBHOOK"], "later": 1})"),
            RetrySchedule::kWebhook);
  for (const char* other : {kRecordSystem, "{}", "", "nonsense"}) {
    EXPECT_EQ(ScheduleFor(other), RetrySchedule::kBackoff) << other;
  }
}

}  // namespace
}  // namespace mendwork::app
