// Use cases of mendwork.admin.v1.StaffService.
#pragma once

#include <string>

#include "mendwork/admin/v1/staff_service.pb.h"
#include "service/app/call.h"
#include "service/app/enrollment.h"

namespace mendwork::app {

struct NewStaff {
  store::PersonRow person;
  NewCode code;
};
absl::StatusOr<NewStaff> MakeStaff(const Call& call, store::WriteTransaction& transaction,
                                   const std::string& display_name, uint32_t roles);

absl::StatusOr<admin::v1::CreateStaffResponse> CreateStaff(const Call& call,
                                                           store::WriteTransaction& transaction,
                                                           const admin::v1::CreateStaffRequest& request);
absl::StatusOr<admin::v1::Staff> GetStaff(const Call& call, store::Transaction& transaction,
                                          const admin::v1::GetStaffRequest& request);
absl::StatusOr<admin::v1::ListStaffResponse> ListStaff(const Call& call, store::Transaction& transaction,
                                                       const admin::v1::ListStaffRequest& request);
absl::StatusOr<admin::v1::AccessStaffResponse> AccessStaff(const Call& call,
                                                           store::WriteTransaction& transaction,
                                                           const admin::v1::AccessStaffRequest& request);
absl::StatusOr<admin::v1::Staff> UpdateStaffRoles(const Call& call, store::WriteTransaction& transaction,
                                                  const admin::v1::UpdateStaffRolesRequest& request);
absl::StatusOr<admin::v1::Staff> DisableStaff(const Call& call, store::WriteTransaction& transaction,
                                              const admin::v1::DisableStaffRequest& request);
absl::StatusOr<admin::v1::ReissueStaffEnrollmentResponse> ReissueStaffEnrollment(
    const Call& call, store::WriteTransaction& transaction,
    const admin::v1::ReissueStaffEnrollmentRequest& request);

}  // namespace mendwork::app
