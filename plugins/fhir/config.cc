#include "plugins/fhir/config.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "plugins/fhir/json.h"

namespace mendwork::fhir {
namespace {

// Reads one configuration and gathers every finding.
class Reader {
 public:
  explicit Reader(std::vector<v1::Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

  void Error(absl::string_view code, absl::string_view field, absl::string_view message) {
    diagnostics_.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, code, field, message));
  }

  void Warning(absl::string_view code, absl::string_view field, absl::string_view message) {
    diagnostics_.push_back(sdk::MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_WARNING, code, field, message));
  }

  void RefuseUnknown(const Json& object, const std::set<std::string>& known, absl::string_view prefix) {
    for (const auto& [key, value] : object.items()) {
      if (known.count(key) == 0) {
        Error("unknown-field", absl::StrCat(prefix, key.substr(0, 60)), "The field does not exist.");
      }
    }
  }

  bool Boolean(const Json& object, const char* key, bool fallback) {
    const Json& member = MemberAt(object, key);
    if (!member.is_null() && !member.is_boolean()) {
      Error("wrong-type", key, "The field is true or false.");
    }
    return member.is_boolean() ? member.get<bool>() : fallback;
  }

  absl::Duration Milliseconds(const Json& object, const char* key, int64_t minimum, int64_t maximum,
                              absl::Duration fallback) {
    const Json& member = MemberAt(object, key);
    if (member.is_null()) {
      return fallback;
    }
    const bool good =
        member.is_number_integer() && member.get<int64_t>() >= minimum && member.get<int64_t>() <= maximum;
    if (!good) {
      Error("out-of-range", absl::StrCat("timeouts.", key),
            absl::StrCat("The field is a whole number from ", minimum, " to ", maximum, "."));
      return fallback;
    }
    return absl::Milliseconds(member.get<int64_t>());
  }

  // An absolute http(s) URL without user, query and fragment; the host is returned, empty if there was an
  // error.
  std::string Url(const Json& object, const char* key, size_t size_max, bool required, std::string& url) {
    const Json& member = MemberAt(object, key);
    if (member.is_null() && !required) {
      return "";
    }
    const std::string text = TextAt(object, key);
    if (text.empty() || text.size() > size_max) {
      Error("missing", key, absl::StrCat("The field is a URL of at most ", size_max, " characters."));
      return "";
    }
    const std::string host = HostOf(text);
    if (host.empty()) {
      Error("not-a-url", key, "The field is an absolute http or https URL without user, query and fragment.");
      return "";
    }
    url = std::string(absl::StripSuffix(text, "/"));
    return host;
  }

 private:
  static std::string Part(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK) {
      return "";
    }
    std::string out = text;
    curl_free(text);
    return out;
  }

  static std::string HostOf(const std::string& text) {
    const bool plain =
        std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
    if (!plain || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) {
      return "";
    }
    const std::string scheme = Part(url.get(), CURLUPART_SCHEME);
    const bool bare = Part(url.get(), CURLUPART_USER).empty() &&
                      Part(url.get(), CURLUPART_PASSWORD).empty() && !absl::StrContains(text, '?') &&
                      !absl::StrContains(text, '#');
    return (scheme == "http" || scheme == "https") && bare ? Part(url.get(), CURLUPART_HOST) : "";
  }

  std::vector<v1::Diagnostic>& diagnostics_;
};

bool IsLoopback(absl::string_view host) {
  return host == "localhost" || host == "[::1]" ||
         (absl::StartsWith(host, "127.") && host.find_first_not_of("0123456789.") == absl::string_view::npos);
}

void ReadAuthentication(Reader& reader, const Json& object, const std::vector<std::string>& secret_names,
                        Configuration& out) {
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

void ReadBaseUrl(Reader& reader, const Json& object, Configuration& out) {
  const std::string host = reader.Url(object, "baseUrl", 400, /*required=*/true, out.base_url);
  const bool allow_plain = reader.Boolean(object, "allowPlainHttp", false);
  if (host.empty() || !absl::StartsWithIgnoreCase(out.base_url, "http:") || IsLoopback(host)) {
    return;
  }
  if (allow_plain) {
    reader.Warning("plain-http", "allowPlainHttp", "Clinical content leaves this machine unencrypted.");
  } else {
    reader.Error("plain-http", "baseUrl",
                 "http is for loopback addresses only; use https, or set allowPlainHttp.");
  }
}

void ReadTimeouts(Reader& reader, const Json& object, Configuration& out) {
  const Json& timeouts = MemberAt(object, "timeouts");
  if (timeouts.is_null()) {
    return;
  }
  if (!timeouts.is_object()) {
    reader.Error("wrong-type", "timeouts", "The field is an object.");
    return;
  }
  reader.RefuseUnknown(timeouts, {"connectMs", "totalMs"}, "timeouts.");
  out.connect_timeout = reader.Milliseconds(timeouts, "connectMs", 100, 30000, out.connect_timeout);
  out.total_timeout = reader.Milliseconds(timeouts, "totalMs", 500, 120000, out.total_timeout);
}

}  // namespace

ParsedConfiguration ParseConfiguration(absl::string_view json, const std::vector<std::string>& secret_names) {
  ParsedConfiguration out;
  Reader reader(out.diagnostics);
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
  reader.Url(*object, "identifierBaseUrl", 200, /*required=*/true, configuration.identifier_base_url);
  reader.Url(*object, "questionnaireBaseUrl", 200, /*required=*/false, configuration.questionnaire_base_url);
  if (configuration.questionnaire_base_url.empty()) {
    configuration.questionnaire_base_url = configuration.identifier_base_url;
  }
  configuration.send_questionnaires = reader.Boolean(*object, "sendQuestionnaires", true);
  ReadAuthentication(reader, *object, secret_names, configuration);
  ReadTimeouts(reader, *object, configuration);
  return out;
}

}  // namespace mendwork::fhir
