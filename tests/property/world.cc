#include "tests/property/world.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/admin/v1/staff_service.pb.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "mendwork/v1/session_service.pb.h"
#include "service/base/crypto.h"
#include "service/base/status.h"
#include "service/rpc/services.h"

namespace mendwork::test {
namespace {

constexpr char kSecret[] = "a secret that is long enough";

domain::Catalog LoadCatalog() {
  auto catalog = domain::Catalog::Load(MENDWORK_SOURCE_DIR "/service/catalog");
  if (!catalog.ok()) {
    std::fprintf(stderr, "%s\n", std::string(catalog.status().message()).c_str());
    std::abort();
  }
  return *std::move(catalog);
}

}  // namespace

std::string Outcome::Text() const {
  std::string text = absl::StrCat("status ", static_cast<int>(status.code()), " ", base::Reason(status), " ",
                                  std::string(status.message()), "\n");
  for (const base::Violation& violation : base::Violations(status)) {
    absl::StrAppend(&text, violation.field, " ", violation.rule, " ", violation.message, "\n");
  }
  if (response != nullptr) {
    absl::StrAppend(&text, response->DebugString(), "size ", response->ByteSizeLong(), "\n");
  }
  return text;
}

World::World(uint64_t seed) : random_(seed), keys_(&random_), catalog_(LoadCatalog()) {
  auto store = store::Store::Open(
      {.directory = directory_.path(), .clock = &clock_, .random = &random_, .keys = &keys_});
  Require(store.status(), "Store::Open");
  store_ = *std::move(store);
  auto runtime = app::Runtime::Start({.store = store_.get(),
                                      .catalog = &catalog_,
                                      .clock = &clock_,
                                      .random = &random_,
                                      .argon2 = {.operations = 1, .memory_bytes = 8192}});
  Require(runtime.status(), "Runtime::Start");
  runtime_ = *std::move(runtime);
  auto services = rpc::BuildMethodTable(rpc::AllServices());
  Require(services.status(), "BuildMethodTable");
  services_ = *std::move(services);
  for (const rpc::ServiceInfo& service : services_) {
    for (const rpc::MethodInfo& method : service.methods) {
      methods_[method.handler.name] = &method;
    }
  }
  SetUpCare();
}

World::~World() = default;

void World::Require(const absl::Status& status, const std::string& what) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %s\n", what.c_str(), std::string(status.ToString()).c_str());
    std::abort();
  }
}

Outcome World::Call(const app::Caller& caller, const std::string& method,
                    const google::protobuf::Message& request) {
  const rpc::MethodInfo& info = *methods_.at(method);
  std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  rpc::AdmittedCall admitted = {
      .call = {*runtime_, caller}, .method = info.full_name, .deadline = absl::InfiniteFuture()};
  if (info.request_id != nullptr) {
    admitted.request_id = copy->GetReflection()->GetString(*copy, info.request_id);
    std::unique_ptr<google::protobuf::Message> body(copy->New());
    body->CopyFrom(*copy);
    body->GetReflection()->ClearField(body.get(), info.request_id);
    admitted.body_hash = base::Sha256(body->SerializeAsString());
  }
  admitted.request = std::move(copy);
  absl::Mutex mutex;
  absl::optional<rpc::Reply> reply;
  info.handler.run(std::make_unique<rpc::AdmittedCall>(std::move(admitted)), [&](rpc::Reply given) {
    absl::MutexLock lock(&mutex);
    reply = std::move(given);
  });
  const auto answered = [&reply] { return reply.has_value(); };
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&answered));
  Outcome outcome;
  outcome.status = reply->status();
  if (reply->ok()) {
    outcome.response.reset(google::protobuf::MessageFactory::generated_factory()
                               ->GetPrototype(info.handler.response_type)
                               ->New());
    outcome.response->ParseFromString(**reply);
  }
  return outcome;
}

std::string World::NewRequestId() {
  return absl::StrFormat("00000000-0000-4000-8000-%012x", ++request_count_);
}

app::Caller World::Enroll(const std::string& code) {
  v1::EnrollRequest enroll;
  enroll.set_code(code);
  enroll.set_secret(kSecret);
  v1::SignInRequest sign_in;
  sign_in.set_sign_in_name(Do<v1::EnrollResponse>({}, "Enroll", enroll).sign_in_name());
  sign_in.set_secret(kSecret);
  const auto session = Do<v1::SignInResponse>({}, "SignIn", sign_in);
  auto caller = app::Authenticate(*runtime_, session.session().token());
  Require(caller.status(), "Authenticate");
  return *caller;
}

app::Caller World::InvitePartner(const std::string& name, std::string* partner_name) {
  v1::CreatePartnerRequest create;
  create.set_parent(couple_);
  create.set_display_name(name);
  create.set_request_id(NewRequestId());
  *partner_name = Do<v1::Partner>(therapist_, "CreatePartner", create).name();
  v1::ConfirmPartnerRequest confirm;
  confirm.set_name(*partner_name);
  confirm.set_adult(true);
  confirm.set_asked_alone(true);
  confirm.set_location("ES-MD");
  confirm.set_digital_homework(v1::Partner::DIGITAL_HOMEWORK_ACCEPTED);
  confirm.set_request_id(NewRequestId());
  Do<v1::Partner>(therapist_, "ConfirmPartner", confirm);
  v1::CreateInvitationRequest invite;
  invite.set_partner(*partner_name);
  invite.set_in_person(true);
  invite.set_request_id(NewRequestId());
  return Enroll(Do<v1::Invitation>(therapist_, "CreateInvitation", invite).code());
}

void World::SetUpCare() {
  admin::v1::InitializeServerRequest initialize;
  initialize.set_practice_display_name("Practice");
  initialize.set_administrator_display_name("Administrator");
  initialize.set_demo(true);
  const auto server = Do<admin::v1::InitializeServerResponse>({}, "InitializeServer", initialize);
  practice_ = server.practice().name();
  administrator_ = Enroll(server.enrollment_code());
  admin::v1::CreateStaffRequest staff;
  staff.set_parent(practice_);
  staff.set_display_name("Therapist");
  staff.add_roles(options::v1::ROLE_THERAPIST);
  staff.set_request_id(NewRequestId());
  therapist_ =
      Enroll(Do<admin::v1::CreateStaffResponse>(administrator_, "CreateStaff", staff).enrollment_code());

  v1::CreateCoupleRequest couple;
  couple.set_parent(practice_);
  couple.set_request_id(NewRequestId());
  couple_ = Do<v1::Couple>(therapist_, "CreateCouple", couple).name();
  a_ = InvitePartner("A", &partner_a_);
  b_ = InvitePartner("B", &partner_b_);
  for (const app::Caller& partner : {a_, b_}) {
    v1::GetConsentWordingRequest ask;
    ask.set_parent(practice_);
    ask.set_topic(v1::CONSENT_TOPIC_LIMITS);
    v1::AcknowledgeLimitsRequest acknowledge;
    acknowledge.set_parent(couple_);
    acknowledge.set_wording_hash(Do<v1::ConsentWording>(partner, "GetConsentWording", ask).hash());
    acknowledge.set_request_id(NewRequestId());
    Do<v1::AcknowledgeLimitsResponse>(partner, "AcknowledgeLimits", acknowledge);
  }
  v1::RecordSuitabilityRequest suitability;
  suitability.set_parent(couple_);
  suitability.mutable_suitability_decision()->add_partners(partner_a_);
  suitability.mutable_suitability_decision()->add_partners(partner_b_);
  suitability.mutable_suitability_decision()->set_decision(v1::SuitabilityDecision::DECISION_JOINT);
  suitability.mutable_suitability_decision()->set_spoke_to_each_alone(true);
  suitability.set_request_id(NewRequestId());
  Do<v1::SuitabilityDecision>(therapist_, "RecordSuitability", suitability);
  v1::CreateBetrayalEventRequest event;
  event.set_parent(couple_);
  event.mutable_betrayal_event()->set_status(v1::BetrayalEvent::STATUS_ACKNOWLEDGED);
  auto* first = event.mutable_betrayal_event()->add_participants();
  first->set_partner(partner_a_);
  first->set_role(v1::EVENT_ROLE_BETRAYED);
  auto* second = event.mutable_betrayal_event()->add_participants();
  second->set_partner(partner_b_);
  second->set_role(v1::EVENT_ROLE_INVOLVED);
  event.set_request_id(NewRequestId());
  const std::string event_name = Do<v1::BetrayalEvent>(therapist_, "CreateBetrayalEvent", event).name();
  for (const char* exercise : {"exercises/s2-responsibility/revisions/1",
                               "exercises/s7-self-care/revisions/1", "exercises/phq-9/revisions/1"}) {
    v1::AssignExerciseRequest assign;
    assign.set_parent(couple_);
    assign.set_exercise_revision(exercise);
    assign.set_betrayal_event(event_name);
    assign.set_whole_couple(true);
    assign.set_request_id(NewRequestId());
    Do<v1::AssignExerciseResponse>(therapist_, "AssignExercise", assign);
  }
}

std::vector<std::string> World::ResponsesOf(const app::Caller& partner) {
  v1::ListResponsesRequest list;
  list.set_parent(couple_);
  list.set_page_size(200);
  const std::string& partner_name = NameOf(partner);
  std::vector<std::string> names;
  const auto listed = Do<v1::ListResponsesResponse>(therapist_, "ListResponses", list);
  for (const auto& response : listed.responses()) {
    if (response.partner() == partner_name) {
      names.push_back(response.name());
    }
  }
  return names;
}

}  // namespace mendwork::test
