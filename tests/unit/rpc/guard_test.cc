#include "service/rpc/guard.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "mendwork/v1/safety_service.pb.h"
#include "mendwork/v1/session_service.pb.h"
#include "service/base/log.h"
#include "service/store/homework_rows.h"
#include "tests/unit/rpc/fixture.h"

namespace mendwork::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRequestId[] = "0b0f5b9e-4d53-4c31-9e57-0b1f3a5d7c90";
constexpr char kFlag[] = "practices/p/flags/f";

// What the fake use cases did. They are plain functions, as the real ones are.
struct Seen {
  std::atomic<int> runs{0};
  absl::Status answer;
  int64_t person_id = -1;
  absl::Notification* hold = nullptr;
};
Seen* seen = nullptr;

absl::StatusOr<v1::Flag> GetFlag(const app::Call& call, store::Transaction&,
                                 const v1::GetFlagRequest& request) {
  ++seen->runs;
  seen->person_id = call.caller.person_id;
  if (!seen->answer.ok()) {
    return seen->answer;
  }
  v1::Flag flag;
  flag.set_name(request.name());
  return flag;
}

absl::StatusOr<v1::Flag> AcknowledgeFlag(const app::Call&, store::WriteTransaction& transaction,
                                         const v1::AcknowledgeFlagRequest& request) {
  // Any row will do, to see whether the transaction was committed.
  MENDWORK_RETURN_IF_ERROR(store::InsertExerciseRevision(transaction, {.exercise_key = "run",
                                                                       .revision = seen->runs + 1,
                                                                       .content_hash = "hash",
                                                                       .source = "source",
                                                                       .create_time = transaction.now()}));
  v1::Flag flag;
  flag.set_name(request.name());
  flag.set_etag("run " + std::to_string(++seen->runs));
  if (!seen->answer.ok()) {
    return seen->answer;
  }
  return flag;
}

absl::StatusOr<app::Commit<v1::SignInResponse>> SignIn(const app::Call& call,
                                                       const v1::SignInRequest& request) {
  if (seen->hold != nullptr) {
    seen->hold->WaitForNotification();
  }
  ++seen->runs;
  // Refers to both, as a real use case may.
  return app::Commit<v1::SignInResponse>(
      [&call, &request](store::WriteTransaction&) -> absl::StatusOr<v1::SignInResponse> {
        v1::SignInResponse response;
        response.mutable_challenge()->set_kind(request.sign_in_name() +
                                               (call.caller.anonymous() ? " anonymous" : ""));
        return response;
      });
}

class GuardTest : public ::testing::Test {
 protected:
  GuardTest() {
    seen = &seen_;
    absl::StatusOr<std::vector<ServiceInfo>> table = BuildMethodTable(
        {WithUnusedMethods("mendwork.v1.SafetyService",
                           {Serve("GetFlag", GetFlag), Serve("AcknowledgeFlag", AcknowledgeFlag)}),
         WithUnusedMethods("mendwork.v1.SessionService", {ServeSlowly("SignIn", SignIn)})});
    MENDWORK_CHECK(table.ok(), table.status().message());
    table_ = *std::move(table);
    base::SetLogSink([this](absl::string_view line) {
      absl::MutexLock lock(&log_mutex_);
      log_.emplace_back(line);
    });
  }
  ~GuardTest() override { base::SetLogSink(nullptr); }

  const MethodInfo& Method(const std::string& name) const {
    for (const ServiceInfo& service : table_) {
      for (const MethodInfo& method : service.methods) {
        if (method.handler.name == name) {
          return method;
        }
      }
    }
    MENDWORK_CHECK(false, "The method is in the table.");
  }

  struct Sent {
    std::string authorization;
    int authorization_count = 1;
    absl::Duration time_left = absl::Seconds(5);
    size_t metadata_bytes = 100;
    bool cancelled = false;
  };

  void Start(const std::string& method, const std::string& bytes, const Sent& sent, OutcomeCallback done) {
    google::protobuf::io::ArrayInputStream body(bytes.data(), static_cast<int>(bytes.size()));
    IncomingCall incoming;
    incoming.body = &body;
    incoming.authorization = sent.authorization;
    incoming.authorization_count = sent.authorization.empty() ? 0 : sent.authorization_count;
    incoming.time_left = sent.time_left;
    incoming.metadata_bytes = sent.metadata_bytes;
    incoming.cancelled = [&sent] { return sent.cancelled; };
    guard_.Serve(Method(method), incoming, std::move(done));
  }

  Outcome Call(const std::string& method, const std::string& bytes, const Sent& sent) {
    Outcome outcome;
    absl::Notification finished;
    Start(method, bytes, sent, [&](Outcome result) {
      outcome = std::move(result);
      finished.Notify();
    });
    finished.WaitForNotification();
    return outcome;
  }
  Outcome Call(const std::string& method, const google::protobuf::Message& request, const Sent& sent) {
    return Call(method, request.SerializeAsString(), sent);
  }

  Sent As(app::Role role, int64_t person_id = 7) { return {"Bearer " + fixture_.SignIn(role, person_id)}; }

  v1::GetFlagRequest GetRequest() const {
    v1::GetFlagRequest request;
    request.set_name(kFlag);
    return request;
  }
  v1::AcknowledgeFlagRequest AcknowledgeRequest() const {
    v1::AcknowledgeFlagRequest request;
    request.set_name(kFlag);
    request.set_etag("e");
    request.set_request_id(kRequestId);
    return request;
  }

  size_t CommittedRuns() {
    size_t count = 0;
    EXPECT_TRUE(fixture_.runtime()
                    .store()
                    .Read([&count](store::ReadTransaction& transaction) -> absl::Status {
                      MENDWORK_ASSIGN_OR_RETURN(const auto rows, store::ListExerciseRevisions(transaction));
                      count = rows.size();
                      return absl::OkStatus();
                    })
                    .ok());
    return count;
  }

  std::vector<std::string> log() {
    absl::MutexLock lock(&log_mutex_);
    return log_;
  }

  absl::Mutex log_mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(log_mutex_);
  Seen seen_;
  RuntimeFixture fixture_;
  std::vector<ServiceInfo> table_;
  Guard guard_{fixture_.runtime()};
};

TEST_F(GuardTest, AQueryIsAnswered) {
  const Outcome outcome = Call("GetFlag", GetRequest(), As(app::Role::kTherapist));
  ASSERT_TRUE(outcome.ok()) << outcome.error.message();
  v1::Flag flag;
  ASSERT_TRUE(flag.ParseFromString(outcome.response));
  EXPECT_EQ(flag.name(), kFlag);
  EXPECT_EQ(seen_.person_id, 7);
}

// Each row breaks everything that the checks after its own would find as well: the first check answers.
TEST_F(GuardTest, ChecksInOrder) {
  fixture_.SignIn(app::Role::kPartner, 8);
  fixture_.SignIn(app::Role::kTherapist, 7);
  const std::string partner = "Bearer token-of-person-8";
  const std::string therapist = "Bearer token-of-person-7";
  const std::string good = GetRequest().SerializeAsString();
  const std::string invalid = v1::GetFlagRequest().SerializeAsString();
  const std::string broken = "\x0a\x7f";
  struct Case {
    const char* name;
    std::string bytes;
    Sent sent;
    const char* reason;
    int code;
  };
  const Case cases[] = {
      {"metadata over the limit", broken, {"", 1, -absl::Seconds(1), 8193}, "METADATA_TOO_LARGE", 8},
      {"past deadline", broken, {"", 1, -absl::Seconds(1)}, "DEADLINE_PASSED", 4},
      {"no session", broken, {""}, "SESSION_MISSING", 16},
      {"no bearer token", broken, {"Basic abc"}, "AUTHORIZATION_MALFORMED", 16},
      {"empty token", broken, {"Bearer "}, "AUTHORIZATION_MALFORMED", 16},
      {"two tokens", broken, {therapist, 2}, "AUTHORIZATION_MALFORMED", 16},
      {"endless token", broken, {"Bearer " + std::string(600, 'a')}, "AUTHORIZATION_MALFORMED", 16},
      {"unknown token", broken, {"Bearer nonesuch"}, "SESSION_INVALID", 16},
      {"role that never may", broken, {partner}, "ROLE_NOT_ALLOWED", 7},
      {"bytes that are no message", broken, {therapist}, "MALFORMED_REQUEST", 3},
      {"text that is not UTF-8", std::string("\x0a\x02\xc3\x28", 4), {therapist}, "MALFORMED_REQUEST", 3},
      {"invalid request", invalid, {therapist, 1, absl::Seconds(5), 100, true}, "INVALID_REQUEST", 3},
      {"cancelled before", good, {therapist, 1, absl::Seconds(5), 100, true}, "CALL_CANCELLED", 1},
  };
  for (const Case& test_case : cases) {
    SCOPED_TRACE(test_case.name);
    const Outcome outcome = Call("GetFlag", test_case.bytes, test_case.sent);
    EXPECT_EQ(ReasonIn(outcome.error), test_case.reason);
    EXPECT_EQ(outcome.error.code(), test_case.code);
    EXPECT_EQ(outcome.response, "");
  }
  EXPECT_EQ(seen_.runs, 0);
  EXPECT_TRUE(Call("GetFlag", good, {"bearer token-of-person-7"}).ok());
}

TEST_F(GuardTest, AnExpiredSessionReadsLikeAnUnknownOne) {
  const Sent sent = As(app::Role::kTherapist);
  const google::rpc::Status unknown = Call("GetFlag", GetRequest(), {"Bearer nonesuch"}).error;
  fixture_.clock().Advance(absl::Minutes(16));
  EXPECT_EQ(Call("GetFlag", GetRequest(), sent).error.SerializeAsString(), unknown.SerializeAsString());
}

TEST_F(GuardTest, DeadlinesAreCapped) {
  const std::string token = fixture_.SignIn(app::Role::kTherapist, 7);
  const std::string bytes = GetRequest().SerializeAsString();
  const std::pair<absl::Duration, absl::Duration> cases[] = {
      {absl::Seconds(5), absl::Seconds(5)},
      {absl::Hours(24 * 365), absl::Seconds(30)},
      {absl::InfiniteDuration(), absl::Seconds(30)},
  };
  for (const auto& [sent, expected] : cases) {
    google::protobuf::io::ArrayInputStream body(bytes.data(), static_cast<int>(bytes.size()));
    IncomingCall incoming;
    incoming.body = &body;
    const std::string authorization = "Bearer " + token;
    incoming.authorization = authorization;
    incoming.authorization_count = 1;
    incoming.time_left = sent;
    const auto admitted = guard_.Admit(Method("GetFlag"), incoming);
    ASSERT_TRUE(admitted.ok());
    EXPECT_EQ((*admitted)->deadline - fixture_.clock().Now(), expected);
  }
}

TEST_F(GuardTest, EveryViolationAtOnce) {
  v1::AcknowledgeFlagRequest request;
  request.set_request_id("no");
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(77, 1);
  const Outcome outcome = Call("AcknowledgeFlag", request, As(app::Role::kTherapist));
  const auto bad_request = FindDetail<google::rpc::BadRequest>(outcome.error);
  ASSERT_TRUE(bad_request.has_value());
  std::vector<std::string> fields;
  for (const auto& violation : bad_request->field_violations()) {
    fields.push_back(violation.field());
  }
  EXPECT_THAT(fields, ElementsAre("77", "name", "etag", "request_id"));
  EXPECT_EQ(seen_.runs, 0);
}

TEST_F(GuardTest, AMutationRunsOnce) {
  const Sent sent = As(app::Role::kTherapist);
  const Outcome first = Call("AcknowledgeFlag", AcknowledgeRequest(), sent);
  ASSERT_TRUE(first.ok()) << first.error.message();

  v1::AcknowledgeFlagRequest upper_case = AcknowledgeRequest();
  upper_case.set_request_id("0B0F5B9E-4D53-4C31-9E57-0B1F3A5D7C90");
  EXPECT_EQ(Call("AcknowledgeFlag", upper_case, sent).response, first.response);
  EXPECT_EQ(seen_.runs, 1);

  v1::AcknowledgeFlagRequest other = AcknowledgeRequest();
  other.set_etag("other");
  EXPECT_EQ(Call("AcknowledgeFlag", other, sent).error.code(), 3);
  EXPECT_EQ(seen_.runs, 1);

  EXPECT_TRUE(Call("AcknowledgeFlag", AcknowledgeRequest(), As(app::Role::kTherapist, 9)).ok());
  EXPECT_EQ(seen_.runs, 2);
}

TEST_F(GuardTest, ARefusedMutationLeavesNothingAndMayBeTriedAgain) {
  const Sent sent = As(app::Role::kTherapist);
  seen_.answer = base::Error(absl::StatusCode::kAborted, "ETAG_MISMATCH", "Read it again.");
  EXPECT_EQ(ReasonIn(Call("AcknowledgeFlag", AcknowledgeRequest(), sent).error), "ETAG_MISMATCH");
  EXPECT_EQ(CommittedRuns(), 0u);
  seen_.answer = absl::OkStatus();
  EXPECT_TRUE(Call("AcknowledgeFlag", AcknowledgeRequest(), sent).ok());
  EXPECT_EQ(CommittedRuns(), 1u);
  EXPECT_EQ(seen_.runs, 2);
}

TEST_F(GuardTest, ARefusalWhoseEffectMustBeKeptIsCommitted) {
  seen_.answer = base::Error(absl::StatusCode::kAborted, "SECRET_NOT_REPEATED", "It no longer works.");
  const Outcome outcome = Call("AcknowledgeFlag", AcknowledgeRequest(), As(app::Role::kTherapist));
  EXPECT_EQ(ReasonIn(outcome.error), "SECRET_NOT_REPEATED");
  EXPECT_EQ(CommittedRuns(), 1u);
}

TEST_F(GuardTest, SlowMethodsRunElsewhereAndAreBounded) {
  absl::Notification hold;
  seen_.hold = &hold;
  v1::SignInRequest request;
  request.set_sign_in_name("name");
  request.set_secret("secret");
  const std::string bytes = request.SerializeAsString();

  constexpr int kTried = kSlowThreads + static_cast<int>(kSlowQueueMax) + 20;
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  absl::Notification all;
  for (int i = 0; i < kTried; ++i) {
    // A stale token does not keep anybody from signing in.
    Start("SignIn", bytes, {"Bearer of-an-earlier-session"}, [&](Outcome outcome) {
      if (outcome.ok()) {
        v1::SignInResponse response;
        EXPECT_TRUE(response.ParseFromString(outcome.response));
        EXPECT_EQ(response.challenge().kind(), "name anonymous");
      } else {
        EXPECT_EQ(ReasonIn(outcome.error), "SERVER_BUSY");
        EXPECT_TRUE(FindDetail<google::rpc::RetryInfo>(outcome.error).has_value());
        ++refused;
      }
      if (++answered == kTried) {
        all.Notify();
      }
    });
  }
  EXPECT_GE(refused, 20);
  hold.Notify();
  all.WaitForNotification();
  EXPECT_EQ(seen_.runs, kTried - refused);
}

TEST_F(GuardTest, SlowWorkPastItsDeadlineIsNotDone) {
  absl::Notification hold;
  seen_.hold = &hold;
  v1::SignInRequest request;
  request.set_sign_in_name("name");
  request.set_secret("secret");
  absl::Notification finished[kSlowThreads + 1];
  Outcome last;
  for (int i = 0; i <= kSlowThreads; ++i) {
    Start("SignIn", request.SerializeAsString(), {""}, [&, i](Outcome outcome) {
      if (i == kSlowThreads) {
        last = std::move(outcome);
      }
      finished[i].Notify();
    });
  }
  fixture_.clock().Advance(absl::Seconds(31));
  hold.Notify();
  for (absl::Notification& one : finished) {
    one.WaitForNotification();
  }
  EXPECT_EQ(last.error.code(), 4);
}

TEST_F(GuardTest, OnePersonCannotTakeAllPlaces) {
  const std::string authorization = "Bearer " + fixture_.SignIn(app::Role::kTherapist, 7);
  const std::string bytes = GetRequest().SerializeAsString();
  std::vector<std::unique_ptr<AdmittedCall>> held;
  absl::Status refused;
  for (int i = 0; i <= kCallsInFlightPerPersonMax; ++i) {
    google::protobuf::io::ArrayInputStream body(bytes.data(), static_cast<int>(bytes.size()));
    IncomingCall incoming;
    incoming.body = &body;
    incoming.authorization = authorization;
    incoming.authorization_count = 1;
    auto admitted = guard_.Admit(Method("GetFlag"), incoming);
    if (admitted.ok()) {
      held.push_back(*std::move(admitted));
    } else {
      refused = admitted.status();
    }
  }
  EXPECT_EQ(base::Reason(refused), "TOO_MANY_CALLS");
  EXPECT_TRUE(Call("GetFlag", GetRequest(), As(app::Role::kTherapist, 8)).ok());  // another person
  held.clear();
  EXPECT_TRUE(Call("GetFlag", GetRequest(), {authorization}).ok());
}

TEST_F(GuardTest, InternalErrorsLeaveOnlyAnIdOfTheLog) {
  seen_.answer = base::Error(absl::StatusCode::kInternal, "GRANT_MISMATCH", "row 17 of anna@example.org");
  const Outcome outcome = Call("GetFlag", GetRequest(), As(app::Role::kTherapist));
  const auto info = FindDetail<google::rpc::ErrorInfo>(outcome.error);
  ASSERT_TRUE(info.has_value());
  const std::string error_id = info->metadata().at("errorId");
  EXPECT_EQ(error_id.size(), 16u);
  EXPECT_THAT(outcome.error.SerializeAsString(), Not(HasSubstr("anna")));
  ASSERT_EQ(log().size(), 1u);
  EXPECT_THAT(log()[0], HasSubstr("\"error_id\":\"" + error_id + "\""));
  EXPECT_THAT(log()[0], HasSubstr("\"reason\":\"GRANT_MISMATCH\""));
  EXPECT_THAT(log()[0], Not(HasSubstr("anna")));
}

TEST_F(GuardTest, LogsOneLineOfEveryCallAndNobodyInIt) {
  Call("GetFlag", GetRequest(), As(app::Role::kTherapist, 77777));
  Call("GetFlag", v1::GetFlagRequest(), {"Bearer nonesuch"});
  ASSERT_EQ(log().size(), 2u);
  EXPECT_THAT(log()[0], HasSubstr("\"method\":\"mendwork.v1.SafetyService.GetFlag\",\"code\":\"OK\""));
  EXPECT_THAT(log()[0], HasSubstr("\"duration_us\":"));
  EXPECT_THAT(log()[1], HasSubstr("\"code\":\"UNAUTHENTICATED\",\"reason\":\"SESSION_INVALID\""));
  for (const std::string& line : log()) {
    EXPECT_THAT(line, Not(HasSubstr("77777")));
    EXPECT_THAT(line, Not(HasSubstr("nonesuch")));
    EXPECT_THAT(line, Not(HasSubstr(kFlag)));
  }
}

}  // namespace
}  // namespace mendwork::rpc
