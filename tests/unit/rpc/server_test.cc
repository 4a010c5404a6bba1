// The listeners over real sockets, with fake use cases.
#include "tests/unit/rpc/server_fixture.h"

namespace mendwork::rpc {
namespace {

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

}  // namespace
}  // namespace mendwork::rpc
