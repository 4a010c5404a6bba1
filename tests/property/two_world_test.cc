// Non-interference (confidentiality B5, C): the same history of partner A is played in two worlds that differ
// only in what partner B does in private. Whatever A can observe must be the same in both, apart from what
// ids are called.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "tests/property/partner_cases.h"
#include "tests/property/world.h"

namespace mendwork::test {
namespace {

// Calls ids #1, #2, ... in the order in which A first sees them; of tokens only the length counts.
class Normalizer {
 public:
  std::string operator()(const std::string& text) {
    static const std::regex kToken("page_token: \"[^\"]*\"");
    static const std::regex kId("\\b[a-z2-7]{26}\\b");
    std::string result;
    std::string rest = std::regex_replace(text, kToken, "page_token: <token>");
    std::smatch match;
    while (std::regex_search(rest, match, kId)) {
      const auto [known, fresh] = numbers_.insert({match.str(), numbers_.size() + 1});
      absl::StrAppend(&result, std::string(match.prefix()), "#", known->second);
      rest = match.suffix();
    }
    return result + rest;
  }

 private:
  std::map<std::string, size_t> numbers_;
};

constexpr int kSteps = 24;

// Everything A observes in a history: `shared_seed` decides what A does, `private_seed` what B does in
// between.
std::string Observe(uint64_t shared_seed, uint64_t private_seed) {
  World world(7);
  Rng a_rng(shared_seed);
  Rng b_rng(private_seed);
  Player a = {.world = world, .self = world.a(), .rng = a_rng};
  Player b = {.world = world, .self = world.b(), .rng = b_rng};
  a.responses = b.other_responses = world.ResponsesOf(world.a());
  b.responses = a.other_responses = world.ResponsesOf(world.b());
  auto partners = Child<v1::ListPartnersRequest>(world.couple());
  const auto list = world.Do<v1::ListPartnersResponse>(world.therapist(), "ListPartners", partners);
  a.own_appointment = Appointment(world, list.partners(0).name());
  a.other_appointment = Appointment(world, list.partners(1).name());
  b.own_appointment = a.other_appointment;
  b.other_appointment = a.own_appointment;
  PrivateMove(world, b);

  std::vector<std::string> methods;
  for (const auto& [method, unused] : Cases()) {
    methods.push_back(method);
  }
  Normalizer normalize;
  std::string observed;
  for (int step = 0; step < kSteps; ++step) {
    for (uint64_t moves = Pick(b_rng, 3); moves > 0; --moves) {
      PrivateMove(world, b);
    }
    const std::string& method = step < 2 ? "ListResponses" : methods[Pick(a_rng, methods.size())];
    const Outcome outcome = world.Call(a.self, method, *Cases().at(method)(a));
    Learn(a, method, outcome);
    absl::StrAppend(&observed, "--- ", step, " ", method, "\n", normalize(outcome.Text()));
    world.Advance(absl::Minutes(3));
  }
  return observed;
}

// The call and the line where two observations part, for whoever has to mend the leak.
std::string FirstDifference(const std::string& one, const std::string& other) {
  const std::vector<std::string> left = absl::StrSplit(one, '\n');
  const std::vector<std::string> right = absl::StrSplit(other, '\n');
  std::string call;
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) {
    if (left[i] != right[i]) {
      constexpr size_t kShown = 300;
      return absl::StrCat("differs in ", call, "\n  one:   ", left[i].substr(0, kShown),
                          "\n  other: ", right[i].substr(0, kShown));
    }
    if (absl::StartsWith(left[i], "--- ")) {
      call = left[i];
    }
  }
  return "one observation is the beginning of the other";
}

TEST(TwoWorlds, EveryMethodThatAPartnerMayCallHasACase) {
  World world(1);
  std::set<std::string> expected;
  for (const rpc::ServiceInfo& service : world.services()) {
    for (const rpc::MethodInfo& method : service.methods) {
      const bool partner =
          method.roles == 0 || (method.roles & static_cast<uint32_t>(app::Role::kPartner)) != 0;
      if (partner && !method.administration) {
        expected.insert(method.handler.name);
      }
    }
  }
  std::set<std::string> covered;
  for (const auto& [method, unused] : Cases()) {
    covered.insert(method);
  }
  EXPECT_EQ(covered, expected);
}

TEST(TwoWorlds, NothingThatAObservesDependsOnWhatBDoesInPrivate) {
  const char* from_environment = std::getenv("MENDWORK_HISTORIES");
  const int histories = from_environment == nullptr ? 40 : std::atoi(from_environment);
  for (int i = 0; i < histories; ++i) {
    const uint64_t shared_seed = 1000 + static_cast<uint64_t>(i);
    SCOPED_TRACE(absl::StrCat("history ", i, ": seeds ", shared_seed, ", ", 2 * i, " and ", 2 * i + 1));
    const std::string one = Observe(shared_seed, static_cast<uint64_t>(2 * i));
    const std::string other = Observe(shared_seed, static_cast<uint64_t>(2 * i) + 1);
    ASSERT_TRUE(one == other) << FirstDifference(one, other);
  }
}

// The comparison can fail: when the first world's B shares for good, A's world differs.
TEST(TwoWorlds, AShareThatHoldsIsSeen) {
  const auto shared = [](bool share) {
    World world(7);
    Rng rng(3);
    Player b = {.world = world, .self = world.b(), .rng = rng};
    b.responses = world.ResponsesOf(world.b());
    auto get = Named<v1::GetResponseRequest>(b.responses[1]);
    auto submit = Named<v1::SubmitResponseRequest>(b.responses[1]);
    for (const char* item : {"today", "energy"}) {
      auto form = Named<v1::GetFormRequest>(b.AssignmentOf(b.responses[1]));
      const auto got = world.Do<v1::GetFormResponse>(b.self, "GetForm", form);
      for (const auto& shown : got.form().items()) {
        if (shown.item_id() == item) {
          v1::Answer* answer = submit.add_answers();
          answer->set_item_id(item);
          answer->mutable_codes()->add_codes(shown.options(1).code());
        }
      }
    }
    submit.set_etag(world.Do<v1::Response>(b.self, "GetResponse", get).etag());
    submit.set_request_id(world.NewRequestId());
    world.Do<v1::SubmitResponseResponse>(b.self, "SubmitResponse", submit);
    if (share) {
      auto audiences = Child<v1::ListAudiencesRequest>(world.couple());
      auto ask = Child<v1::GetConsentWordingRequest>(world.practice());
      ask.set_topic(v1::CONSENT_TOPIC_SHARING);
      auto grant = Child<v1::GrantConsentRequest>(world.couple());
      *grant.mutable_audience() =
          world.Do<v1::ListAudiencesResponse>(b.self, "ListAudiences", audiences).audiences(1);
      grant.mutable_scope()->set_everything(true);
      grant.set_wording_hash(world.Do<v1::ConsentWording>(b.self, "GetConsentWording", ask).hash());
      grant.set_request_id(world.NewRequestId());
      world.Do<v1::Consent>(b.self, "GrantConsent", grant);
    }
    world.Advance(absl::Hours(25));
    auto list = Child<v1::ListSharedResponsesRequest>(world.couple());
    return world.Do<v1::ListSharedResponsesResponse>(world.a(), "ListSharedResponses", list)
        .shared_responses_size();
  };
  EXPECT_EQ(shared(false), 0);
  EXPECT_EQ(shared(true), 1);
}

}  // namespace
}  // namespace mendwork::test
