// Use cases of mendwork.v1.CareService: couples and partners (care_service.cc), and what the therapist
// records about their care (care_records.cc). Appointments: appointments.h.
#pragma once

#include <string>

#include "mendwork/v1/care_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<v1::Couple> CreateCouple(const Call& call, store::WriteTransaction& transaction,
                                        const v1::CreateCoupleRequest& request);
absl::StatusOr<v1::Couple> GetCouple(const Call& call, store::Transaction& transaction,
                                     const v1::GetCoupleRequest& request);
absl::StatusOr<v1::ListCouplesResponse> ListCouples(const Call& call, store::Transaction& transaction,
                                                    const v1::ListCouplesRequest& request);
absl::StatusOr<v1::Partner> CreatePartner(const Call& call, store::WriteTransaction& transaction,
                                          const v1::CreatePartnerRequest& request);
absl::StatusOr<v1::Partner> GetPartner(const Call& call, store::Transaction& transaction,
                                       const v1::GetPartnerRequest& request);
absl::StatusOr<v1::ListPartnersResponse> ListPartners(const Call& call, store::Transaction& transaction,
                                                      const v1::ListPartnersRequest& request);
absl::StatusOr<v1::Partner> UpdatePartner(const Call& call, store::WriteTransaction& transaction,
                                          const v1::UpdatePartnerRequest& request);
absl::StatusOr<v1::PartnerIdentity> AccessPartner(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::AccessPartnerRequest& request);
absl::StatusOr<v1::Partner> ConfirmPartner(const Call& call, store::WriteTransaction& transaction,
                                           const v1::ConfirmPartnerRequest& request);
absl::StatusOr<v1::Invitation> CreateInvitation(const Call& call, store::WriteTransaction& transaction,
                                                const v1::CreateInvitationRequest& request);
absl::StatusOr<v1::Partner> LinkRecord(const Call& call, store::WriteTransaction& transaction,
                                       const v1::LinkRecordRequest& request);
absl::StatusOr<v1::BetrayalEvent> CreateBetrayalEvent(const Call& call, store::WriteTransaction& transaction,
                                                      const v1::CreateBetrayalEventRequest& request);
absl::StatusOr<v1::BetrayalEvent> GetBetrayalEvent(const Call& call, store::Transaction& transaction,
                                                   const v1::GetBetrayalEventRequest& request);
absl::StatusOr<v1::ListBetrayalEventsResponse> ListBetrayalEvents(
    const Call& call, store::Transaction& transaction, const v1::ListBetrayalEventsRequest& request);
absl::StatusOr<v1::BetrayalEvent> UpdateBetrayalEvent(const Call& call, store::WriteTransaction& transaction,
                                                      const v1::UpdateBetrayalEventRequest& request);
absl::StatusOr<v1::SuitabilityDecision> RecordSuitability(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::RecordSuitabilityRequest& request);
absl::StatusOr<v1::ListSuitabilityDecisionsResponse> ListSuitabilityDecisions(
    const Call& call, store::Transaction& transaction, const v1::ListSuitabilityDecisionsRequest& request);
absl::StatusOr<v1::CareRelation> CreateCareRelation(const Call& call, store::WriteTransaction& transaction,
                                                    const v1::CreateCareRelationRequest& request);
absl::StatusOr<v1::CareRelation> EndCareRelation(const Call& call, store::WriteTransaction& transaction,
                                                 const v1::EndCareRelationRequest& request);
absl::StatusOr<v1::ListCareRelationsResponse> ListCareRelations(const Call& call,
                                                                store::Transaction& transaction,
                                                                const v1::ListCareRelationsRequest& request);

// For a caller with a relation to the couple: puts a new place on record for a partner. `action` is the
// method, for the audit log.
absl::Status ReplaceLocation(const Call& call, store::WriteTransaction& transaction, int64_t person_id,
                             const std::string& location, const char* action);

}  // namespace mendwork::app
