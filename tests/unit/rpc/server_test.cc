// The listeners over real sockets, with fake use cases.
#include "service/rpc/server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/client_unary_call.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "gtest/gtest.h"
#include "mendwork/admin/v1/practice_service.grpc.pb.h"
#include "mendwork/v1/safety_service.grpc.pb.h"
#include "service/base/log.h"
#include "tests/unit/rpc/fixture.h"

namespace mendwork::rpc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The changes that the fake watch finds: the resume token counts how many were sent.
struct Changes {
  absl::Mutex mutex;
  std::vector<std::string> flags ABSL_GUARDED_BY(mutex);
  int reads ABSL_GUARDED_BY(mutex) = 0;
};
Changes* changes = nullptr;

struct Found {
  std::vector<v1::WatchFlagsResponse> messages;
  std::string resume_token;
};

absl::StatusOr<Found> ListChanges(const app::Call&, store::Transaction&,
                                  const v1::WatchFlagsRequest& request) {
  absl::MutexLock lock(&changes->mutex);
  ++changes->reads;
  Found found;
  size_t next = request.resume_token().empty() ? 0 : std::stoul(request.resume_token());
  for (; next < changes->flags.size() && found.messages.size() < 2; ++next) {  // pages of two
    v1::WatchFlagsResponse& message = found.messages.emplace_back();
    message.mutable_flag()->set_name(changes->flags[next]);
    message.set_resume_token(std::to_string(next + 1));
  }
  found.resume_token = std::to_string(next);
  return found;
}

absl::StatusOr<v1::Flag> GetFlag(const app::Call&, store::Transaction&, const v1::GetFlagRequest& request) {
  v1::Flag flag;
  flag.set_name(request.name());
  return flag;
}

absl::StatusOr<v1::Flag> AcknowledgeFlag(const app::Call&, store::WriteTransaction&,
                                         const v1::AcknowledgeFlagRequest& request) {
  v1::Flag flag;
  flag.set_name(request.name());
  return flag;
}

absl::StatusOr<admin::v1::InitializeServerResponse> InitializeServer(
    const app::Call&, store::WriteTransaction&, const admin::v1::InitializeServerRequest&) {
  admin::v1::InitializeServerResponse response;
  response.set_administrator("practices/p/staff/s");
  return response;
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    changes = &changes_;
    base::SetLogSink([](absl::string_view) {});
    options_.listen = "127.0.0.1:0";
    options_.admin_listen = "unix:" + fixture_.directory().File("admin.sock");
    options_.session_check_interval = absl::Milliseconds(20);
    options_.drain_max = absl::Seconds(2);
  }
  ~ServerTest() override {
    server_.reset();
    base::SetLogSink(nullptr);
  }

  absl::Status Start() {
    MENDWORK_ASSIGN_OR_RETURN(
        server_, Server::Start(
                     options_, fixture_.runtime(),
                     {WithUnusedMethods("mendwork.v1.SafetyService",
                                        {Serve("GetFlag", GetFlag), Serve("AcknowledgeFlag", AcknowledgeFlag),
                                         ServeWatch("WatchFlags", ListChanges)}),
                      WithUnusedMethods("mendwork.admin.v1.PracticeService",
                                        {Serve("InitializeServer", InitializeServer)})}));
    api_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    administration_ = grpc::CreateChannel(server_->admin_address(), grpc::InsecureChannelCredentials());
    return absl::OkStatus();
  }

  std::unique_ptr<grpc::ClientContext> As(app::Role role, int64_t person_id = 7) {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::minutes(1));  // instead of hanging
    context->AddMetadata("authorization", "Bearer " + fixture_.SignIn(role, person_id));
    return context;
  }

  using Stream = grpc::ClientReader<v1::WatchFlagsResponse>;
  struct Watch {
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<v1::SafetyService::Stub> stub;
    std::unique_ptr<Stream> stream;
    std::string Next() {
      v1::WatchFlagsResponse message;
      return stream->Read(&message) ? message.flag().name() : "end";
    }
  };
  Watch Open(int64_t person_id, const std::string& resume_token = "",
             app::Role role = app::Role::kTherapist) {
    Watch watch{As(role, person_id), v1::SafetyService::NewStub(api_), nullptr};
    v1::WatchFlagsRequest request;
    request.set_parent("practices/p");
    request.set_resume_token(resume_token);
    watch.stream = watch.stub->WatchFlags(watch.context.get(), request);
    return watch;
  }
  void AddFlag(const std::string& flag) {
    {
      absl::MutexLock lock(&changes_.mutex);
      changes_.flags.push_back(flag);
    }
    fixture_.runtime().flag_feed().Notify();
  }

  static google::rpc::Status Details(const grpc::Status& status) {
    google::rpc::Status details;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.code(), static_cast<int>(status.error_code()));
    EXPECT_EQ(details.message(), status.error_message());
    return details;
  }

  RuntimeFixture fixture_;
  Changes changes_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> api_;
  std::shared_ptr<grpc::Channel> administration_;
};

TEST_F(ServerTest, ServesOnBothListeners) {
  ASSERT_TRUE(Start().ok());
  EXPECT_NE(server_->address(), "127.0.0.1:0");
  v1::GetFlagRequest request;
  request.set_name("practices/p/flags/f");
  for (const auto& channel : {api_, administration_}) {
    v1::Flag flag;
    const grpc::Status status =
        v1::SafetyService::NewStub(channel)->GetFlag(As(app::Role::kTherapist).get(), request, &flag);
    ASSERT_TRUE(status.ok()) << status.error_message();
    EXPECT_EQ(flag.name(), request.name());
  }
}

TEST_F(ServerTest, ErrorsCarryTheirDetails) {
  ASSERT_TRUE(Start().ok());
  v1::AcknowledgeFlagRequest request;
  request.GetReflection()->MutableUnknownFields(&request)->AddVarint(77, 1);
  v1::Flag flag;
  grpc::Status status =
      v1::SafetyService::NewStub(api_)->AcknowledgeFlag(As(app::Role::kTherapist).get(), request, &flag);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const auto bad_request = FindDetail<google::rpc::BadRequest>(Details(status));
  ASSERT_TRUE(bad_request.has_value());
  EXPECT_EQ(bad_request->field_violations_size(), 4);

  grpc::ClientContext anonymous;
  status = v1::SafetyService::NewStub(api_)->AcknowledgeFlag(&anonymous, request, &flag);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonIn(Details(status)), "SESSION_MISSING");

  status =
      v1::SafetyService::NewStub(api_)->AcknowledgeFlag(As(app::Role::kPartner, 8).get(), request, &flag);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
}

TEST_F(ServerTest, TextThatIsNotUtf8IsAnInvalidArgument) {
  ASSERT_TRUE(Start().ok());
  v1::GetFlagRequest request;
  request.set_name("\xc3\x28");
  v1::Flag flag;
  const grpc::Status status =
      v1::SafetyService::NewStub(api_)->GetFlag(As(app::Role::kTherapist).get(), request, &flag);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonIn(Details(status)), "MALFORMED_REQUEST");
}

TEST_F(ServerTest, RefusesLargeAndCompressedRequests) {
  ASSERT_TRUE(Start().ok());
  v1::GetFlagRequest request;
  request.set_name(std::string(kRequestBytesMax + 1, 'n'));
  v1::Flag flag;
  EXPECT_EQ(
      v1::SafetyService::NewStub(api_)->GetFlag(As(app::Role::kTherapist).get(), request, &flag).error_code(),
      grpc::StatusCode::RESOURCE_EXHAUSTED);
  request.set_name(std::string(2000, 'n'));
  const std::unique_ptr<grpc::ClientContext> compressed = As(app::Role::kTherapist);
  compressed->set_compression_algorithm(GRPC_COMPRESS_GZIP);
  EXPECT_EQ(v1::SafetyService::NewStub(api_)->GetFlag(compressed.get(), request, &flag).error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(ServerTest, AdministrationMethodsLookUnknownOnTheApi) {
  ASSERT_TRUE(Start().ok());
  admin::v1::InitializeServerRequest request;
  request.set_practice_display_name("P");
  request.set_administrator_display_name("A");
  admin::v1::InitializeServerResponse response;
  grpc::ClientContext api_context;
  const grpc::Status refused =
      admin::v1::PracticeService::NewStub(api_)->InitializeServer(&api_context, request, &response);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNIMPLEMENTED);

  grpc::ClientContext unknown_context;
  const grpc::internal::RpcMethod unknown("/mendwork.v1.Nonesuch/Method",
                                          grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status absent =
      grpc::internal::BlockingUnaryCall<google::protobuf::MessageLite, google::protobuf::MessageLite>(
          api_.get(), unknown, &unknown_context, request, &response);
  EXPECT_EQ(refused.error_message(), absent.error_message());
  EXPECT_EQ(refused.error_details(), absent.error_details());
  EXPECT_EQ(absent.error_code(), grpc::StatusCode::UNIMPLEMENTED);

  grpc::ClientContext admin_context;
  EXPECT_TRUE(admin::v1::PracticeService::NewStub(administration_)
                  ->InitializeServer(&admin_context, request, &response)
                  .ok());
  EXPECT_EQ(response.administrator(), "practices/p/staff/s");
}

TEST_F(ServerTest, SocketsHaveTheirModes) {
  options_.listen = "unix:" + fixture_.directory().File("api.sock");
  ASSERT_TRUE(Start().ok());
  struct stat found;
  ASSERT_EQ(stat(fixture_.directory().File("admin.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  ASSERT_EQ(stat(fixture_.directory().File("api.sock").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
}

TEST_F(ServerTest, RefusesANetworkAndAPortForAdministration) {
  options_.listen = "0.0.0.0:0";
  EXPECT_THAT(std::string(Start().message()), HasSubstr("--allow-insecure-network-listener"));
  options_.allow_insecure_network_listener = true;
  EXPECT_TRUE(Start().ok());
  server_.reset();
  options_.admin_listen = "127.0.0.1:0";
  EXPECT_THAT(std::string(Start().message()), HasSubstr("must be a Unix socket"));
}

TEST_F(ServerTest, TellsThatAPortIsTaken) {
  ASSERT_TRUE(Start().ok());
  ServerOptions second = options_;
  second.listen = server_->address();
  second.admin_listen = "unix:" + fixture_.directory().File("second.sock");
  const absl::Status status =
      Server::Start(second, fixture_.runtime(), {WithUnusedMethods("mendwork.v1.SafetyService", {})})
          .status();
  EXPECT_EQ(base::Reason(status), "CANNOT_LISTEN");
  EXPECT_THAT(std::string(status.message()), HasSubstr("Address already in use"));
}

HealthCheckResponse::ServingStatus Check(const std::shared_ptr<grpc::Channel>& channel,
                                         const std::string& service, grpc::StatusCode* code) {
  grpc::ClientContext context;
  HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  *code = Health::NewStub(channel)->Check(&context, request, &response).error_code();
  return response.status();
}

TEST_F(ServerTest, HealthKnowsTheServices) {
  ASSERT_TRUE(Start().ok());
  grpc::StatusCode code;
  for (const auto& channel : {api_, administration_}) {
    for (const char* service : {"", "mendwork.v1.SafetyService", "mendwork.admin.v1.PracticeService"}) {
      EXPECT_EQ(Check(channel, service, &code), HealthCheckResponse::SERVING) << service;
      EXPECT_EQ(code, grpc::StatusCode::OK);
    }
    Check(channel, "mendwork.v1.Nonesuch", &code);
    EXPECT_EQ(code, grpc::StatusCode::NOT_FOUND);
  }
}

TEST_F(ServerTest, HealthWatchersLearnOfTheEnd) {
  ASSERT_TRUE(Start().ok());
  const std::unique_ptr<Health::Stub> stub = Health::NewStub(api_);
  grpc::ClientContext context;
  grpc::ClientContext unknown_context;
  HealthCheckRequest request;
  const auto watch = stub->Watch(&context, request);
  request.set_service("nonesuch");
  const auto unknown = stub->Watch(&unknown_context, request);
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  ASSERT_TRUE(unknown->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);

  server_->Shutdown();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, ReflectionOnTheApiOnlyByOption) {
  for (const bool wanted : {false, true}) {
    options_.reflection = wanted;
    ASSERT_TRUE(Start().ok());
    for (const auto& channel : {api_, administration_}) {
      grpc::ClientContext context;
      google::protobuf::FieldMask
          any;  // an empty message: the answer is an error of reflection, not of the method
      const grpc::internal::RpcMethod method("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                             grpc::internal::RpcMethod::NORMAL_RPC);
      google::protobuf::FieldMask response;
      const grpc::Status status =
          grpc::internal::BlockingUnaryCall<google::protobuf::MessageLite, google::protobuf::MessageLite>(
              channel.get(), method, &context, any, &response);
      const bool is_served = channel == administration_ || wanted;
      EXPECT_EQ(status.error_code() != grpc::StatusCode::UNIMPLEMENTED, is_served);
    }
    server_.reset();
  }
}

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
