// A whole practice in one process, without sockets: every RPC's handler over a real store, with time and
// randomness decided by the test. One therapist, one administrator, one couple of two.
#pragma once

#include <google/protobuf/message.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service/app/call.h"
#include "service/app/runtime.h"
#include "service/domain/catalog.h"
#include "service/rpc/method_table.h"
#include "service/store/store.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_key_provider.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::test {

// What one call gave: an error as code, reason and text, or a response.
struct Outcome {
  absl::Status status;
  std::unique_ptr<google::protobuf::Message> response;

  // As a client sees it. Reasons and violations are part of it.
  std::string Text() const;
};

class World {
 public:
  // Sets the practice up. Aborts the test process on failure: nothing after it would mean anything.
  explicit World(uint64_t seed);
  ~World();

  Outcome Call(const app::Caller& caller, const std::string& method,
               const google::protobuf::Message& request);
  // The same, for what must succeed.
  template <class Response>
  Response Do(const app::Caller& caller, const std::string& method,
              const google::protobuf::Message& request) {
    Outcome outcome = Call(caller, method, request);
    Require(outcome.status, method);
    return static_cast<const Response&>(*outcome.response);
  }

  std::string NewRequestId();
  void Advance(absl::Duration duration) { clock_.Advance(duration); }
  absl::Time Now() const { return clock_.Now(); }

  const std::vector<rpc::ServiceInfo>& services() const { return services_; }
  const app::Caller& therapist() const { return therapist_; }
  const app::Caller& a() const { return a_; }
  const app::Caller& b() const { return b_; }
  const std::string& practice() const { return practice_; }
  const std::string& couple() const { return couple_; }
  // The resource name of a partner.
  const std::string& NameOf(const app::Caller& partner) const {
    return partner.person_id == a_.person_id ? partner_a_ : partner_b_;
  }
  // Responses of a partner, as the therapist lists them.
  std::vector<std::string> ResponsesOf(const app::Caller& partner);

 private:
  static void Require(const absl::Status& status, const std::string& what);
  app::Caller Enroll(const std::string& code);
  app::Caller InvitePartner(const std::string& name, std::string* partner_name);
  void SetUpCare();

  TemporaryDirectory directory_;
  ManualClock clock_;
  SeededRandom random_;
  MemoryKeyProvider keys_;
  domain::Catalog catalog_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<app::Runtime> runtime_;
  std::vector<rpc::ServiceInfo> services_;
  std::map<std::string, const rpc::MethodInfo*> methods_;
  uint64_t request_count_ = 0;
  app::Caller administrator_, therapist_, a_, b_;
  std::string practice_, couple_, partner_a_, partner_b_;
};

}  // namespace mendwork::test
