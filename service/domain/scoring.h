// Scores of a response's measures. Clients never see scores of safety items; who may see a total is policy's
// matter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "service/domain/answers.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

struct Score {
  std::string measure_id;
  absl::optional<double> total;  // absent when too much is missing
  int answered = 0;
  int missing = 0;
  bool prorated = false;
  std::string band;  // code of the band, or empty
};

// One score per measure whose items the variant has, in the revision's order. Expects validated answers;
// hidden items and answers that do not fit count as missing.
std::vector<Score> ScoreAnswers(const ExerciseRevision& revision, const Variant& variant,
                                const Answers& answers);

// The option's or scale's number for one item, before reversing; absent when unanswered or not scorable.
absl::optional<double> ItemScore(const Item& item, const Answer& answer);

// The lowest and highest score of an item: of its options, else of its scale.
std::pair<double, double> ItemScoreRange(const Item& item);

// True when two totals of one measure differ by at least its reliable change.
bool IsReliableChange(const Measure& measure, double before, double after);

}  // namespace mendwork::domain
