// The SDK's side of the contract, over a real channel, with a handler that only counts.
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "plugins/sdk/log.h"
#include "plugins/sdk/service.h"

namespace mendwork::sdk {
namespace {

class CountingHandler : public PluginHandler {
 public:
  absl::string_view ManifestJson() const override { return "{}"; }
  absl::string_view ConfigurationSchema() const override { return "{}"; }
  std::vector<v1::Capability> Capabilities() const override {
    return {v1::CAPABILITY_DELIVER, v1::CAPABILITY_REVOKE};
  }
  std::vector<v1::Diagnostic> ValidateConfig(const v1::ValidateConfigRequest&) const override { return {}; }

  std::vector<v1::Diagnostic> Configure(const v1::ConfigureRequest& request) override {
    if (request.configuration() == "bad") {
      return {MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, "bad", "field", "It is bad.")};
    }
    return {MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_WARNING, "odd", "field", "It is odd.")};
  }

  v1::ProbeResponse Probe(const CallContext&) override { return {}; }

  v1::Outcome Deliver(const CallContext& context, const v1::DeliveryItem& item) override {
    ++delivered;
    if (item.delivery_id() == "hang") {
      hanging.Notify();
      while (!context.cancelled()) {
        std::this_thread::yield();
      }
    }
    if (item.delivery_id() == "wait") {
      hanging.Notify();
      release.WaitForNotification();
    }
    if (item.delivery_id() == "later") {
      return RetryOutcome("later", absl::Milliseconds(1500));
    }
    v1::Outcome out;
    out.mutable_done();
    return out;
  }

  v1::Outcome Revoke(const CallContext&, const v1::RevokeRequest&) override {
    return PermanentOutcome("no", v1::PERMANENT_SCOPE_ITEM);
  }

  std::atomic<int> delivered{0};
  absl::Notification hanging;
  absl::Notification release;
};

class SdkServiceTest : public testing::Test {
 protected:
  SdkServiceTest() : service_(v1::Manifest(), handler_, [this] { stopped_.Notify(); }) {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::PluginService::NewStub(server_->InProcessChannel({}));
  }

  ~SdkServiceTest() override { server_->Shutdown(); }

  grpc::StatusCode Configure(const std::string& text) {
    grpc::ClientContext context;
    v1::ConfigureRequest request;
    request.set_configuration(text);
    v1::ConfigureResponse response;
    return stub_->Configure(&context, request, &response).error_code();
  }

  grpc::StatusCode Deliver(const std::vector<std::pair<std::string, std::string>>& ids_and_subjects,
                           absl::Duration timeout = absl::Minutes(1)) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    v1::DeliverRequest request;
    for (const auto& [id, subject] : ids_and_subjects) {
      v1::DeliveryItem* item = request.add_items();
      item->set_delivery_id(id);
      item->mutable_event()->set_subject(subject);
    }
    response_.Clear();
    return stub_->Deliver(&context, request, &response_).error_code();
  }

  CountingHandler handler_;
  absl::Notification stopped_;
  Service service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::PluginService::Stub> stub_;
  v1::DeliverResponse response_;
};

TEST_F(SdkServiceTest, NothingWorksBeforeAConfiguration) {
  EXPECT_EQ(Deliver({{"a", "s"}}), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Configure("bad"), grpc::StatusCode::OK);
  EXPECT_EQ(Deliver({{"a", "s"}}), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(Configure("good"), grpc::StatusCode::OK);
  EXPECT_EQ(Deliver({{"a", "s"}}), grpc::StatusCode::OK);
  EXPECT_EQ(Configure("bad"), grpc::StatusCode::OK);
  EXPECT_EQ(Deliver({{"a", "s"}}), grpc::StatusCode::OK)
      << "a bad configuration leaves the one before in force";
}

TEST_F(SdkServiceTest, UndeclaredMethodsDoNotExist) {
  Configure("good");
  grpc::ClientContext preview;
  v1::PreviewResponse previewed;
  EXPECT_EQ(stub_->Preview(&preview, {}, &previewed).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  grpc::ClientContext reconcile;
  v1::ReconcileResponse reconciled;
  EXPECT_EQ(stub_->Reconcile(&reconcile, {}, &reconciled).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  grpc::ClientContext import;
  EXPECT_EQ(stub_->Import(&import, {})->Finish().error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

TEST_F(SdkServiceTest, OneCallConcernsOneSubject) {
  Configure("good");
  EXPECT_EQ(Deliver({}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Deliver({{"a", "s"}, {"b", "t"}}), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Deliver(std::vector<std::pair<std::string, std::string>>(17, {"a", "s"})),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(handler_.delivered, 0);
}

TEST_F(SdkServiceTest, OrderHoldsWhenAnItemHasToWait) {
  Configure("good");
  ASSERT_EQ(Deliver({{"a", "s"}, {"later", "s"}, {"c", "s"}}), grpc::StatusCode::OK);
  ASSERT_EQ(response_.results_size(), 3);
  EXPECT_TRUE(response_.results(0).outcome().has_done());
  EXPECT_EQ(response_.results(1).outcome().retry().code(), "later");
  EXPECT_EQ(response_.results(1).outcome().retry().after().seconds(), 1);
  EXPECT_EQ(response_.results(1).outcome().retry().after().nanos(), 500000000);
  EXPECT_EQ(response_.results(2).outcome().retry().code(), "not-attempted");
  EXPECT_EQ(response_.results(2).delivery_id(), "c");
  EXPECT_EQ(handler_.delivered, 2);
}

TEST_F(SdkServiceTest, CancellationReachesTheHandler) {
  Configure("good");
  grpc::ClientContext context;
  std::thread caller([&] {
    v1::DeliverRequest request;
    request.add_items()->set_delivery_id("hang");
    v1::DeliverResponse response;
    EXPECT_EQ(stub_->Deliver(&context, request, &response).error_code(), grpc::StatusCode::CANCELLED);
  });
  handler_.hanging.WaitForNotification();
  context.TryCancel();
  caller.join();
}

TEST_F(SdkServiceTest, DrainWaitsForRunningCallsAndRefusesNewOnes) {
  Configure("good");
  std::thread running([&] {
    grpc::ClientContext context;
    v1::DeliverRequest request;
    request.add_items()->set_delivery_id("wait");
    v1::DeliverResponse response;
    EXPECT_TRUE(stub_->Deliver(&context, request, &response).ok());
  });
  handler_.hanging.WaitForNotification();
  std::atomic<bool> drained{false};
  std::thread draining([&] {
    grpc::ClientContext context;
    v1::DrainResponse response;
    EXPECT_TRUE(stub_->Drain(&context, {}, &response).ok());
    drained = true;
  });
  // Until Drain has arrived, a further call waits for its turn and ends by its deadline.
  while (Deliver({{"a", "s"}}, absl::Milliseconds(50)) != grpc::StatusCode::UNAVAILABLE) {
  }
  EXPECT_EQ(handler_.delivered, 1);
  EXPECT_FALSE(drained);
  handler_.release.Notify();
  running.join();
  draining.join();
  EXPECT_TRUE(drained);
  EXPECT_EQ(Configure("good"), grpc::StatusCode::FAILED_PRECONDITION);
}

TEST_F(SdkServiceTest, RevokeNeedsAPolicyAndStopStops) {
  Configure("good");
  grpc::ClientContext without;
  v1::RevokeResponse response;
  EXPECT_EQ(stub_->Revoke(&without, {}, &response).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  grpc::ClientContext context;
  v1::StopResponse stopped;
  EXPECT_TRUE(stub_->Stop(&context, {}, &stopped).ok());
  stopped_.WaitForNotification();
}

TEST(SdkSecretTest, SecretIsReadFromItsDescriptorAgainAndAgain) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string name = testing::TempDir() + "mendwork-secret-XXXXXX";
  const int file = mkstemp(name.data());
  ASSERT_GE(file, 0);
  unlink(name.c_str());
  ASSERT_EQ(write(file, "hush\n", 5), 5);
  v1::ConfigureRequest request;
  request.add_secrets()->set_name("token");
  request.mutable_secrets(0)->set_file_descriptor(file);
  EXPECT_EQ(*ReadSecret(request, "token"), "hush");
  EXPECT_EQ(*ReadSecret(request, "token"), "hush");
  EXPECT_EQ(ReadSecret(request, "other").status().code(), absl::StatusCode::kNotFound);
  request.mutable_secrets(0)->set_file_descriptor(ends[1]);
  EXPECT_FALSE(ReadSecret(request, "token").ok());
  close(file);
  close(ends[0]);
  close(ends[1]);
}

TEST(SdkLogTest, ProseIsRedacted) {
  testing::internal::CaptureStderr();
  Log(Severity::kInfo, "tested",
      {LogField::Token("good", "Observation.component[0].code"), LogField::Token("bad", "I feel alone"),
       LogField::Token("worse", "\"}\n"), LogField::Token("long", std::string(121, 'a')),
       LogField::Number("number", -3), LogField::Flag("flag", true),
       LogField::Duration("took", absl::Milliseconds(12))});
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "{\"severity\":\"info\",\"event\":\"tested\",\"good\":\"Observation.component[0].code\",\"bad\":"
            "\"redacted\","
            "\"worse\":\"redacted\",\"long\":\"redacted\",\"number\":-3,\"flag\":true,\"took_ms\":12}\n");
}

}  // namespace
}  // namespace mendwork::sdk
