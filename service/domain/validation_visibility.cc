#include "service/domain/validation_visibility.h"

namespace mendwork::domain {

Visibility::Visibility(const std::vector<Item>& items, const Answers& answers, const Visibility* outer)
    : outer_(outer) {
  std::map<absl::string_view, const Answer*> first_answers;
  for (const Answer& answer : answers) {
    if (IsAnswered(answer)) first_answers.emplace(answer.item_id, &answer);
  }
  for (const Item& item : items) {
    const auto lookup = [this](absl::string_view id) { return State(id); };
    if (item.show_when.has_value() && !Holds(*item.show_when, lookup)) continue;
    const auto found = first_answers.find(item.id);
    visible_[item.id] = {&item, found == first_answers.end() ? nullptr : found->second};
  }
}

bool Visibility::IsVisible(absl::string_view item_id) const {
  return visible_.count(std::string(item_id)) > 0;
}

ItemState Visibility::State(absl::string_view item_id) const {
  const auto found = visible_.find(std::string(item_id));
  if (found != visible_.end()) return found->second;
  return outer_ == nullptr ? ItemState{} : outer_->State(item_id);
}

std::set<std::string> Visibility::VisibleIds() const {
  std::set<std::string> ids;
  for (const auto& [id, state] : visible_) ids.insert(id);
  return ids;
}

}  // namespace mendwork::domain
