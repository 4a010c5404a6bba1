// An exercise as a clinician weighs it: what it is for, how much, how often, for whom not, and how it is
// reviewed.
#pragma once

#include <string>

#include "mendwork/v1/catalog_service.pb.h"

namespace mendwork::admin {

std::string ExerciseText(const mendwork::v1::Exercise& exercise);

// "cannot be assigned yet: this server lacks couple_work"; empty when nothing is missing.
std::string MissingWords(const mendwork::v1::Exercise& exercise);

// "daily, 14 times, then weekly"
std::string ScheduleWords(const mendwork::v1::Exercise::Schedule& schedule);

// "a (involved), b (betrayed)"; a form for everybody has no role behind its code.
std::string VariantWords(const mendwork::v1::Exercise& exercise);

}  // namespace mendwork::admin
