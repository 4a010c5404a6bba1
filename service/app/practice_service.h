// Use cases of mendwork.admin.v1.PracticeService.
#pragma once

#include "mendwork/admin/v1/practice_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<admin::v1::InitializeServerResponse> InitializeServer(
    const Call& call, store::WriteTransaction& transaction,
    const admin::v1::InitializeServerRequest& request);
absl::StatusOr<admin::v1::CreatePracticeResponse> CreatePractice(
    const Call& call, store::WriteTransaction& transaction, const admin::v1::CreatePracticeRequest& request);
absl::StatusOr<admin::v1::Practice> GetPractice(const Call& call, store::Transaction& transaction,
                                                const admin::v1::GetPracticeRequest& request);
absl::StatusOr<admin::v1::Practice> UpdatePractice(const Call& call, store::WriteTransaction& transaction,
                                                   const admin::v1::UpdatePracticeRequest& request);
absl::StatusOr<admin::v1::ServerStatus> GetServerStatus(const Call& call, store::Transaction& transaction,
                                                        const admin::v1::GetServerStatusRequest& request);

}  // namespace mendwork::app
