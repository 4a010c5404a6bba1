// Between the catalogue and the API: forms out, answers in and out.
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "mendwork/v1/answer.pb.h"
#include "service/domain/answers.h"
#include "service/domain/exercise.h"
#include "service/domain/scoring.h"

namespace mendwork::app {

// The form as one person fills it in. Titles and texts in `language`, or English where it is missing.
v1::Form BuildForm(const domain::ExerciseRevision& revision, const domain::Variant& variant,
                   absl::string_view language);

domain::Answers ToDomain(const google::protobuf::RepeatedPtrField<v1::Answer>& answers);
v1::Score ToProto(const domain::Score& score);

// The texts of the options that an answer chose, in `language`.
std::vector<std::string> ChosenLabels(const domain::Item& item, const v1::Answer& answer,
                                      absl::string_view language);

// An answer in words, for the evidence of a flag.
std::string InWords(const domain::Item& item, const v1::Answer& answer, absl::string_view language);

}  // namespace mendwork::app
