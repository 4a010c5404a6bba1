// The copy of a released response as a plugin gets it: only what may leave, in the terms of
// mendwork.plugin.v1.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "mendwork/plugin/v1/event.pb.h"
#include "mendwork/v1/answer.pb.h"
#include "service/domain/exercise.h"
#include "service/store/care_rows.h"

namespace mendwork::app {

// The definition of the items that could ever leave to this plugin, whether or not they were answered: a gap
// in the answers then looks like any unanswered item.
plugin::v1::Questionnaire BuildQuestionnaire(const domain::ExerciseRevision& revision,
                                             const domain::Variant& variant, bool safety_sink,
                                             absl::string_view language);

std::vector<plugin::v1::Answer> BuildAnswers(const domain::Variant& variant,
                                             const std::vector<v1::Answer>& answers);

// When the appointment is and whether it takes place; not who attends it.
plugin::v1::Event BuildAppointmentEvent(const std::string& copy_id, const store::AppointmentRow& appointment,
                                        absl::Time occurred_time);

}  // namespace mendwork::app
