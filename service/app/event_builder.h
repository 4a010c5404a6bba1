// The copy of a released response as a plugin gets it: only what may leave, in the terms of
// mendwork.plugin.v1.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mendwork/plugin/v1/event.pb.h"
#include "mendwork/v1/answer.pb.h"
#include "service/domain/exercise.h"

namespace mendwork::app {

// The definition of the items that could ever leave to this plugin, whether or not they were answered: a gap
// in the answers then looks like any unanswered item.
plugin::v1::Questionnaire BuildQuestionnaire(const domain::ExerciseRevision& revision,
                                             const domain::Variant& variant, bool safety_sink,
                                             absl::string_view language);

std::vector<plugin::v1::Answer> BuildAnswers(const domain::Variant& variant,
                                             const std::vector<v1::Answer>& answers);

}  // namespace mendwork::app
