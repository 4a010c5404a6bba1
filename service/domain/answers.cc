#include "service/domain/answers.h"

#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

struct AnsweredVisitor {
  bool operator()(std::monostate) const { return false; }
  bool operator()(const std::string& text) const { return !IsBlank(text); }
  bool operator()(double) const { return true; }
  bool operator()(bool) const { return true; }
  bool operator()(const std::vector<std::string>& codes) const { return !codes.empty(); }
  bool operator()(const std::vector<LogEntry>& entries) const { return !entries.empty(); }
  bool operator()(const std::vector<std::vector<Answer>>& rows) const { return !rows.empty(); }
  bool operator()(const std::map<std::string, std::string>& sections) const {
    for (const auto& [id, text] : sections) {
      if (!IsBlank(text)) return true;
    }
    return false;
  }
};

}  // namespace

bool IsAnswered(const Answer& answer) { return std::visit(AnsweredVisitor{}, answer.value); }

const Answer* FindAnswer(const Answers& answers, absl::string_view item_id) {
  for (const Answer& answer : answers) {
    if (answer.item_id == item_id) return &answer;
  }
  return nullptr;
}

}  // namespace mendwork::domain
