// A runtime over a real store, sessions to call with, and fake use cases behind real method rules.
#pragma once

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "mendwork/v1/safety_service.pb.h"
#include "service/app/runtime.h"
#include "service/base/crypto.h"
#include "service/base/status.h"
#include "service/domain/catalog.h"
#include "service/rpc/method_table.h"
#include "service/store/file_key_provider.h"
#include "service/store/store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::rpc {

class RuntimeFixture {
 public:
  RuntimeFixture() : keys_(directory_.File("secrets"), &random_) {
    store::StoreOptions options;
    options.directory = directory_.path();
    options.clock = &clock_;
    options.random = &random_;
    options.keys = &keys_;
    absl::StatusOr<std::unique_ptr<store::Store>> store = store::Store::Open(std::move(options));
    MENDWORK_CHECK(store.ok(), store.status().message());
    store_ = *std::move(store);
    app::RuntimeOptions runtime_options;
    runtime_options.store = store_.get();
    runtime_options.catalog = &catalog_;
    runtime_options.clock = &clock_;
    runtime_options.random = &random_;
    runtime_options.argon2 = {1, 8192};
    absl::StatusOr<std::unique_ptr<app::Runtime>> runtime = app::Runtime::Start(std::move(runtime_options));
    MENDWORK_CHECK(runtime.ok(), runtime.status().message());
    runtime_ = *std::move(runtime);
  }

  app::Runtime& runtime() { return *runtime_; }
  test::ManualClock& clock() { return clock_; }
  const test::TemporaryDirectory& directory() const { return directory_; }

  // A session of a person with one role; the token is what a client would send.
  std::string SignIn(app::Role role, int64_t person_id) {
    const std::string token = "token-of-person-" + std::to_string(person_id);
    app::SessionEntry entry;
    entry.session_id = 1000 + person_id;
    entry.practice_id = 1;
    entry.person_id = person_id;
    entry.roles = static_cast<uint32_t>(role);
    entry.language = "en";
    entry.expire_time = clock_.Now() + absl::Hours(8);
    entry.idle_timeout = absl::Minutes(15);
    entry.last_use = clock_.Now();
    runtime_->sessions().Add(base::Sha256(token), entry);
    return token;
  }
  void SignOut(int64_t person_id) { runtime_->sessions().Remove(1000 + person_id); }

 private:
  test::TemporaryDirectory directory_;
  test::ManualClock clock_;
  test::SeededRandom random_;
  store::FileKeyProvider keys_;
  domain::Catalog catalog_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<app::Runtime> runtime_;
};

// Adds a handler that only fails for every method of the service that has none, so that the table can be
// built.
inline ServiceHandlers WithUnusedMethods(const std::string& service, std::vector<Handler> handlers) {
  ServiceHandlers result{FindService(service), std::move(handlers)};
  for (int i = 0; i < result.service->method_count(); ++i) {
    const google::protobuf::MethodDescriptor& method = *result.service->method(i);
    bool is_there = false;
    for (const Handler& handler : result.handlers) {
      is_there = is_there || handler.name == method.name();
    }
    if (is_there) {
      continue;
    }
    Handler handler;
    handler.name = method.name();
    const bool reads =
        method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
    handler.shape = method.server_streaming() ? Shape::kWatch : reads ? Shape::kQuery : Shape::kMutation;
    handler.request_type = method.input_type();
    handler.response_type = method.output_type();
    handler.new_request = [type = method.input_type()] {
      return std::unique_ptr<google::protobuf::Message>(
          google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    };
    handler.run = [](std::unique_ptr<AdmittedCall>, ReplyCallback done) {
      done(base::Error(absl::StatusCode::kUnimplemented, "UNUSED", "Not part of this test."));
    };
    result.handlers.push_back(std::move(handler));
  }
  return result;
}

template <class Detail>
absl::optional<Detail> FindDetail(const google::rpc::Status& status) {
  for (const google::protobuf::Any& any : status.details()) {
    Detail detail;
    if (any.UnpackTo(&detail)) {
      return detail;
    }
  }
  return absl::nullopt;
}

inline std::string ReasonIn(const google::rpc::Status& status) {
  const auto info = FindDetail<google::rpc::ErrorInfo>(status);
  return info.has_value() ? info->reason() : "";
}

}  // namespace mendwork::rpc
