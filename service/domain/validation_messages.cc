#include "service/domain/validation_messages.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace mendwork::domain {
namespace {

struct RuleMessage {
  absl::string_view language;
  absl::string_view rule;
  absl::string_view text;
};

// One block per language; a further language repeats the block of rules with its own texts.
constexpr RuleMessage kMessages[] = {
    {"en", "attestation", "Please tick this to confirm it, or leave the form for later."},
    {"en", "characters", "This text has a character that cannot be stored. Please type it again."},
    {"en", "date", "Please give a date as year-month-day, such as 2026-01-31."},
    {"en", "duplicate_item", "This question was answered more than once."},
    {"en", "earliest", "Please give $0 or later."},
    {"en", "exclusive", "This choice cannot be combined with another one."},
    {"en", "hidden_item", "This question is not shown with your other answers, so it cannot be answered."},
    {"en", "latest", "Please give $0 or earlier."},
    {"en", "max_count", "Please give no more than $0 here."},
    {"en", "max_length", "Please use at most $0 characters."},
    {"en", "min_count", "Please give at least $0 here."},
    {"en", "min_length", "Please use at least $0 characters."},
    {"en", "no_answer", "This part of the form takes no answer."},
    {"en", "option", "Please choose from the list."},
    {"en", "option_repeated", "Each choice can be made only once."},
    {"en", "pattern.digits", "Please use digits only."},
    {"en", "pattern.initials", "Please use initials only, such as A. B."},
    {"en", "range", "Please give a number from $0 to $1."},
    {"en", "required", "Please answer this question."},
    {"en", "step", "Please give a number in steps of $0, counted from $1."},
    {"en", "time", "Please give a time as hours and minutes, such as 07:30."},
    {"en", "too_many_answers", "There are too many answers. A form takes at most $0."},
    {"en", "total_size", "The answers are too long to store together. Please shorten the longest one."},
    {"en", "unknown_item", "This question is not part of the form."},
    {"en", "unknown_section", "This heading is not part of the letter."},
    {"en", "utf8", "This text cannot be read. Please type it again."},
    {"en", "value_kind", "This answer does not have the form its question asks for."},
};

const RuleMessage* FindMessage(absl::string_view rule, absl::string_view language) {
  for (const RuleMessage& message : kMessages) {
    if (message.rule == rule && message.language == language) return &message;
  }
  return nullptr;
}

}  // namespace

std::string ValidationMessage(absl::string_view rule, const std::vector<std::string>& arguments,
                              absl::string_view language) {
  const RuleMessage* message = FindMessage(rule, language);
  if (message == nullptr) message = FindMessage(rule, language.substr(0, language.find('-')));
  if (message == nullptr) message = FindMessage(rule, "en");
  if (message == nullptr) return std::string(rule);
  std::vector<std::pair<std::string, std::string>> replacements;
  for (size_t i = 0; i < arguments.size(); ++i) replacements.emplace_back(absl::StrCat("$", i), arguments[i]);
  return absl::StrReplaceAll(message->text, replacements);
}

std::vector<std::string> RulesWithMessages(absl::string_view language) {
  std::vector<std::string> rules;
  for (const RuleMessage& message : kMessages) {
    if (message.language == language) rules.emplace_back(message.rule);
  }
  return rules;
}

}  // namespace mendwork::domain
