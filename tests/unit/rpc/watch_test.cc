// Watches over real sockets, with fake use cases.
#include "tests/unit/rpc/server_fixture.h"

namespace mendwork::rpc {
namespace {

TEST_F(ServerTest, AWatchCatchesUpAndGoesOn) {
  ASSERT_TRUE(Start().ok());
  for (const char* flag : {"a", "b", "c"}) {
    AddFlag(flag);
  }
  Watch watch = Open(7);
  EXPECT_EQ(watch.Next(), "a");
  EXPECT_EQ(watch.Next(), "b");
  EXPECT_EQ(watch.Next(), "c");
  AddFlag("d");
  EXPECT_EQ(watch.Next(), "d");
  Watch resumed = Open(7, "3");
  EXPECT_EQ(resumed.Next(), "d");
  AddFlag("e");
  EXPECT_EQ(watch.Next(), "e");
  EXPECT_EQ(resumed.Next(), "e");
}

TEST_F(ServerTest, AWatchEndsWithItsSession) {
  ASSERT_TRUE(Start().ok());
  AddFlag("a");
  Watch watch = Open(7);
  Watch other = Open(8);
  EXPECT_EQ(watch.Next(), "a");
  EXPECT_EQ(other.Next(), "a");
  fixture_.SignOut(7);
  EXPECT_EQ(watch.Next(), "end");
  const grpc::Status status = watch.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonIn(Details(status)), "SESSION_INVALID");
  AddFlag("b");
  EXPECT_EQ(other.Next(), "b");
}

TEST_F(ServerTest, NothingIsSentAfterTheSessionEnded) {
  options_.session_check_interval = absl::Hours(1);  // only the check before each message is left
  ASSERT_TRUE(Start().ok());
  AddFlag("a");
  Watch watch = Open(7);
  EXPECT_EQ(watch.Next(), "a");
  fixture_.SignOut(7);
  AddFlag("b");
  EXPECT_EQ(watch.Next(), "end");
  EXPECT_EQ(watch.stream->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST_F(ServerTest, AWatchNeedsARole) {
  ASSERT_TRUE(Start().ok());
  Watch watch = Open(7, "", app::Role::kPartner);
  EXPECT_EQ(watch.Next(), "end");
  EXPECT_EQ(watch.stream->Finish().error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ServerTest, OnePersonHasAFewWatches) {
  ASSERT_TRUE(Start().ok());
  AddFlag("a");
  std::vector<Watch> watches;
  for (int i = 0; i < kStreamsPerPersonMax; ++i) {
    watches.push_back(Open(7));
    EXPECT_EQ(watches.back().Next(), "a");
  }
  Watch refused = Open(7);
  EXPECT_EQ(refused.Next(), "end");
  const grpc::Status status = refused.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonIn(Details(status)), "TOO_MANY_STREAMS");
  EXPECT_EQ(Open(8).Next(), "a");  // another person; ends at once

  watches[0].context->TryCancel();
  EXPECT_EQ(watches[0].Next(), "end");
  // The place is free once the server has noticed: asking until then needs no clock.
  while (Open(7).Next() != "a") {
    std::this_thread::yield();
  }
}

TEST_F(ServerTest, IdleWatchesReadNothing) {
  ASSERT_TRUE(Start().ok());
  AddFlag("a");
  Watch watch = Open(7);
  EXPECT_EQ(watch.Next(), "a");
  AddFlag("b");
  EXPECT_EQ(watch.Next(), "b");
  int before;
  {
    absl::MutexLock lock(&changes_.mutex);
    before = changes_.reads;
  }
  // Many session checks later, found by a second person whose session ends meanwhile.
  Watch other = Open(8, "2");
  fixture_.SignOut(8);
  EXPECT_EQ(other.Next(), "end");
  absl::MutexLock lock(&changes_.mutex);
  EXPECT_LE(changes_.reads, before + 2);  // the end of the page in flight, and the other's first read
}

TEST_F(ServerTest, ManyWatchesComeAndGo) {
  options_.session_check_interval = absl::Milliseconds(1);
  ASSERT_TRUE(Start().ok());
  AddFlag("0");
  std::vector<std::thread> people;
  for (int person = 1; person <= 4; ++person) {
    people.emplace_back([this, person] {
      for (int round = 0; round < 30; ++round) {
        Watch watch = Open(person);
        EXPECT_EQ(watch.Next(), "0");
        AddFlag(std::to_string(round));
        if (round % 3 == 0) {
          fixture_.SignOut(person);
        } else if (round % 3 == 1) {
          watch.context->TryCancel();
        }  // otherwise the client goes away in the middle
        if (round % 3 != 2) {
          while (watch.Next() != "end") {
          }
          const grpc::StatusCode code = watch.stream->Finish().error_code();
          EXPECT_EQ(code, round % 3 == 0 ? grpc::StatusCode::UNAUTHENTICATED : grpc::StatusCode::CANCELLED);
        }
      }
    });
  }
  for (std::thread& person : people) {
    person.join();
  }
  server_.reset();  // checks that no stream is left
}

TEST_F(ServerTest, ShutdownEndsWatchesAndLetsCallsFinish) {
  ASSERT_TRUE(Start().ok());
  AddFlag("a");
  Watch watch = Open(7);
  EXPECT_EQ(watch.Next(), "a");
  server_->Shutdown();
  EXPECT_EQ(watch.Next(), "end");
  const grpc::Status status = watch.stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonIn(Details(status)), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace mendwork::rpc
