// Use cases of mendwork.v1.CatalogService.
#pragma once

#include <set>
#include <string>

#include "mendwork/v1/catalog_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

// What this server can do beyond the plain exercises; an exercise that needs more cannot be assigned.
const std::set<std::string>& Capabilities();

absl::StatusOr<v1::ListExercisesResponse> ListExercises(const Call& call, store::Transaction& transaction,
                                                        const v1::ListExercisesRequest& request);
absl::StatusOr<v1::Exercise> GetExercise(const Call& call, store::Transaction& transaction,
                                         const v1::GetExerciseRequest& request);
absl::StatusOr<v1::Form> PreviewForm(const Call& call, store::Transaction& transaction,
                                     const v1::PreviewFormRequest& request);
absl::StatusOr<v1::Exercise> AcceptExercise(const Call& call, store::WriteTransaction& transaction,
                                            const v1::AcceptExerciseRequest& request);

}  // namespace mendwork::app
