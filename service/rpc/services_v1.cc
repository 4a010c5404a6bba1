// The services of mendwork.v1.
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/catalog_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/encounter_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "mendwork/v1/session_service.pb.h"
#include "service/app/appointments.h"
#include "service/app/assignment_service.h"
#include "service/app/care_service.h"
#include "service/app/catalog_service.h"
#include "service/app/consent_service.h"
#include "service/app/encounter_service.h"
#include "service/app/response_service.h"
#include "service/app/safety_service.h"
#include "service/app/session_service.h"
#include "service/rpc/services.h"

namespace mendwork::rpc {
namespace {

ServiceHandlers SessionService() {
  return {FindService("mendwork.v1.SessionService"),
          {
              MENDWORK_UNARY_SLOW(Enroll),
              MENDWORK_UNARY_SLOW(SignIn),
              MENDWORK_UNARY(GetSession),
              MENDWORK_UNARY(SignOut),
              MENDWORK_UNARY(RevokeSessions),
              MENDWORK_UNARY_SLOW(StepUp),
              MENDWORK_UNARY_SLOW(ChangeSecret),
          }};
}

ServiceHandlers CatalogService() {
  return {FindService("mendwork.v1.CatalogService"),
          {
              MENDWORK_UNARY(ListExercises),
              MENDWORK_UNARY(GetExercise),
              MENDWORK_UNARY(PreviewForm),
              MENDWORK_UNARY(AcceptExercise),
          }};
}

ServiceHandlers CareService() {
  return {FindService("mendwork.v1.CareService"),
          {
              MENDWORK_UNARY(CreateCouple),
              MENDWORK_UNARY(GetCouple),
              MENDWORK_UNARY(ListCouples),
              MENDWORK_UNARY(CreatePartner),
              MENDWORK_UNARY(GetPartner),
              MENDWORK_UNARY(ListPartners),
              MENDWORK_UNARY(UpdatePartner),
              MENDWORK_UNARY(AccessPartner),
              MENDWORK_UNARY(ConfirmPartner),
              MENDWORK_UNARY(CreateInvitation),
              MENDWORK_UNARY(LinkRecord),
              MENDWORK_UNARY(CreateBetrayalEvent),
              MENDWORK_UNARY(GetBetrayalEvent),
              MENDWORK_UNARY(ListBetrayalEvents),
              MENDWORK_UNARY(UpdateBetrayalEvent),
              MENDWORK_UNARY(RecordSuitability),
              MENDWORK_UNARY(ListSuitabilityDecisions),
              MENDWORK_UNARY(CreateCareRelation),
              MENDWORK_UNARY(EndCareRelation),
              MENDWORK_UNARY(ListCareRelations),
              MENDWORK_UNARY(CreateAppointment),
              MENDWORK_UNARY(GetAppointment),
              MENDWORK_UNARY(ListAppointments),
              MENDWORK_UNARY(UpdateAppointment),
          }};
}

ServiceHandlers AssignmentService() {
  return {FindService("mendwork.v1.AssignmentService"),
          {
              MENDWORK_UNARY(AssignExercise),
              MENDWORK_UNARY(GetAssignment),
              MENDWORK_UNARY(ListAssignments),
              MENDWORK_UNARY(UpdateAssignment),
              MENDWORK_UNARY(CancelAssignment),
              MENDWORK_UNARY(GetForm),
          }};
}

ServiceHandlers ResponseService() {
  return {FindService("mendwork.v1.ResponseService"),
          {
              MENDWORK_UNARY(GetResponse),
              MENDWORK_UNARY(ListResponses),
              MENDWORK_UNARY(SaveDraft),
              MENDWORK_UNARY(AccessDraft),
              MENDWORK_UNARY(SubmitResponse),
              MENDWORK_UNARY(AmendResponse),
              MENDWORK_UNARY(WithdrawResponse),
              MENDWORK_UNARY(UpdateWithheldItems),
              MENDWORK_UNARY(AccessResponse),
              MENDWORK_UNARY(ListSharedResponses),
              MENDWORK_UNARY(AccessSharedResponse),
              MENDWORK_UNARY(ReviewResponse),
              MENDWORK_UNARY(AccessReview),
          }};
}

ServiceHandlers ConsentService() {
  return {FindService("mendwork.v1.ConsentService"),
          {
              MENDWORK_UNARY(ListAudiences),
              MENDWORK_UNARY(GetConsentWording),
              MENDWORK_UNARY(AcknowledgeLimits),
              MENDWORK_UNARY(GrantConsent),
              MENDWORK_UNARY(GetConsent),
              MENDWORK_UNARY(ListConsents),
              MENDWORK_UNARY(WithdrawConsent),
              MENDWORK_UNARY(CreateRelease),
              MENDWORK_UNARY(GetRelease),
              MENDWORK_UNARY(ListReleases),
              MENDWORK_UNARY(CancelRelease),
          }};
}

ServiceHandlers EncounterService() {
  return {FindService("mendwork.v1.EncounterService"),
          {
              MENDWORK_UNARY(OpenEncounter),
              MENDWORK_UNARY(UpdatePresence),
              MENDWORK_UNARY(GetEncounter),
              MENDWORK_UNARY(ListEncounters),
              MENDWORK_UNARY(CloseEncounter),
              MENDWORK_UNARY(EndJointWindow),
              MENDWORK_UNARY(AccessJointBrief),
              MENDWORK_UNARY(AccessPrivateBrief),
          }};
}

ServiceHandlers SafetyService() {
  return {FindService("mendwork.v1.SafetyService"),
          {
              MENDWORK_UNARY(ListFlags),
              MENDWORK_UNARY(GetFlag),
              MENDWORK_UNARY(AccessFlag),
              ServeWatch("WatchFlags", app::ListFlagChanges),
              MENDWORK_UNARY(AcknowledgeFlag),
              MENDWORK_UNARY(ResolveFlag),
              MENDWORK_UNARY(GetSupport),
          }};
}

}  // namespace

std::vector<ServiceHandlers> ApiServices() {
  return {SessionService(),  CatalogService(), CareService(),      AssignmentService(),
          ResponseService(), ConsentService(), EncounterService(), SafetyService()};
}

}  // namespace mendwork::rpc
