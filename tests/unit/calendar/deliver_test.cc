// Deliveries and revocations against a calendar server that misbehaves in ways a real one cannot be asked to.
#include "plugins/calendar/deliver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "plugins/calendar/entry.h"
#include "plugins/calendar/feed.h"

namespace mendwork::calendar {
namespace {

using http::HttpRequest;
using http::HttpResponse;

constexpr char kId[] = "2k4n7q5c3b8x9m1v6z0p2s4d7g";
constexpr char kCalendar[] = "https://dav.example/practice/calendar/";
constexpr char kFeed[] = "https://dav.example/feeds/q7m2x9c4v1b8n3k6j5h0g2f4d7s9a1w3";

HttpResponse Answer(int status, const std::string& body = "") {
  HttpResponse response;
  response.status = status;
  response.body = body;
  return response;
}

std::string HeaderOf(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

// Keeps files with entity tags as RFC 4791 asks; a test's `before` may answer in its place or change things
// first.
class FakeDav : public http::HttpClient {
 public:
  struct File {
    std::string body;
    int version = 1;
  };
  using Hook = std::function<absl::optional<HttpResponse>(const HttpRequest&)>;

  HttpResponse Send(const HttpRequest& request, const sdk::CallContext&) override {
    requests.push_back(request);
    if (before) {
      if (absl::optional<HttpResponse> answer = before(request)) {
        return *answer;
      }
    }
    const HttpResponse answer = Serve(request);
    if (lose_answers > 0 && request.method != "GET") {
      --lose_answers;
      HttpResponse lost;
      lost.failure = http::TransportFailure::kTimedOut;
      return lost;
    }
    return answer;
  }

  int Count(const std::string& method) const {
    return static_cast<int>(std::count_if(requests.begin(), requests.end(), [&](const HttpRequest& request) {
      return request.method == method;
    }));
  }

  std::map<std::string, File> files;
  std::vector<HttpRequest> requests;
  Hook before;
  int lose_answers = 0;

 private:
  HttpResponse Serve(const HttpRequest& request) {
    const auto found = files.find(request.url);
    const bool exists = found != files.end();
    if (request.method == "GET") {
      return exists ? WithTag(200, found->second) : Answer(404);
    }
    if (request.method == "DELETE") {
      return files.erase(request.url) == 1 ? Answer(204) : Answer(404);
    }
    if (request.method == "REPORT") {
      return Answer(207, Multistatus());
    }
    const std::string match = HeaderOf(request, "If-Match");
    if ((HeaderOf(request, "If-None-Match") == "*" && exists) ||
        (!match.empty() && (!exists || match != Tag(found->second)))) {
      return Answer(412);
    }
    File& file = files[request.url];
    file.version += exists ? 1 : 0;
    file.body = request.body;
    return WithTag(exists ? 204 : 201, file);
  }

  static std::string Tag(const File& file) { return absl::StrCat("\"", file.version, "\""); }

  static HttpResponse WithTag(int status, const File& file) {
    HttpResponse response = Answer(status, status == 200 ? file.body : "");
    response.headers["etag"] = Tag(file);
    return response;
  }

  std::string Multistatus() const {
    std::string out = R"(<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">)";
    for (const auto& [url, file] : files) {
      if (absl::StartsWith(url, kCalendar)) {
        absl::StrAppend(&out, "<response><propstat><prop><C:calendar-data>", file.body,
                        "</C:calendar-data></prop></propstat></response>");
      }
    }
    return out + "</multistatus>";
  }
};

class CalendarDeliverTest : public testing::Test {
 protected:
  CalendarDeliverTest() {
    configuration_.calendar_url = kCalendar;
    configuration_.username = "practice";
    configuration_.password = "secret";
    item_.set_delivery_id("d1");
    v1::Event& event = *item_.mutable_event();
    event.set_type(v1::EVENT_TYPE_APPOINTMENT_CHANGED);
    event.mutable_occurred_time()->set_seconds(1795348800);
    v1::AppointmentChanged& appointment = *event.mutable_appointment_changed();
    appointment.set_copy_id(kId);
    appointment.set_revision(1);
    appointment.mutable_start_time()->set_seconds(1796115600);
    appointment.mutable_end_time()->set_seconds(1796118600);
  }

  v1::AppointmentChanged& appointment() { return *item_.mutable_event()->mutable_appointment_changed(); }

  void Move(int hours) {
    appointment().set_revision(appointment().revision() + 1);
    appointment().mutable_start_time()->set_seconds(appointment().start_time().seconds() + hours * 3600);
    appointment().mutable_end_time()->set_seconds(appointment().end_time().seconds() + hours * 3600);
  }

  v1::Outcome Run() {
    Dav dav(configuration_, server_, context_);
    v1::Outcome outcome = Deliver(dav, item_, now_);
    if (outcome.has_done()) {
      *item_.mutable_known_refs() = outcome.done().refs();
    }
    return outcome;
  }

  v1::Outcome TakeBack() {
    v1::RevokeRequest request;
    request.set_release_id(kId);
    request.set_policy(v1::WITHDRAWAL_POLICY_ENTERED_IN_ERROR);
    Dav dav(configuration_, server_, context_);
    return Revoke(dav, request, now_);
  }

  std::string Url() const { return absl::StrCat(kCalendar, kId, ".ics"); }
  absl::optional<Entry> Remote() { return ReadEntry(server_.files[Url()].body); }

  Configuration configuration_;
  FakeDav server_;
  v1::DeliveryItem item_;
  const sdk::CallContext context_;
  const absl::Time now_ = absl::FromUnixSeconds(1795348800);
};

TEST_F(CalendarDeliverTest, CreatesOnceAndRepeatsWithoutWriting) {
  const v1::Outcome first = Run();
  ASSERT_TRUE(first.has_done()) << first.DebugString();
  EXPECT_EQ(first.done().refs(0).id(), kId);
  const v1::Outcome again = Run();
  ASSERT_TRUE(again.has_done());
  EXPECT_EQ(again.done().content_hash(), first.done().content_hash());
  EXPECT_EQ(server_.Count("PUT"), 1);
  EXPECT_EQ(HeaderOf(server_.requests[1], "If-None-Match"), "*");
  EXPECT_EQ(HeaderOf(server_.requests[0], "Authorization"), "Basic cHJhY3RpY2U6c2VjcmV0");
}

// The answer to the write is lost, as if the process had been killed: the next attempt finds its own work.
TEST_F(CalendarDeliverTest, ALostAnswerLeavesOneEntry) {
  server_.lose_answers = 1;
  const v1::Outcome lost = Run();
  ASSERT_TRUE(lost.has_retry());
  EXPECT_EQ(lost.retry().code(), "timed-out");
  ASSERT_TRUE(Run().has_done());
  EXPECT_EQ(server_.files.size(), 1u);
  EXPECT_EQ(server_.Count("PUT"), 1);
}

TEST_F(CalendarDeliverTest, AMoveAndACancellationReplaceWhatIsThere) {
  ASSERT_TRUE(Run().has_done());
  Move(24);
  ASSERT_TRUE(Run().has_done());
  EXPECT_EQ(absl::ToUnixSeconds(Remote()->start), appointment().start_time().seconds());
  EXPECT_EQ(Remote()->sequence, 1);
  EXPECT_EQ(HeaderOf(server_.requests.back(), "If-Match"), "\"1\"");
  appointment().set_revision(3);
  appointment().set_cancelled(true);
  ASSERT_TRUE(Run().has_done());
  EXPECT_TRUE(Remote()->cancelled);
  EXPECT_EQ(Remote()->sequence, 2);
  EXPECT_EQ(server_.files.size(), 1u);
}

TEST_F(CalendarDeliverTest, ACancelledAppointmentThatNeverWasThereStaysAway) {
  appointment().set_cancelled(true);
  const v1::Outcome outcome = Run();
  ASSERT_TRUE(outcome.has_done());
  EXPECT_TRUE(outcome.done().refs().empty());
  EXPECT_EQ(server_.Count("PUT"), 0);
}

// Somebody writes between our reading and our writing: their change is read and kept.
TEST_F(CalendarDeliverTest, AWriteInBetweenIsNotLost) {
  ASSERT_TRUE(Run().has_done());
  Move(24);
  bool written = false;
  server_.before = [&](const HttpRequest& request) -> absl::optional<HttpResponse> {
    if (request.method == "PUT" && !written) {
      written = true;
      FakeDav::File& file = server_.files[Url()];
      file.body = absl::StrReplaceAll(
          file.body, {{"SUMMARY:Appointment", "SUMMARY:Mine"}, {"SEQUENCE:0", "SEQUENCE:7"}});
      file.version += 1;
    }
    return absl::nullopt;
  };
  ASSERT_TRUE(Run().has_done());
  EXPECT_EQ(server_.Count("PUT"), 3);
  EXPECT_THAT(server_.files[Url()].body, testing::HasSubstr("SUMMARY:Mine"));
  EXPECT_EQ(absl::ToUnixSeconds(Remote()->start), appointment().start_time().seconds());
  EXPECT_EQ(Remote()->sequence, 8);
}

TEST_F(CalendarDeliverTest, EndlessContentionIsPutOff) {
  ASSERT_TRUE(Run().has_done());
  Move(24);
  server_.before = [&](const HttpRequest& request) -> absl::optional<HttpResponse> {
    return request.method == "PUT" ? absl::make_optional(Answer(412)) : absl::nullopt;
  };
  EXPECT_EQ(Run().retry().code(), "contended");
}

TEST_F(CalendarDeliverTest, WhatAPersonDeletedStaysDeleted) {
  ASSERT_TRUE(Run().has_done());
  server_.files.clear();
  for (int i = 0; i < 2; ++i) {  // and stays so with the next change
    Move(24);
    const v1::Outcome outcome = Run();
    ASSERT_TRUE(outcome.has_done());
    EXPECT_EQ(outcome.done().refs(0).version(), "removed-by-hand");
  }
  EXPECT_TRUE(server_.files.empty());
}

TEST_F(CalendarDeliverTest, WhatIsNoEntryOfOursIsAConflict) {
  server_.files[Url()].body = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n";
  const v1::Outcome outcome = Run();
  ASSERT_TRUE(outcome.has_conflict());
  EXPECT_EQ(outcome.conflict().code(), "changed-remotely");
  EXPECT_EQ(server_.Count("PUT"), 0);
}

TEST_F(CalendarDeliverTest, AServerWithoutEntityTagsIsNotWrittenTo) {
  ASSERT_TRUE(Run().has_done());
  Move(24);
  const std::string body = server_.files[Url()].body;
  server_.before = [&](const HttpRequest& request) -> absl::optional<HttpResponse> {
    return request.method == "GET" ? absl::make_optional(Answer(200, body)) : absl::nullopt;
  };
  EXPECT_EQ(Run().permanent().code(), "no-entity-tag");
}

struct Refusal {
  int status;
  const char* body;
  const char* code;
  v1::Outcome::ResultCase result;
  v1::PermanentScope scope;
};

TEST_F(CalendarDeliverTest, EveryAnswerToAWriteMeansSomething) {
  const Refusal table[] = {
      {409, "<error><no-uid-conflict/></error>", "moved-remotely", v1::Outcome::kConflict, {}},
      {409, "", "calendar-not-found", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_CONFIGURATION},
      {404, "", "calendar-not-found", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_CONFIGURATION},
      {301, "", "redirected", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_CONFIGURATION},
      {401, "", "unauthorized", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_CONFIGURATION},
      {403, "", "forbidden", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_CONFIGURATION},
      {405, "", "unsupported", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_CONFIGURATION},
      {400, "", "rejected", v1::Outcome::kPermanent, v1::PERMANENT_SCOPE_ITEM},
      {423, "", "contended", v1::Outcome::kRetry, {}},
      {429, "", "throttled", v1::Outcome::kRetry, {}},
      {503, "", "server-error", v1::Outcome::kRetry, {}},
      {507, "", "storage-full", v1::Outcome::kRetry, {}},
  };
  for (const Refusal& refusal : table) {
    server_.before = [&](const HttpRequest& request) -> absl::optional<HttpResponse> {
      return request.method == "PUT" ? absl::make_optional(Answer(refusal.status, refusal.body))
                                     : absl::nullopt;
    };
    const v1::Outcome outcome = Run();
    ASSERT_EQ(outcome.result_case(), refusal.result) << refusal.status;
    const std::string code = outcome.has_retry()       ? outcome.retry().code()
                             : outcome.has_permanent() ? outcome.permanent().code()
                                                       : outcome.conflict().code();
    EXPECT_EQ(code, refusal.code) << refusal.status;
    if (outcome.has_permanent()) {
      EXPECT_EQ(outcome.permanent().scope(), refusal.scope) << refusal.status;
    }
  }
}

TEST_F(CalendarDeliverTest, EventsThatBreakTheContractAreRefused) {
  const std::function<void(v1::Event&)> spoil[] = {
      [](v1::Event& event) { event.mutable_response_released(); },
      [](v1::Event& event) { event.clear_payload(); },
      [](v1::Event& event) {
        event.mutable_appointment_changed()->set_copy_id("../../other/calendar/entry-aa");
      },
      [](v1::Event& event) { event.mutable_appointment_changed()->clear_copy_id(); },
      [](v1::Event& event) { event.mutable_appointment_changed()->set_revision(0); },
      [](v1::Event& event) { event.mutable_appointment_changed()->clear_end_time(); },
      [](v1::Event& event) { event.mutable_appointment_changed()->mutable_end_time()->set_seconds(5); },
      [](v1::Event& event) {
        event.mutable_appointment_changed()->mutable_end_time()->set_seconds(1896118600);
      },
  };
  const v1::Event good = item_.event();
  for (const auto& each : spoil) {
    *item_.mutable_event() = good;
    each(*item_.mutable_event());
    EXPECT_TRUE(Run().has_permanent()) << item_.DebugString();
  }
  EXPECT_TRUE(server_.requests.empty());
}

TEST_F(CalendarDeliverTest, RevokingDeletesAndIsDoneWhenNothingIsThere) {
  ASSERT_TRUE(Run().has_done());
  ASSERT_TRUE(TakeBack().has_done());
  EXPECT_TRUE(server_.files.empty());
  ASSERT_TRUE(TakeBack().has_done());
  server_.before = [](const HttpRequest&) { return absl::make_optional(Answer(503)); };
  EXPECT_TRUE(TakeBack().has_retry());
}

TEST_F(CalendarDeliverTest, TheFeedFollowsEveryChangeAndHoldsTimesOnly) {
  configuration_.feed_url = kFeed;
  server_.files[absl::StrCat(kCalendar, "own.ics")].body =
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:dentist\r\nDTSTART:20261201T090000Z\r\nSUMMARY:"
      "Dentist\r\n"
      "END:VEVENT\r\nEND:VCALENDAR\r\n";
  ASSERT_TRUE(Run().has_done());
  EXPECT_TRUE(ReadEntry(server_.files[kFeed].body).has_value());
  EXPECT_FALSE(absl::StrContains(server_.files[kFeed].body, "Dentist"));
  // What a person wrote into an entry of ours stays in the calendar.
  std::string& entry = server_.files[Url()].body;
  entry = absl::StrReplaceAll(entry, {{"SUMMARY:Appointment", "SUMMARY:Anna\r\nDESCRIPTION:note"}});
  Move(24);
  ASSERT_TRUE(Run().has_done());
  EXPECT_THAT(server_.files[Url()].body, testing::HasSubstr("SUMMARY:Anna"));
  EXPECT_THAT(server_.files[kFeed].body, testing::HasSubstr("SUMMARY:Appointment"));
  EXPECT_FALSE(absl::StrContains(server_.files[kFeed].body, "Anna"));
  EXPECT_FALSE(absl::StrContains(server_.files[kFeed].body, "note"));
  EXPECT_EQ(absl::ToUnixSeconds(ReadEntry(server_.files[kFeed].body)->start),
            appointment().start_time().seconds());
  ASSERT_TRUE(TakeBack().has_done());
  EXPECT_FALSE(absl::StrContains(server_.files[kFeed].body, "VEVENT"));
}

// A feed that could not be written is not forgotten: the delivery comes again.
TEST_F(CalendarDeliverTest, AFeedThatFailsMakesTheDeliveryComeAgain) {
  configuration_.feed_url = kFeed;
  bool down = true;
  server_.before = [&](const HttpRequest& request) -> absl::optional<HttpResponse> {
    return down && request.url == kFeed ? absl::make_optional(Answer(503)) : absl::nullopt;
  };
  EXPECT_TRUE(Run().has_retry());
  EXPECT_EQ(server_.files.count(Url()), 1u);
  down = false;
  EXPECT_TRUE(Run().has_done());
  EXPECT_EQ(server_.files.count(kFeed), 1u);
}

TEST_F(CalendarDeliverTest, RevokedFeedsAreDeletedUntilTheyAreGone) {
  configuration_.revoked_feed_urls = {kFeed, std::string(kFeed) + "x"};
  server_.files[kFeed].body = "old";
  Dav dav(configuration_, server_, context_);
  server_.before = [](const HttpRequest&) { return absl::make_optional(Answer(503)); };
  EXPECT_FALSE(DeleteRevokedFeeds(dav));
  server_.before = nullptr;
  EXPECT_TRUE(DeleteRevokedFeeds(dav));
  EXPECT_TRUE(server_.files.empty());
  EXPECT_TRUE(DeleteRevokedFeeds(dav));
}

TEST_F(CalendarDeliverTest, PreviewShowsWhatDeliverSends) {
  const Dav dav(configuration_, server_, context_);
  const v1::PreviewResponse preview = Preview(dav, item_.event());
  ASSERT_EQ(preview.documents_size(), 1);
  ASSERT_TRUE(Run().has_done());
  EXPECT_EQ(preview.documents(0).content(), server_.files[Url()].body);
  EXPECT_EQ(preview.documents(0).target(), "PUT " + Url());
  EXPECT_FALSE(absl::StrContains(preview.DebugString(), "secret"));
}

TEST_F(CalendarDeliverTest, ReconcileTellsWhatIsThere) {
  v1::ReconcileRequest request;
  request.set_release_id(kId);
  Dav dav(configuration_, server_, context_);
  EXPECT_EQ(Reconcile(dav, request, now_)->copies(0).state(), v1::REMOTE_STATE_GONE);
  ASSERT_TRUE(Run().has_done());
  EXPECT_EQ(Reconcile(dav, request, now_)->copies(0).state(), v1::REMOTE_STATE_ACTIVE);
  server_.before = [](const HttpRequest&) { return absl::make_optional(Answer(503)); };
  EXPECT_TRUE(absl::IsUnavailable(Reconcile(dav, request, now_).status()));
}

}  // namespace
}  // namespace mendwork::calendar
