// JSON as FHIR writes it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "plugins/sdk/json.h"

namespace mendwork::fhir {

using sdk::DumpJson;
using sdk::Json;
using sdk::MemberAt;
using sdk::ParseJson;
using sdk::TextAt;

// A number without a superfluous ".0".
Json NumberJson(double number);

// Text as FHIR allows it: control characters become spaces.
std::string FhirText(absl::string_view text);

}  // namespace mendwork::fhir
