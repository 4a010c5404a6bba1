#include "service/domain/scoring.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "service/domain/validation_visibility.h"

namespace mendwork::domain {
namespace {

bool Names(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool VariantHasItems(const Variant& variant, const Measure& measure) {
  return std::all_of(measure.items.begin(), measure.items.end(),
                     [&variant](const std::string& id) { return variant.FindItem(id) != nullptr; });
}

std::string BandOf(const Measure& measure, double total) {
  std::string code;
  for (const Band& band : measure.bands) {
    if (total >= band.from) code = band.code;
  }
  return code;
}

Score ScoreMeasure(const Measure& measure, const Visibility& visibility, const Variant& variant) {
  Score score;
  score.measure_id = measure.id;
  double sum = 0;
  bool may_prorate = true;
  for (const std::string& id : measure.items) {
    const Item& item = *variant.FindItem(id);
    const ItemState state = visibility.State(id);
    const absl::optional<double> value =
        state.answer == nullptr ? absl::nullopt : ItemScore(item, *state.answer);
    if (!value.has_value()) {
      ++score.missing;
      may_prorate = may_prorate && !Names(measure.never_missing, id);
      continue;
    }
    ++score.answered;
    const auto [lowest, highest] = ItemScoreRange(item);
    sum += Names(measure.reverse, id) ? lowest + highest - *value : *value;
  }
  if (!may_prorate || score.answered == 0 || score.missing > measure.missing_allowed) return score;
  score.prorated = score.missing > 0;
  const double mean = sum / score.answered;
  if (measure.method == Measure::Method::kMean) {
    score.total = mean;
  } else {
    // A prorated sum is rounded to a whole number (halves up), as the bands are made for whole numbers.
    score.total = score.prorated ? std::floor(mean * static_cast<double>(measure.items.size()) + 0.5) : sum;
  }
  score.band = BandOf(measure, *score.total);
  return score;
}

}  // namespace

std::pair<double, double> ItemScoreRange(const Item& item) {
  absl::optional<std::pair<double, double>> range;
  for (const Option& option : item.options) {
    if (!option.score.has_value()) continue;
    const double score = *option.score;
    range = range.has_value() ? std::pair(std::min(range->first, score), std::max(range->second, score))
                              : std::pair(score, score);
  }
  return range.value_or(std::pair(item.minimum, item.maximum));
}

absl::optional<double> ItemScore(const Item& item, const Answer& answer) {
  if (const auto* number = std::get_if<double>(&answer.value)) {
    const bool scale = item.type == ItemType::kSlider || item.type == ItemType::kNumber;
    if (!scale || !std::isfinite(*number)) return absl::nullopt;
    return *number;
  }
  const auto* codes = std::get_if<std::vector<std::string>>(&answer.value);
  if (codes == nullptr || codes->size() != 1) return absl::nullopt;
  const Option* option = item.FindOption(codes->front());
  if (option == nullptr || !option->score.has_value()) return absl::nullopt;
  return *option->score;
}

std::vector<Score> ScoreAnswers(const ExerciseRevision& revision, const Variant& variant,
                                const Answers& answers) {
  const Visibility visibility(variant.items, answers, nullptr);
  std::vector<Score> scores;
  for (const Measure& measure : revision.measures) {
    if (VariantHasItems(variant, measure)) scores.push_back(ScoreMeasure(measure, visibility, variant));
  }
  return scores;
}

bool IsReliableChange(const Measure& measure, double before, double after) {
  return measure.reliable_change > 0 && std::abs(after - before) >= measure.reliable_change;
}

}  // namespace mendwork::domain
