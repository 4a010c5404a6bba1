#include "tests/bench/practice.h"

#include <utility>

#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/admin/v1/staff_service.pb.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/session_service.pb.h"
#include "tests/bench/process.h"

namespace mendwork::bench {
namespace {

constexpr char kSecret[] = "a secret for people who exist only in a benchmark";
constexpr char kExercise[] = "exercises/s7-self-care/revisions/1";
constexpr char kLanguage[] = "en";
constexpr int kPageSize = 50;
// Calls in flight while assignments are prepared.
constexpr int kPreparing = 64;

const std::string kAssignPath = "/mendwork.v1.AssignmentService/AssignExercise";
const std::string kSubmitPath = "/mendwork.v1.ResponseService/SubmitResponse";
const std::string kGetPath = "/mendwork.v1.ResponseService/GetResponse";
const std::string kAccessPath = "/mendwork.v1.ResponseService/AccessResponse";
const std::string kListPath = "/mendwork.v1.ResponseService/ListResponses";

void RequireNoErrors(const LoadResult& result, const std::string& what) {
  if (result.errors > 0) {
    Fail(what + ": " + std::to_string(result.errors) + " calls failed, the first with " + result.first_error);
  }
}

}  // namespace

Practice::Practice(const PracticeOptions& options)
    : options_(options),
      api_(options.api_target, options.seed),
      admin_(options.admin_target, options.seed + 1),
      answers_(AnswersOnly()) {
  admin::v1::InitializeServerRequest initialize;
  initialize.set_practice_display_name("Benchmark");
  initialize.set_administrator_display_name("Administrator");
  initialize.set_demo(true);
  const auto made = admin_.Call<admin::v1::InitializeServerResponse>(
      "mendwork.admin.v1.PracticeService.InitializeServer", std::move(initialize));
  name_ = made.practice().name();
  administrator_ = Enroll(made.administrator(), made.enrollment_code());
  therapists_ = HireTherapists(options.therapists);
  for (int i = 0; i < options.couples; ++i) {
    BringInCouple(static_cast<size_t>(i) % therapists_.size());
  }
}

// What a person writes in the longest branch of the exercise: seven answers, 1,500 characters of free text.
v1::SubmitResponseRequest Practice::AnswersOnly() {
  static constexpr char kSentence[] =
      "It starts in the evening, when the house is quiet and I have time to think about the week. ";
  std::string text;
  while (text.size() < 1500) {
    text += kSentence;
  }
  text.resize(1500);
  v1::SubmitResponseRequest request;
  const auto add = [&request](const char* item_id) {
    v1::Answer* answer = request.add_answers();
    answer->set_item_id(item_id);
    return answer;
  };
  const auto add_codes = [&add](const char* item_id, std::initializer_list<const char*> codes) {
    v1::Codes* chosen = add(item_id)->mutable_codes();
    for (const char* code : codes) {
      chosen->add_codes(code);
    }
  };
  add_codes("today", {"plans"});
  add_codes("confidant", {"has_someone"});
  add("confidant_initials")->set_text("AB");
  add_codes("confidant_privacy", {"between_us", "listen_only", "no_sides"});
  add("hard_moment")->set_text(text);
  add_codes("hard_moment_steps", {"breathe", "look_around", "write_down"});
  add("not_safe_now")->set_flag(false);
  add_codes("alone_with_therapist", {"next_time"});
  request.set_language(kLanguage);
  return request;
}

Person Practice::Enroll(const std::string& name, const std::string& code) {
  v1::EnrollRequest enroll;
  enroll.set_code(code);
  enroll.set_secret(kSecret);
  v1::SignInRequest sign_in;
  sign_in.set_sign_in_name(
      api_.Call<v1::EnrollResponse>("mendwork.v1.SessionService.Enroll", std::move(enroll)).sign_in_name());
  sign_in.set_secret(kSecret);
  const auto session = api_.Call<v1::SignInResponse>("mendwork.v1.SessionService.SignIn", std::move(sign_in));
  return {name, "Bearer " + session.session().token()};
}

std::vector<Person> Practice::HireTherapists(int count) {
  std::vector<Person> hired;
  for (int i = 0; i < count; ++i) {
    admin::v1::CreateStaffRequest create;
    create.set_parent(name_);
    create.set_display_name("Therapist");
    create.add_roles(options::v1::ROLE_THERAPIST);
    const auto made = admin_.Call<admin::v1::CreateStaffResponse>(
        "mendwork.admin.v1.StaffService.CreateStaff", std::move(create), administrator_.authorization);
    hired.push_back(Enroll(made.staff().name(), made.enrollment_code()));
  }
  return hired;
}

void Practice::BringInCouple(size_t therapist_index) {
  const Person& therapist = therapists_[therapist_index];
  v1::CreateCoupleRequest create;
  create.set_parent(name_);
  Couple couple;
  couple.therapist = therapist_index;
  couple.name = api_.Call<v1::Couple>("mendwork.v1.CareService.CreateCouple", std::move(create),
                                      therapist.authorization)
                    .name();
  for (size_t& partner : couple.partners) {
    partner = BringInPartner(therapist, couple.name, kLanguage);
  }
  couples_.push_back(couple);
}

size_t Practice::BringInPartner(const Person& therapist, const std::string& couple,
                                const std::string& language) {
  v1::CreatePartnerRequest create;
  create.set_parent(couple);
  create.set_display_name("Partner");
  create.set_language(language);
  create.set_time_zone("Europe/Madrid");
  const auto partner = api_.Call<v1::Partner>("mendwork.v1.CareService.CreatePartner", std::move(create),
                                              therapist.authorization);
  v1::ConfirmPartnerRequest confirm;
  confirm.set_name(partner.name());
  confirm.set_adult(true);
  confirm.set_asked_alone(true);
  confirm.set_location("ES-MD");
  confirm.set_digital_homework(v1::Partner::DIGITAL_HOMEWORK_ACCEPTED);
  api_.Call<v1::Partner>("mendwork.v1.CareService.ConfirmPartner", std::move(confirm),
                         therapist.authorization);
  v1::CreateInvitationRequest invite;
  invite.set_partner(partner.name());
  invite.set_in_person(true);
  const auto invitation = api_.Call<v1::Invitation>("mendwork.v1.CareService.CreateInvitation",
                                                    std::move(invite), therapist.authorization);
  const Person person = Enroll(partner.name(), invitation.code());

  const auto wording = [&](v1::ConsentTopic topic) {
    v1::GetConsentWordingRequest ask;
    ask.set_parent(name_);
    ask.set_topic(topic);
    return api_
        .Call<v1::ConsentWording>("mendwork.v1.ConsentService.GetConsentWording", std::move(ask),
                                  person.authorization)
        .hash();
  };
  v1::AcknowledgeLimitsRequest acknowledge;
  acknowledge.set_parent(couple);
  acknowledge.set_wording_hash(wording(v1::CONSENT_TOPIC_LIMITS));
  api_.Call<v1::AcknowledgeLimitsResponse>("mendwork.v1.ConsentService.AcknowledgeLimits",
                                           std::move(acknowledge), person.authorization);
  v1::GrantConsentRequest grant;
  grant.set_parent(couple);
  grant.mutable_audience()->set_kind(v1::Audience::KIND_THERAPIST);
  grant.mutable_scope()->set_everything(true);
  grant.set_wording_hash(wording(v1::CONSENT_TOPIC_TREATMENT));
  api_.Call<v1::Consent>("mendwork.v1.ConsentService.GrantConsent", std::move(grant), person.authorization);
  partners_.push_back(person);
  return partners_.size() - 1;
}

void Practice::AssignUntil(size_t count, const Process& server) {
  if (open() >= count) {
    return;
  }
  const size_t first = open_.size();
  size_t calls = (count - open() + 1) / 2;
  LoadOptions load;
  load.target = options_.api_target;
  load.in_flight = kPreparing;
  load.connections = ConnectionsFor(kPreparing);
  load.warmup_seconds = 0;
  load.seconds = 3600;
  const NextCall assign = [&](Outgoing& outgoing) {
    if (calls == 0) {
      return false;
    }
    --calls;
    outgoing.subject = next_couple_++ % couples_.size();
    const Couple& couple = couples_[outgoing.subject];
    auto& request = outgoing.Messages<v1::AssignExerciseRequest, v1::AssignExerciseResponse>();
    request.set_parent(couple.name);
    request.set_exercise_revision(kExercise);
    request.set_whole_couple(true);
    request.set_request_id(api_.NewRequestId());
    outgoing.path = &kAssignPath;
    outgoing.authorization = &therapists_[couple.therapist].authorization;
    return true;
  };
  load.on_reply = [&](const Outgoing& outgoing) {
    const Couple& couple = couples_[outgoing.subject];
    const auto& reply = static_cast<const v1::AssignExerciseResponse&>(*outgoing.reply);
    for (const v1::Assignment& assignment : reply.assignments()) {
      const bool second = assignment.partner() == partners_[couple.partners[1]].name;
      open_.push_back({assignment.response(), "", outgoing.subject, couple.partners[second ? 1 : 0]});
    }
  };
  RequireNoErrors(RunClosedLoop(load, server, assign), "AssignExercise");

  size_t next = first;
  const NextCall get = [&](Outgoing& outgoing) {
    if (next == open_.size()) {
      return false;
    }
    outgoing.subject = next++;
    auto& request = outgoing.Messages<v1::GetResponseRequest, v1::Response>();
    request.set_name(open_[outgoing.subject].name);
    outgoing.path = &kGetPath;
    outgoing.authorization = &partners_[open_[outgoing.subject].partner].authorization;
    return true;
  };
  load.on_reply = [&](const Outgoing& outgoing) {
    open_[outgoing.subject].etag = static_cast<const v1::Response&>(*outgoing.reply).etag();
  };
  RequireNoErrors(RunClosedLoop(load, server, get), "GetResponse");
}

NextCall Practice::Submit() {
  return [this](Outgoing& outgoing) {
    if (next_open_ == open_.size()) {
      return false;
    }
    const OpenResponse& response = open_[next_open_++];
    auto& request = outgoing.Messages<v1::SubmitResponseRequest, v1::SubmitResponseResponse>();
    if (request.answers_size() == 0) {
      request = answers_;
    }
    request.set_name(response.name);
    request.set_etag(response.etag);
    request.set_request_id(api_.NewRequestId());
    outgoing.path = &kSubmitPath;
    outgoing.authorization = &partners_[response.partner].authorization;
    return true;
  };
}

NextCall Practice::Get() {
  return [this](Outgoing& outgoing) {
    const OpenResponse& response = open_[turn_++ * 7919 % next_open_];
    auto& request = outgoing.Messages<v1::GetResponseRequest, v1::Response>();
    request.set_name(response.name);
    outgoing.path = &kGetPath;
    outgoing.authorization = &partners_[response.partner].authorization;
    return true;
  };
}

NextCall Practice::Access() {
  return [this](Outgoing& outgoing) {
    const OpenResponse& response = open_[turn_++ * 7919 % next_open_];
    auto& request = outgoing.Messages<v1::AccessResponseRequest, v1::AccessResponseResponse>();
    request.set_name(response.name);
    outgoing.path = &kAccessPath;
    outgoing.authorization = &therapists_[couples_[response.couple].therapist].authorization;
    return true;
  };
}

NextCall Practice::List() {
  return [this](Outgoing& outgoing) {
    const Couple& couple = couples_[turn_++ % couples_.size()];
    auto& request = outgoing.Messages<v1::ListResponsesRequest, v1::ListResponsesResponse>();
    request.set_parent(couple.name);
    request.set_page_size(kPageSize);
    outgoing.path = &kListPath;
    outgoing.authorization = &therapists_[couple.therapist].authorization;
    return true;
  };
}

}  // namespace mendwork::bench
