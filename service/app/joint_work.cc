#include "service/app/joint_work.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "mendwork/v1/care_service.pb.h"
#include "service/app/common.h"
#include "service/base/status.h"
#include "service/store/encounter_rows.h"

namespace mendwork::app {
namespace {

constexpr int64_t kAllDecisions = 200;

bool ForJointWork(const store::SuitabilityRow& decision, absl::Time now) {
  return decision.expire_time > now &&
         (decision.decision == v1::SuitabilityDecision::DECISION_JOINT ||
          decision.decision == v1::SuitabilityDecision::DECISION_JOINT_WITH_LIMITS);
}

}  // namespace

absl::StatusOr<bool> IsAvailable(const Call& call, store::Transaction& transaction, int64_t couple_id,
                                 const domain::ExerciseRevision& revision) {
  if (revision.solo) {
    return true;
  }
  MENDWORK_ASSIGN_OR_RETURN(auto end_time, store::FindJointWindowEnd(transaction, call.caller.practice_id,
                                                                     couple_id, transaction.now()));
  return end_time.has_value();
}

absl::Status RequireAvailable(const Call& call, store::Transaction& transaction, int64_t couple_id,
                              const domain::ExerciseRevision& revision) {
  MENDWORK_ASSIGN_OR_RETURN(bool available, IsAvailable(call, transaction, couple_id, revision));
  return available ? absl::OkStatus()
                   : Precondition("NOT_AVAILABLE_NOW",
                                  "This is not open now. Nothing is expected of you; your therapist opens it "
                                  "when it is time.");
}

absl::StatusOr<std::vector<store::SuitabilityRow>> NewestDecisions(const Call& call,
                                                                   store::Transaction& transaction,
                                                                   int64_t couple_id) {
  MENDWORK_ASSIGN_OR_RETURN(
      auto decisions,
      store::ListSuitability(transaction, call.caller.practice_id, couple_id,
                             {.after_id = std::numeric_limits<int64_t>::max(), .limit = kAllDecisions}));
  std::set<std::pair<int64_t, int64_t>> seen;  // decisions come newest first
  std::vector<store::SuitabilityRow> newest;
  for (auto& decision : decisions) {
    if (seen.insert({decision.first_person_id, decision.second_person_id}).second) {
      newest.push_back(std::move(decision));
    }
  }
  return newest;
}

absl::StatusOr<bool> EveryPairSuits(const Call& call, store::Transaction& transaction, int64_t couple_id,
                                    const std::vector<int64_t>& person_ids) {
  MENDWORK_ASSIGN_OR_RETURN(auto decisions, NewestDecisions(call, transaction, couple_id));
  std::set<std::pair<int64_t, int64_t>> suited;
  for (const auto& decision : decisions) {
    if (ForJointWork(decision, transaction.now())) {
      suited.insert({decision.first_person_id, decision.second_person_id});
    }
  }
  for (size_t i = 0; i < person_ids.size(); ++i) {
    for (size_t j = i + 1; j < person_ids.size(); ++j) {
      const auto pair = std::minmax(person_ids[i], person_ids[j]);
      if (suited.count({pair.first, pair.second}) == 0) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace mendwork::app
