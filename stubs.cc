#include "absl/status/status.h"
#include "service/app/session_service.h"
#include "service/app/catalog_service.h"
#include "service/app/care_service.h"
#include "service/app/assignment_service.h"
#include "service/app/response_service.h"
#include "service/app/consent_service.h"
#include "service/app/safety_service.h"
#include "service/app/practice_service.h"
#include "service/app/staff_service.h"
#include "service/app/plugin_admin_service.h"
namespace mendwork::app {
absl::StatusOr<Commit<v1::EnrollResponse>> Enroll(const Call&, const v1::EnrollRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<Commit<v1::SignInResponse>> SignIn(const Call&, const v1::SignInRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Session> GetSession(const Call&, store::Transaction&, const v1::GetSessionRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::SignOutResponse> SignOut(const Call&, store::WriteTransaction&, const v1::SignOutRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::RevokeSessionsResponse> RevokeSessions(const Call&, store::WriteTransaction&, const v1::RevokeSessionsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<Commit<v1::ChangeSecretResponse>> ChangeSecret(const Call&, const v1::ChangeSecretRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListExercisesResponse> ListExercises(const Call&, store::Transaction&, const v1::ListExercisesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Exercise> GetExercise(const Call&, store::Transaction&, const v1::GetExerciseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Form> PreviewForm(const Call&, store::Transaction&, const v1::PreviewFormRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Exercise> AcceptExercise(const Call&, store::WriteTransaction&, const v1::AcceptExerciseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Couple> CreateCouple(const Call&, store::WriteTransaction&, const v1::CreateCoupleRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Couple> GetCouple(const Call&, store::Transaction&, const v1::GetCoupleRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListCouplesResponse> ListCouples(const Call&, store::Transaction&, const v1::ListCouplesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Partner> CreatePartner(const Call&, store::WriteTransaction&, const v1::CreatePartnerRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Partner> GetPartner(const Call&, store::Transaction&, const v1::GetPartnerRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListPartnersResponse> ListPartners(const Call&, store::Transaction&, const v1::ListPartnersRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Partner> UpdatePartner(const Call&, store::WriteTransaction&, const v1::UpdatePartnerRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::PartnerIdentity> AccessPartner(const Call&, store::WriteTransaction&, const v1::AccessPartnerRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Partner> ConfirmPartner(const Call&, store::WriteTransaction&, const v1::ConfirmPartnerRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Invitation> CreateInvitation(const Call&, store::WriteTransaction&, const v1::CreateInvitationRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Partner> LinkRecord(const Call&, store::WriteTransaction&, const v1::LinkRecordRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::BetrayalEvent> CreateBetrayalEvent(const Call&, store::WriteTransaction&, const v1::CreateBetrayalEventRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::BetrayalEvent> GetBetrayalEvent(const Call&, store::Transaction&, const v1::GetBetrayalEventRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListBetrayalEventsResponse> ListBetrayalEvents(const Call&, store::Transaction&, const v1::ListBetrayalEventsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::BetrayalEvent> UpdateBetrayalEvent(const Call&, store::WriteTransaction&, const v1::UpdateBetrayalEventRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::SuitabilityDecision> RecordSuitability(const Call&, store::WriteTransaction&, const v1::RecordSuitabilityRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListSuitabilityDecisionsResponse> ListSuitabilityDecisions(const Call&, store::Transaction&, const v1::ListSuitabilityDecisionsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::CareRelation> CreateCareRelation(const Call&, store::WriteTransaction&, const v1::CreateCareRelationRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::CareRelation> EndCareRelation(const Call&, store::WriteTransaction&, const v1::EndCareRelationRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListCareRelationsResponse> ListCareRelations(const Call&, store::Transaction&, const v1::ListCareRelationsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Appointment> CreateAppointment(const Call&, store::WriteTransaction&, const v1::CreateAppointmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Appointment> GetAppointment(const Call&, store::Transaction&, const v1::GetAppointmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListAppointmentsResponse> ListAppointments(const Call&, store::Transaction&, const v1::ListAppointmentsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Appointment> UpdateAppointment(const Call&, store::WriteTransaction&, const v1::UpdateAppointmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AssignExerciseResponse> AssignExercise(const Call&, store::WriteTransaction&, const v1::AssignExerciseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Assignment> GetAssignment(const Call&, store::Transaction&, const v1::GetAssignmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListAssignmentsResponse> ListAssignments(const Call&, store::Transaction&, const v1::ListAssignmentsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Assignment> UpdateAssignment(const Call&, store::WriteTransaction&, const v1::UpdateAssignmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Assignment> CancelAssignment(const Call&, store::WriteTransaction&, const v1::CancelAssignmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::GetFormResponse> GetForm(const Call&, store::Transaction&, const v1::GetFormRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Response> GetResponse(const Call&, store::Transaction&, const v1::GetResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListResponsesResponse> ListResponses(const Call&, store::Transaction&, const v1::ListResponsesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::SaveDraftResponse> SaveDraft(const Call&, store::WriteTransaction&, const v1::SaveDraftRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AccessDraftResponse> AccessDraft(const Call&, store::WriteTransaction&, const v1::AccessDraftRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::SubmitResponseResponse> SubmitResponse(const Call&, store::WriteTransaction&, const v1::SubmitResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AmendResponseResponse> AmendResponse(const Call&, store::WriteTransaction&, const v1::AmendResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Response> WithdrawResponse(const Call&, store::WriteTransaction&, const v1::WithdrawResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Response> UpdateWithheldItems(const Call&, store::WriteTransaction&, const v1::UpdateWithheldItemsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AccessResponseResponse> AccessResponse(const Call&, store::WriteTransaction&, const v1::AccessResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListSharedResponsesResponse> ListSharedResponses(const Call&, store::Transaction&, const v1::ListSharedResponsesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AccessSharedResponseResponse> AccessSharedResponse(const Call&, store::WriteTransaction&, const v1::AccessSharedResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Response> ReviewResponse(const Call&, store::WriteTransaction&, const v1::ReviewResponseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AccessReviewResponse> AccessReview(const Call&, store::WriteTransaction&, const v1::AccessReviewRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListAudiencesResponse> ListAudiences(const Call&, store::Transaction&, const v1::ListAudiencesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ConsentWording> GetConsentWording(const Call&, store::Transaction&, const v1::GetConsentWordingRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AcknowledgeLimitsResponse> AcknowledgeLimits(const Call&, store::WriteTransaction&, const v1::AcknowledgeLimitsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Consent> GrantConsent(const Call&, store::WriteTransaction&, const v1::GrantConsentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Consent> GetConsent(const Call&, store::Transaction&, const v1::GetConsentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListConsentsResponse> ListConsents(const Call&, store::Transaction&, const v1::ListConsentsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Consent> WithdrawConsent(const Call&, store::WriteTransaction&, const v1::WithdrawConsentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Release> CreateRelease(const Call&, store::WriteTransaction&, const v1::CreateReleaseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Release> GetRelease(const Call&, store::Transaction&, const v1::GetReleaseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Call&, store::Transaction&, const v1::ListReleasesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Release> CancelRelease(const Call&, store::WriteTransaction&, const v1::CancelReleaseRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::ListFlagsResponse> ListFlags(const Call&, store::Transaction&, const v1::ListFlagsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Flag> GetFlag(const Call&, store::Transaction&, const v1::GetFlagRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::AccessFlagResponse> AccessFlag(const Call&, store::WriteTransaction&, const v1::AccessFlagRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<FlagChanges> ListFlagChanges(const Call&, store::Transaction&, const v1::WatchFlagsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Flag> AcknowledgeFlag(const Call&, store::WriteTransaction&, const v1::AcknowledgeFlagRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::Flag> ResolveFlag(const Call&, store::WriteTransaction&, const v1::ResolveFlagRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<v1::SupportBlock> GetSupport(const Call&, store::Transaction&, const v1::GetSupportRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::InitializeServerResponse> InitializeServer(const Call&, store::WriteTransaction&, const admin::v1::InitializeServerRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::CreatePracticeResponse> CreatePractice(const Call&, store::WriteTransaction&, const admin::v1::CreatePracticeRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Practice> GetPractice(const Call&, store::Transaction&, const admin::v1::GetPracticeRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Practice> UpdatePractice(const Call&, store::WriteTransaction&, const admin::v1::UpdatePracticeRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::ServerStatus> GetServerStatus(const Call&, store::Transaction&, const admin::v1::GetServerStatusRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::CreateStaffResponse> CreateStaff(const Call&, store::WriteTransaction&, const admin::v1::CreateStaffRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Staff> GetStaff(const Call&, store::Transaction&, const admin::v1::GetStaffRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::ListStaffResponse> ListStaff(const Call&, store::Transaction&, const admin::v1::ListStaffRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::AccessStaffResponse> AccessStaff(const Call&, store::WriteTransaction&, const admin::v1::AccessStaffRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Staff> UpdateStaffRoles(const Call&, store::WriteTransaction&, const admin::v1::UpdateStaffRolesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Staff> DisableStaff(const Call&, store::WriteTransaction&, const admin::v1::DisableStaffRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::ReissueStaffEnrollmentResponse> ReissueStaffEnrollment(const Call&, store::WriteTransaction&, const admin::v1::ReissueStaffEnrollmentRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<Commit<admin::v1::Plugin>> RegisterPlugin(const Call&, const admin::v1::RegisterPluginRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Plugin> GetPlugin(const Call&, store::Transaction&, const admin::v1::GetPluginRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::ListPluginsResponse> ListPlugins(const Call&, store::Transaction&, const admin::v1::ListPluginsRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Plugin> GrantPlugin(const Call&, store::WriteTransaction&, const admin::v1::GrantPluginRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<Commit<admin::v1::Plugin>> ConfigurePlugin(const Call&, const admin::v1::ConfigurePluginRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Plugin> EnablePlugin(const Call&, store::WriteTransaction&, const admin::v1::EnablePluginRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Plugin> DisablePlugin(const Call&, store::WriteTransaction&, const admin::v1::DisablePluginRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::ListDeliveriesResponse> ListDeliveries(const Call&, store::Transaction&, const admin::v1::ListDeliveriesRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Delivery> GetDelivery(const Call&, store::Transaction&, const admin::v1::GetDeliveryRequest&) { return absl::UnimplementedError("stub"); }
absl::StatusOr<admin::v1::Delivery> RetryDelivery(const Call&, store::WriteTransaction&, const admin::v1::RetryDeliveryRequest&) { return absl::UnimplementedError("stub"); }
}
