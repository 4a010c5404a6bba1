// A FHIR Questionnaire from a questionnaire's definition.
#pragma once

#include <string>

#include "mendwork/plugin/v1/event.pb.h"
#include "plugins/fhir/config.h"
#include "plugins/fhir/json.h"

namespace mendwork::fhir {

// The canonical URL without version; together with the revision it names one unchanging definition.
std::string CanonicalUrl(const Configuration& configuration, const v1::Questionnaire& questionnaire);

// Items are never required: consent may leave out the answer to any of them.
Json QuestionnaireResource(const Configuration& configuration, const v1::Questionnaire& questionnaire);

// The coding of an option: its standard code, or a code of our own in a system of its own per item (some
// servers want codes to be unique within a question).
Json OptionCoding(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                  const v1::Item& item, const v1::Option& option, const std::string& display);

// A value as the named value[x] of FHIR ("valueInteger", "answerInteger" by `prefix`): {name: value}.
Json ValueElement(const Configuration& configuration, const v1::Questionnaire& questionnaire,
                  const v1::Item& item, const v1::Value& value, absl::string_view prefix,
                  const std::string& language);

// The text in the language, or in the questionnaire's own.
const std::string& TextIn(const v1::LocalizedText& text, const std::string& language);

}  // namespace mendwork::fhir
