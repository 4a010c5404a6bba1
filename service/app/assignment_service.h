// Use cases of mendwork.v1.AssignmentService.
#pragma once

#include "mendwork/v1/assignment_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<v1::AssignExerciseResponse> AssignExercise(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::AssignExerciseRequest& request);
absl::StatusOr<v1::Assignment> GetAssignment(const Call& call, store::Transaction& transaction,
                                             const v1::GetAssignmentRequest& request);
absl::StatusOr<v1::ListAssignmentsResponse> ListAssignments(const Call& call, store::Transaction& transaction,
                                                            const v1::ListAssignmentsRequest& request);
absl::StatusOr<v1::Assignment> UpdateAssignment(const Call& call, store::WriteTransaction& transaction,
                                                const v1::UpdateAssignmentRequest& request);
absl::StatusOr<v1::Assignment> CancelAssignment(const Call& call, store::WriteTransaction& transaction,
                                                const v1::CancelAssignmentRequest& request);
absl::StatusOr<v1::GetFormResponse> GetForm(const Call& call, store::Transaction& transaction,
                                            const v1::GetFormRequest& request);

}  // namespace mendwork::app
