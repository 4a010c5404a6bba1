// Use cases of mendwork.v1.ConsentService: consents (consent_service.cc) and releases (releases.cc).
#pragma once

#include "mendwork/v1/consent_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<v1::ListAudiencesResponse> ListAudiences(const Call& call, store::Transaction& transaction,
                                                        const v1::ListAudiencesRequest& request);
absl::StatusOr<v1::ConsentWording> GetConsentWording(const Call& call, store::Transaction& transaction,
                                                     const v1::GetConsentWordingRequest& request);
absl::StatusOr<v1::AcknowledgeLimitsResponse> AcknowledgeLimits(const Call& call,
                                                                store::WriteTransaction& transaction,
                                                                const v1::AcknowledgeLimitsRequest& request);
absl::StatusOr<v1::Consent> GrantConsent(const Call& call, store::WriteTransaction& transaction,
                                         const v1::GrantConsentRequest& request);
absl::StatusOr<v1::Consent> GetConsent(const Call& call, store::Transaction& transaction,
                                       const v1::GetConsentRequest& request);
absl::StatusOr<v1::ListConsentsResponse> ListConsents(const Call& call, store::Transaction& transaction,
                                                      const v1::ListConsentsRequest& request);
absl::StatusOr<v1::Consent> WithdrawConsent(const Call& call, store::WriteTransaction& transaction,
                                            const v1::WithdrawConsentRequest& request);
absl::StatusOr<v1::Release> CreateRelease(const Call& call, store::WriteTransaction& transaction,
                                          const v1::CreateReleaseRequest& request);
absl::StatusOr<v1::Release> GetRelease(const Call& call, store::Transaction& transaction,
                                       const v1::GetReleaseRequest& request);
absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Call& call, store::Transaction& transaction,
                                                      const v1::ListReleasesRequest& request);
absl::StatusOr<v1::Release> CancelRelease(const Call& call, store::WriteTransaction& transaction,
                                          const v1::CancelReleaseRequest& request);

}  // namespace mendwork::app
