// The plugin's configuration, checked as a whole.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "plugins/http/settings.h"
#include "plugins/sdk/handler.h"

namespace mendwork::fhir {

namespace v1 = ::mendwork::plugin::v1;

constexpr char kBearerTokenSecret[] = "bearer_token";

struct Configuration {
  std::string base_url;                // no "/" at the end
  std::string identifier_base_url;     // no "/" at the end
  std::string questionnaire_base_url;  // no "/" at the end
  bool send_questionnaires = true;
  bool uses_bearer_token = false;
  http::Timeouts timeouts;

  // The practice's own systems. What was delivered is found again by them: they never change.
  std::string ResponseSystem() const { return identifier_base_url + "/id/response"; }
  std::string ScoreSystem() const { return identifier_base_url + "/id/score"; }
  std::string WithdrawalSystem() const { return identifier_base_url + "/id/withdrawal"; }
  std::string ContentHashSystem() const { return identifier_base_url + "/content-hash"; }
  std::string MeasureSystem() const { return identifier_base_url + "/CodeSystem/measures"; }
};

struct ParsedConfiguration {
  Configuration configuration;  // usable if there is no ERROR among the diagnostics
  std::vector<v1::Diagnostic> diagnostics;
};

// `secret_names` are the secrets the host hands over.
ParsedConfiguration ParseConfiguration(absl::string_view json, const std::vector<std::string>& secret_names);

}  // namespace mendwork::fhir
