// Use cases of mendwork.v1.SessionService.
#pragma once

#include "mendwork/v1/session_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<Commit<v1::EnrollResponse>> Enroll(const Call& call, const v1::EnrollRequest& request);
absl::StatusOr<Commit<v1::SignInResponse>> SignIn(const Call& call, const v1::SignInRequest& request);
absl::StatusOr<v1::Session> GetSession(const Call& call, store::Transaction& transaction,
                                       const v1::GetSessionRequest& request);
absl::StatusOr<v1::SignOutResponse> SignOut(const Call& call, store::WriteTransaction& transaction,
                                            const v1::SignOutRequest& request);
absl::StatusOr<v1::RevokeSessionsResponse> RevokeSessions(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::RevokeSessionsRequest& request);
absl::StatusOr<Commit<v1::StepUpResponse>> StepUp(const Call& call, const v1::StepUpRequest& request);
absl::StatusOr<Commit<v1::ChangeSecretResponse>> ChangeSecret(const Call& call,
                                                              const v1::ChangeSecretRequest& request);

}  // namespace mendwork::app
