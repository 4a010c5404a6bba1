#include "plugins/fhir/config.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "plugins/fhir/json.h"
#include "plugins/http/url.h"

namespace mendwork::fhir {
namespace {

constexpr absl::Duration kTotalTimeoutMax = absl::Minutes(2);

// An absolute http(s) URL without query, as the administrator wrote it but for a "/" at its end: identifiers
// are made of it. Nothing if there was an error.
absl::optional<http::Url> ReadUrl(sdk::ConfigReader& reader, const Json& object, const char* key,
                                  size_t size_max, std::string& text) {
  const std::string given = TextAt(object, key);
  if (given.empty() || given.size() > size_max) {
    reader.Error("missing", key, absl::StrCat("The field is a URL of at most ", size_max, " characters."));
    return absl::nullopt;
  }
  const absl::optional<http::Url> url = http::ParseUrl(given);
  const bool plain = std::all_of(given.begin(), given.end(), [](unsigned char c) { return c < 0x80; });
  if (!url.has_value() || !plain || absl::StrContains(given, '?')) {
    reader.Error("not-a-url", key,
                 "The field is an absolute http or https URL without user, query and fragment.");
    return absl::nullopt;
  }
  text = std::string(absl::StripSuffix(given, "/"));
  return url;
}

void ReadAuthentication(sdk::ConfigReader& reader, const Json& object,
                        const std::vector<std::string>& secret_names, Configuration& out) {
  const Json& member = MemberAt(object, "authentication");
  const std::string kind = member.is_null() ? "none" : TextAt(object, "authentication");
  if (kind == "smart-backend-services") {
    reader.Error("unimplemented", "authentication",
                 "SMART Backend Services is not implemented by this version.");
  } else if (kind != "none" && kind != "bearer") {
    reader.Error("out-of-range", "authentication", "The field is none or bearer.");
  }
  out.uses_bearer_token = kind == "bearer";
  const bool has_token =
      std::find(secret_names.begin(), secret_names.end(), kBearerTokenSecret) != secret_names.end();
  if (out.uses_bearer_token && !has_token) {
    reader.Error("secret-missing", "authentication", "bearer needs the secret bearer_token.");
  }
}

void ReadBaseUrl(sdk::ConfigReader& reader, const Json& object, Configuration& out) {
  const absl::optional<http::Url> url = ReadUrl(reader, object, "baseUrl", 400, out.base_url);
  const bool allow_plain = reader.Boolean(object, "allowPlainHttp", false);
  if (!url.has_value() || url->scheme != "http" || http::IsLoopbackHost(*url)) {
    return;
  }
  if (allow_plain) {
    reader.Warning("plain-http", "allowPlainHttp", "Clinical content leaves this machine unencrypted.");
  } else {
    reader.Error("plain-http", "baseUrl",
                 "http is for loopback addresses only; use https, or set allowPlainHttp.");
  }
}

}  // namespace

ParsedConfiguration ParseConfiguration(absl::string_view json, const std::vector<std::string>& secret_names) {
  ParsedConfiguration out;
  sdk::ConfigReader reader(out.diagnostics);
  const absl::optional<Json> object = ParseJson(json);
  if (!object.has_value() || !object->is_object()) {
    reader.Error("not-json", "", "The configuration is a JSON object.");
    return out;
  }
  reader.RefuseUnknown(*object,
                       {"baseUrl", "identifierBaseUrl", "questionnaireBaseUrl", "sendQuestionnaires",
                        "authentication", "allowPlainHttp", "timeouts"},
                       "");
  Configuration& configuration = out.configuration;
  ReadBaseUrl(reader, *object, configuration);
  ReadUrl(reader, *object, "identifierBaseUrl", 200, configuration.identifier_base_url);
  if (!MemberAt(*object, "questionnaireBaseUrl").is_null()) {
    ReadUrl(reader, *object, "questionnaireBaseUrl", 200, configuration.questionnaire_base_url);
  }
  if (configuration.questionnaire_base_url.empty()) {
    configuration.questionnaire_base_url = configuration.identifier_base_url;
  }
  configuration.send_questionnaires = reader.Boolean(*object, "sendQuestionnaires", true);
  ReadAuthentication(reader, *object, secret_names, configuration);
  configuration.timeouts = http::ReadTimeouts(reader, *object, kTotalTimeoutMax);
  return out;
}

}  // namespace mendwork::fhir
