// Who gets which variant of an exercise, and why one may not be assigned (clinical
// rulings 1.2, 1.3, 1.8, 1.12, 1.13).
#pragma once

#include <string>
#include <vector>

#include "mendwork/v1/assignment_service.pb.h"
#include "service/app/call.h"
#include "service/domain/exercise.h"
#include "service/store/care_rows.h"

namespace mendwork::app {

// One assignment to be made. A partner who was both betrayed and involved gets one per variant.
struct Recipient {
  store::PartnerRow partner;
  const domain::Variant* variant = nullptr;
};

struct AssigningPlan {
  int64_t couple_id = 0;
  const domain::ExerciseRevision* revision = nullptr;
  absl::optional<int64_t> event_id;
  absl::optional<absl::Time> due_time;
  std::vector<Recipient> recipients;
};

// Reads everything that assigning depends on. FAILED_PRECONDITION, reason ASSIGNMENT_NOT_POSSIBLE, names
// every reason at once.
absl::StatusOr<AssigningPlan> PlanAssigning(const Call& call, store::Transaction& transaction,
                                            const v1::AssignExerciseRequest& request);

}  // namespace mendwork::app
