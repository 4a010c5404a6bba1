#include "tests/property/partner_cases.h"

#include "absl/strings/str_cat.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/encounter_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "mendwork/v1/session_service.pb.h"

namespace mendwork::test {
namespace {

template <class Message>
MessagePtr Own(Message message) {
  return std::make_unique<Message>(std::move(message));
}

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

}  // namespace

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

void PrivateMove(World& world, Player& b) {
  static const std::vector<std::string> kMoves = {
      "SaveDraft",           "SubmitResponse",   "SubmitResponse",  "AmendResponse", "WithdrawResponse",
      "UpdateWithheldItems", "GrantConsent",     "WithdrawConsent", "ListResponses", "AccessResponse",
      "share and take back", "acknowledge flag", "review",          "session alone"};
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
  } else if (move == "session alone") {
    auto open = Child<v1::OpenEncounterRequest>(world.couple());
    open.set_modality(v1::Encounter::MODALITY_VIDEO);
    auto* attendee = open.add_attendees();
    attendee->set_partner(world.NameOf(b.self));
    attendee->set_location("somewhere else");
    open.set_request_id(world.NewRequestId());
    const auto encounter = world.Do<v1::Encounter>(world.therapist(), "OpenEncounter", open);
    auto close = Named<v1::CloseEncounterRequest>(encounter.name());
    close.set_etag(encounter.etag());
    close.set_outcome(v1::Encounter::OUTCOME_HELPED);
    close.mutable_next_appointment()->mutable_start_time()->set_seconds(1'800'200'000);
    close.mutable_next_appointment()->mutable_end_time()->set_seconds(1'800'203'000);
    close.set_request_id(world.NewRequestId());
    world.Do<v1::CloseEncounterResponse>(world.therapist(), "CloseEncounter", close);
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

}  // namespace mendwork::test
