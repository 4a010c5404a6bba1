// Checks a response against its pinned exercise revision: every violation at once, none echoing what was
// written.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/base/status.h"
#include "service/domain/answers.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// `field` is the item path, such as "answers[impact_sleep]", "answers[log][0].minutes" or
// "answers[people][1][name]"; `rule` is a stable word; `message` is plain text in `language` (else English).
// `complete` is false for drafts: what is missing is then no violation, what is present must still fit.
// At most kMaxViolations are returned.
std::vector<base::Violation> ValidateAnswers(const ExerciseRevision& revision, const Variant& variant,
                                             const Answers& answers, absl::string_view language,
                                             bool complete);

// Ids of the top-level items shown, given the answers. Answers to hidden items are disregarded.
std::set<std::string> VisibleItems(const Variant& variant, const Answers& answers);

// Ids of a group's items shown in one of its rows. They may depend on earlier top-level items and on their
// row.
std::set<std::string> VisibleRowItems(const Variant& variant, const Answers& answers, const Item& group,
                                      const Answers& row);

}  // namespace mendwork::domain
