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

#include "absl/strings/str_cat.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "mendwork/v1/session_service.pb.h"
#include "tests/property/world.h"

namespace mendwork::test {
namespace {

using Rng = std::mt19937_64;
using MessagePtr = std::unique_ptr<google::protobuf::Message>;

uint64_t Pick(Rng& rng, uint64_t count) { return rng() % count; }

template <class Message>
MessagePtr Own(Message message) {
  return std::make_unique<Message>(std::move(message));
}

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

// What A does: one case per method that a partner may call. The same seed makes the same choices in both
// worlds.
struct Player {
  World& world;
  const app::Caller& self;
  Rng& rng;
  std::vector<std::string> responses;        // one's own
  std::vector<std::string> other_responses;  // of the other: probed by name
  std::map<std::string, std::string> etags;
  std::map<std::string, int> draft_revisions;
  std::vector<std::string> consents;
  std::string own_appointment, other_appointment;

  const std::string& AnyResponse() {
    const bool probe = !other_responses.empty() && Pick(rng, 5) == 0;
    const auto& names = probe ? other_responses : responses;
    return names[Pick(rng, names.size())];
  }
  std::string AssignmentOf(const std::string& response) {
    return response.substr(0, response.find("/responses/"));
  }
};

// Answers that fit the form behind a response; `tick` also raises flags where the form can.
void FillAnswers(World& world, const app::Caller& self, const std::string& response, Rng& rng,
                 google::protobuf::RepeatedPtrField<v1::Answer>* answers) {
  v1::GetFormRequest get;
  get.set_name(response.substr(0, response.find("/responses/")));
  const Outcome outcome = world.Call(self, "GetForm", get);
  if (!outcome.status.ok()) {
    return;
  }
  const auto& form = static_cast<const v1::GetFormResponse&>(*outcome.response).form();
  for (const v1::FormItem& item : form.items()) {
    if (!item.show_when().empty() || (!item.required() && Pick(rng, 2) == 0)) {
      continue;
    }
    v1::Answer answer;
    answer.set_item_id(item.item_id());
    switch (item.type()) {
      case v1::FormItem::TYPE_TEXT:
      case v1::FormItem::TYPE_LONG_TEXT:
        answer.set_text(std::string(1 + Pick(rng, 40), 'x'));
        break;
      case v1::FormItem::TYPE_CHOICE:
      case v1::FormItem::TYPE_LIKERT:
      case v1::FormItem::TYPE_MULTI_CHOICE:
      case v1::FormItem::TYPE_CHECKLIST:
        answer.mutable_codes()->add_codes(
            item.options(static_cast<int>(Pick(rng, static_cast<uint64_t>(item.options_size())))).code());
        break;
      case v1::FormItem::TYPE_SLIDER:
        answer.set_number(item.minimum());
        break;
      case v1::FormItem::TYPE_YES_NO:
      case v1::FormItem::TYPE_SAFETY_CHECK:
        answer.set_flag(true);
        break;
      default:
        continue;
    }
    *answers->Add() = answer;
  }
}

template <class Request>
Request Named(const std::string& name) {
  Request request;
  request.set_name(name);
  return request;
}

template <class Request>
Request Child(const std::string& parent) {
  Request request;
  request.set_parent(parent);
  return request;
}

using Case = std::function<MessagePtr(Player&)>;

template <class Request>
MessagePtr Submission(Player& player) {
  const std::string name = player.AnyResponse();
  Request request = Named<Request>(name);
  FillAnswers(player.world, player.self, name, player.rng, request.mutable_answers());
  const auto etag = player.etags.find(name);
  request.set_etag(etag == player.etags.end() ? "none" : etag->second);
  request.set_request_id(player.world.NewRequestId());
  return Own(request);
}

template <class Request>
MessagePtr WithEtag(Player& player) {
  const std::string name = player.AnyResponse();
  Request request = Named<Request>(name);
  const auto etag = player.etags.find(name);
  request.set_etag(etag == player.etags.end() ? "none" : etag->second);
  request.set_request_id(player.world.NewRequestId());
  return Own(request);
}

MessagePtr Grant(Player& player) {
  v1::GetConsentWordingRequest ask = Child<v1::GetConsentWordingRequest>(player.world.practice());
  ask.set_topic(v1::CONSENT_TOPIC_TREATMENT);
  auto request = Child<v1::GrantConsentRequest>(player.world.couple());
  request.mutable_audience()->set_kind(v1::Audience::KIND_THERAPIST);
  request.mutable_scope()->set_everything(true);
  request.set_wording_hash(player.world.Do<v1::ConsentWording>(player.self, "GetConsentWording", ask).hash());
  request.set_request_id(player.world.NewRequestId());
  return Own(request);
}

const std::map<std::string, Case>& Cases() {
  static const auto* const kCases = new std::map<std::string, Case>{
      {"GetAppointment",
       [](Player& p) {
         return Own(
             Named<v1::GetAppointmentRequest>(Pick(p.rng, 2) == 0 ? p.own_appointment : p.other_appointment));
       }},
      {"ListAppointments",
       [](Player& p) { return Own(Child<v1::ListAppointmentsRequest>(p.world.couple())); }},
      {"GetAssignment",
       [](Player& p) { return Own(Named<v1::GetAssignmentRequest>(p.AssignmentOf(p.AnyResponse()))); }},
      {"ListAssignments",
       [](Player& p) {
         auto request = Child<v1::ListAssignmentsRequest>(p.world.couple());
         request.set_page_size(static_cast<int>(Pick(p.rng, 3)));
         return Own(request);
       }},
      {"GetForm", [](Player& p) { return Own(Named<v1::GetFormRequest>(p.AssignmentOf(p.AnyResponse()))); }},
      {"GetResponse", [](Player& p) { return Own(Named<v1::GetResponseRequest>(p.AnyResponse())); }},
      {"ListResponses",
       [](Player& p) {
         auto request = Child<v1::ListResponsesRequest>(p.world.couple());
         request.set_page_size(static_cast<int>(Pick(p.rng, 3)));
         return Own(request);
       }},
      {"SaveDraft",
       [](Player& p) {
         const std::string name = p.AnyResponse();
         auto request = Named<v1::SaveDraftRequest>(name);
         FillAnswers(p.world, p.self, name, p.rng, request.mutable_answers());
         request.set_draft_revision(p.draft_revisions[name]);
         request.set_request_id(p.world.NewRequestId());
         return Own(request);
       }},
      {"AccessDraft", [](Player& p) { return Own(Named<v1::AccessDraftRequest>(p.AnyResponse())); }},
      {"SubmitResponse", Submission<v1::SubmitResponseRequest>},
      {"AmendResponse", Submission<v1::AmendResponseRequest>},
      {"WithdrawResponse", WithEtag<v1::WithdrawResponseRequest>},
      {"UpdateWithheldItems", WithEtag<v1::UpdateWithheldItemsRequest>},
      {"AccessResponse", [](Player& p) { return Own(Named<v1::AccessResponseRequest>(p.AnyResponse())); }},
      {"ListSharedResponses",
       [](Player& p) { return Own(Child<v1::ListSharedResponsesRequest>(p.world.couple())); }},
      {"AccessSharedResponse",
       [](Player& p) {
         const std::string name = p.AnyResponse();
         return Own(Named<v1::AccessSharedResponseRequest>(
             absl::StrCat(p.world.couple(), "/sharedResponses/", name.substr(name.rfind('/') + 1))));
       }},
      {"AccessReview", [](Player& p) { return Own(Named<v1::AccessReviewRequest>(p.AnyResponse())); }},
      {"ListAudiences", [](Player& p) { return Own(Child<v1::ListAudiencesRequest>(p.world.couple())); }},
      {"GetConsentWording",
       [](Player& p) {
         auto request = Child<v1::GetConsentWordingRequest>(p.world.practice());
         request.set_topic(static_cast<v1::ConsentTopic>(1 + Pick(p.rng, 4)));
         return Own(request);
       }},
      {"AcknowledgeLimits",
       [](Player& p) {
         auto request = Child<v1::AcknowledgeLimitsRequest>(p.world.couple());
         request.set_wording_hash("stale");
         request.set_request_id(p.world.NewRequestId());
         return Own(request);
       }},
      {"GrantConsent", Grant},
      {"GetConsent",
       [](Player& p) {
         return Own(Named<v1::GetConsentRequest>(p.consents.empty()
                                                     ? p.world.couple() + "/consents/none"
                                                     : p.consents[Pick(p.rng, p.consents.size())]));
       }},
      {"ListConsents", [](Player& p) { return Own(Child<v1::ListConsentsRequest>(p.world.couple())); }},
      {"WithdrawConsent",
       [](Player& p) {
         auto request = Named<v1::WithdrawConsentRequest>(p.consents.empty()
                                                              ? p.world.couple() + "/consents/none"
                                                              : p.consents[Pick(p.rng, p.consents.size())]);
         request.set_request_id(p.world.NewRequestId());
         return Own(request);
       }},
      {"GetSupport", [](Player& p) { return Own(Child<v1::GetSupportRequest>(p.world.practice())); }},
      {"GetSession", [](Player&) { return Own(v1::GetSessionRequest()); }},
      {"SignOut", [](Player&) { return Own(v1::SignOutRequest()); }},
      {"RevokeSessions", [](Player&) { return Own(v1::RevokeSessionsRequest()); }},
      {"ChangeSecret",
       [](Player& p) {
         v1::ChangeSecretRequest request;
         request.set_current_secret("not my secret at all");
         request.set_new_secret("another long secret");
         request.set_request_id(p.world.NewRequestId());
         return Own(request);
       }},
      {"SignIn",
       [](Player&) {
         v1::SignInRequest request;
         request.set_sign_in_name("nobody");
         request.set_secret("whatever it is");
         return Own(request);
       }},
      {"Enroll",
       [](Player&) {
         v1::EnrollRequest request;
         request.set_code("nothing");
         request.set_secret("whatever it is");
         return Own(request);
       }},
  };
  return *kCases;
}

// Remembers what the next calls need: etags, draft revisions, names of consents.
void Learn(Player& player, const std::string& method, const Outcome& outcome) {
  if (outcome.response == nullptr) {
    return;
  }
  const auto learn = [&](const v1::Response& response) {
    player.etags[response.name()] = response.etag();
    player.draft_revisions[response.name()] = response.draft_revision();
  };
  if (method == "ListResponses") {
    for (const auto& response :
         static_cast<const v1::ListResponsesResponse&>(*outcome.response).responses()) {
      learn(response);
    }
  } else if (method == "GetResponse" || method == "WithdrawResponse" || method == "UpdateWithheldItems") {
    learn(static_cast<const v1::Response&>(*outcome.response));
  } else if (method == "SubmitResponse") {
    learn(static_cast<const v1::SubmitResponseResponse&>(*outcome.response).response());
  } else if (method == "AmendResponse") {
    learn(static_cast<const v1::AmendResponseResponse&>(*outcome.response).response());
  } else if (method == "GrantConsent") {
    player.consents.push_back(static_cast<const v1::Consent&>(*outcome.response).name());
  }
}

// One thing that B, or the therapist with B alone, does in private. No time passes.
void PrivateMove(World& world, Player& b) {
  static const std::vector<std::string> kMoves = {
      "SaveDraft",           "SubmitResponse",   "SubmitResponse",  "AmendResponse", "WithdrawResponse",
      "UpdateWithheldItems", "GrantConsent",     "WithdrawConsent", "ListResponses", "AccessResponse",
      "share and take back", "acknowledge flag", "review"};
  const std::string& move = kMoves[Pick(b.rng, kMoves.size())];
  if (move == "share and take back") {  // within the delay: it must leave no trace
    auto audiences = Child<v1::ListAudiencesRequest>(world.couple());
    auto ask = Child<v1::GetConsentWordingRequest>(world.practice());
    ask.set_topic(v1::CONSENT_TOPIC_SHARING);
    auto grant = Child<v1::GrantConsentRequest>(world.couple());
    *grant.mutable_audience() =
        world.Do<v1::ListAudiencesResponse>(b.self, "ListAudiences", audiences).audiences(1);
    grant.mutable_scope()->set_everything(true);
    grant.set_wording_hash(world.Do<v1::ConsentWording>(b.self, "GetConsentWording", ask).hash());
    grant.set_request_id(world.NewRequestId());
    auto withdraw =
        Named<v1::WithdrawConsentRequest>(world.Do<v1::Consent>(b.self, "GrantConsent", grant).name());
    withdraw.set_request_id(world.NewRequestId());
    world.Do<v1::Consent>(b.self, "WithdrawConsent", withdraw);
  } else if (move == "acknowledge flag") {
    auto list = Child<v1::ListFlagsRequest>(world.practice());
    const auto listed = world.Do<v1::ListFlagsResponse>(world.therapist(), "ListFlags", list);
    for (const auto& flag : listed.flags()) {
      auto acknowledge = Named<v1::AcknowledgeFlagRequest>(flag.name());
      acknowledge.set_etag(flag.etag());
      acknowledge.set_request_id(world.NewRequestId());
      world.Call(world.therapist(), "AcknowledgeFlag", acknowledge);
    }
  } else if (move == "review") {
    const std::string name = b.responses[Pick(b.rng, b.responses.size())];
    auto review = Named<v1::ReviewResponseRequest>(name);
    review.set_outcome(v1::REVIEW_OUTCOME_HELPED);
    review.set_etag(b.etags.count(name) > 0 ? b.etags[name] : "none");
    review.set_note_to_author("a note");
    review.set_request_id(world.NewRequestId());
    world.Call(world.therapist(), "ReviewResponse", review);
  } else {
    const Outcome outcome = world.Call(b.self, move, *Cases().at(move)(b));
    Learn(b, move, outcome);
  }
}

std::string Appointment(World& world, const std::string& partner) {
  auto create = Child<v1::CreateAppointmentRequest>(world.couple());
  create.mutable_appointment()->add_attendees(partner);
  create.mutable_appointment()->mutable_start_time()->set_seconds(1'800'100'000);
  create.mutable_appointment()->mutable_end_time()->set_seconds(1'800'103'000);
  create.set_request_id(world.NewRequestId());
  return world.Do<v1::Appointment>(world.therapist(), "CreateAppointment", create).name();
}

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
    ASSERT_EQ(Observe(shared_seed, static_cast<uint64_t>(2 * i)),
              Observe(shared_seed, static_cast<uint64_t>(2 * i) + 1));
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
