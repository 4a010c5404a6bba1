// Which items are shown, given the answers: the one place that applies `show_when`, for validation, scores
// and risk.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/domain/answers.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// Lends from the items and answers it is built from. Items are judged in order and conditions look only
// backwards, so one pass suffices; an answer to a hidden item is treated as absent.
class Visibility {
 public:
  // `outer` is the visibility of the items around a group's row, or null at the top level.
  Visibility(const std::vector<Item>& items, const Answers& answers, const Visibility* outer);

  bool IsVisible(absl::string_view item_id) const;
  // Item and answer; the answer is null when the item is hidden or unanswered.
  ItemState State(absl::string_view item_id) const;
  std::set<std::string> VisibleIds() const;

 private:
  const Visibility* outer_;
  std::map<std::string, ItemState> visible_;
};

}  // namespace mendwork::domain
