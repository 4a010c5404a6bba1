// The FHIR plugin's configuration: every finding at once, each with its field.
#include <gtest/gtest.h>

#include "plugins/fhir/config.h"
#include "plugins/fhir/embedded.h"
#include "plugins/fhir/json.h"

namespace mendwork::fhir {
namespace {

std::string Findings(const std::string& json, const std::vector<std::string>& secrets = {}) {
  std::string out;
  for (const v1::Diagnostic& diagnostic : ParseConfiguration(json, secrets).diagnostics) {
    out += (out.empty() ? "" : " ") + diagnostic.field() + ":" + diagnostic.code();
  }
  return out;
}

std::string With(const std::string& more) {
  return R"({"baseUrl": "https://ehr.example/fhir/", "identifierBaseUrl": "https://practice.example")" +
         more + "}";
}

TEST(FhirConfigTest, Table) {
  const std::pair<std::string, const char*> table[] = {
      {With(""), ""},
      {"nonsense", ":not-json"},
      {"[]", ":not-json"},
      {"{}", "baseUrl:missing identifierBaseUrl:missing"},
      {With(R"(, "x": 1, "y": 2)"), "x:unknown-field y:unknown-field"},
      {With(R"(, "timeouts": {"connectMs": 5, "totalMs": "x", "z": 1})"),
       "timeouts.z:unknown-field timeouts.connectMs:out-of-range timeouts.totalMs:out-of-range"},
      {With(R"(, "timeouts": 5)"), "timeouts:wrong-type"},
      {With(R"(, "sendQuestionnaires": "yes")"), "sendQuestionnaires:wrong-type"},
      {With(R"(, "authentication": "bearer")"), "authentication:secret-missing"},
      {With(R"(, "authentication": "smart-backend-services")"), "authentication:unimplemented"},
      {With(R"(, "authentication": 7)"), "authentication:out-of-range"},
  };
  for (const auto& [json, expected] : table) {
    EXPECT_EQ(Findings(json), expected) << json;
  }
  EXPECT_EQ(Findings(With(R"(, "authentication": "bearer")"), {"bearer_token"}), "");
}

TEST(FhirConfigTest, PlainHttpStaysOnThisMachine) {
  const auto findings = [](const std::string& url, const std::string& more = "") {
    return Findings(R"({"baseUrl": ")" + url + R"(", "identifierBaseUrl": "https://practice.example")" +
                    more + "}");
  };
  for (const char* local : {"http://127.0.0.1:8103/fhir", "http://localhost/fhir", "http://[::1]:80/fhir",
                            "https://ehr.example"}) {
    EXPECT_EQ(findings(local), "") << local;
  }
  for (const char* remote : {"http://ehr.example/fhir", "http://127.evil.example/", "HTTP://10.0.0.1/fhir",
                             "http://localhost.evil.example/"}) {
    EXPECT_EQ(findings(remote), "baseUrl:plain-http") << remote;
  }
  EXPECT_EQ(findings("http://10.0.0.1/fhir", R"(, "allowPlainHttp": true)"), "allowPlainHttp:plain-http");
  for (const char* bad :
       {"ehr.example", "ftp://ehr.example", "https://u:p@ehr.example", "https://ehr.example/?a=b",
        "https://ehr.example/#x", "https://ehr.example/a b", "file:///etc/passwd", "https://"}) {
    EXPECT_EQ(findings(bad), "baseUrl:not-a-url") << bad;
  }
}

TEST(FhirConfigTest, ValuesAndDefaults) {
  const ParsedConfiguration parsed =
      ParseConfiguration(With(R"(, "timeouts": {"connectMs": 250}, "sendQuestionnaires": false)"), {});
  const Configuration& configuration = parsed.configuration;
  EXPECT_EQ(configuration.base_url, "https://ehr.example/fhir");
  EXPECT_EQ(configuration.questionnaire_base_url, "https://practice.example");
  EXPECT_EQ(configuration.timeouts.connect, absl::Milliseconds(250));
  EXPECT_EQ(configuration.timeouts.total, absl::Seconds(20));
  EXPECT_FALSE(configuration.send_questionnaires);
}

// The schema is for administrators and their tools; the code decides. They must name the same fields.
TEST(FhirConfigTest, SchemaNamesWhatTheCodeReads) {
  const absl::optional<Json> schema = ParseJson(kConfigurationSchema);
  ASSERT_TRUE(schema.has_value());
  for (const auto& [name, property] : (*schema)["properties"].items()) {
    EXPECT_EQ(Findings(With(", \"" + name + "\": null")).find("unknown-field"), std::string::npos) << name;
  }
  EXPECT_TRUE(ParseJson(kManifestJson).has_value());
}

}  // namespace
}  // namespace mendwork::fhir
