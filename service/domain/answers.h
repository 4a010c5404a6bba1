// What a partner answered: one value per item, of the kind its type asks for.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::domain {

struct LogEntry {
  enum class Outcome { kDone, kShortened, kSkipped };  // equal standing: none is a failure
  std::string activity;  // an option's code when the item lists options, else the person's own words
  Outcome outcome = Outcome::kDone;
  int minutes = 0;
  absl::optional<int> rating;  // 0 to 10
};

struct Answer {
  std::string item_id;
  std::variant<std::monostate,                     // not answered
               std::string,                        // text, long text, date "2026-01-31", time "07:30"
               double,                             // slider, number
               bool,                               // yes/no, attestation, safety check
               std::vector<std::string>,           // option codes: choice and likert one, ranked in order
               std::vector<LogEntry>,              // activity log
               std::vector<std::vector<Answer>>,   // group: rows
               std::map<std::string, std::string>  // letter: section id -> text
               >
      value;
};

using Answers = std::vector<Answer>;

// False for an absent value, a blank text, an empty list and a letter whose sections are all blank.
bool IsAnswered(const Answer& answer);

// The first answer to that item, else null.
const Answer* FindAnswer(const Answers& answers, absl::string_view item_id);

}  // namespace mendwork::domain
