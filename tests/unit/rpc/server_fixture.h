// A server on real sockets with fake use cases, and clients of it.
#pragma once

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
#include "service/rpc/server.h"
#include "tests/unit/rpc/fixture.h"

namespace mendwork::rpc {

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
inline Changes* changes = nullptr;

struct Found {
  std::vector<v1::WatchFlagsResponse> messages;
  std::string resume_token;
};

inline absl::StatusOr<Found> ListChanges(const app::Call&, store::Transaction&,
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

inline absl::StatusOr<v1::Flag> GetFlag(const app::Call&, store::Transaction&,
                                        const v1::GetFlagRequest& request) {
  v1::Flag flag;
  flag.set_name(request.name());
  return flag;
}

inline absl::StatusOr<v1::Flag> AcknowledgeFlag(const app::Call&, store::WriteTransaction&,
                                                const v1::AcknowledgeFlagRequest& request) {
  v1::Flag flag;
  flag.set_name(request.name());
  return flag;
}

inline absl::StatusOr<admin::v1::InitializeServerResponse> InitializeServer(
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

}  // namespace mendwork::rpc
