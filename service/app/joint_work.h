// When joint work is open (confidentiality B6): closed by default, released by the therapist for a window at
// the close of a session. Nothing a partner does or feels opens or closes it.
#pragma once

#include <vector>

#include "service/app/call.h"
#include "service/domain/exercise.h"
#include "service/store/care_rows.h"

namespace mendwork::app {

// FAILED_PRECONDITION, reason NOT_AVAILABLE_NOW, one text whatever the reason, when the exercise is joint
// work and no window is open.
absl::Status RequireAvailable(const Call& call, store::Transaction& transaction, int64_t couple_id,
                              const domain::ExerciseRevision& revision);
absl::StatusOr<bool> IsAvailable(const Call& call, store::Transaction& transaction, int64_t couple_id,
                                 const domain::ExerciseRevision& revision);

// Is there a current decision for joint work of every pair of these partners (clinical rulings 1.2)?
absl::StatusOr<bool> EveryPairSuits(const Call& call, store::Transaction& transaction, int64_t couple_id,
                                    const std::vector<int64_t>& person_ids);

// The newest decision of each pair, current or lapsed.
absl::StatusOr<std::vector<store::SuitabilityRow>> NewestDecisions(const Call& call,
                                                                   store::Transaction& transaction,
                                                                   int64_t couple_id);

}  // namespace mendwork::app
