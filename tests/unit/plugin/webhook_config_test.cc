// The webhook plugin's configuration: every finding at once, each with its field; what leads inside is
// refused before anything is sent.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "plugins/sdk/json.h"
#include "plugins/webhook/config.h"
#include "plugins/webhook/embedded.h"

namespace mendwork::webhook {
namespace {

// "field:code" of every error, then of every warning in parentheses.
std::string Findings(const std::string& json, const std::vector<std::string>& secrets = {kSigningSecrets}) {
  std::string out;
  for (const v1::Diagnostic& diagnostic : ParseConfiguration(json, secrets).diagnostics) {
    const bool warning = diagnostic.severity() == v1::DIAGNOSTIC_SEVERITY_WARNING;
    absl::StrAppend(&out, out.empty() ? "" : " ", warning ? "(" : "", diagnostic.field(), ":",
                    diagnostic.code(), warning ? ")" : "");
    EXPECT_LE(diagnostic.message().size(), 300u);
  }
  return out;
}

std::string With(const std::string& url, const std::string& more = "") {
  return absl::StrCat(R"({"source": "/practices/p", "url": ")", url, "\"", more, "}");
}

TEST(WebhookConfigTest, Table) {
  const std::string url = "https://hooks.example/in?token=x";
  const std::pair<std::string, const char*> table[] = {
      {With(url), ""},
      {"nonsense", ":not-json"},
      {"[]", ":not-json"},
      {"{}", "url:missing source:missing"},
      {With(url, R"(, "x": 1, "y": 2)"), "x:unknown-field y:unknown-field"},
      {R"({"url": "https://hooks.example", "source": "a b"})", "source:missing"},
      {With(url, R"(, "contentMode": "batch")"), "contentMode:out-of-range"},
      {With(url, R"(, "contentMode": "binary")"), "(contentMode:attributes-unsigned)"},
      {With(url, R"(, "includeRecordLink": "yes")"), "includeRecordLink:wrong-type"},
      {With(url, R"(, "timeouts": {"totalMs": 60000})"), "timeouts.totalMs:out-of-range"},
      {With(url, R"(, "caCertificates": "x")"), "caCertificates:not-a-certificate"},
      {With(url, R"(, "caCertificates": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")"),
       "caCertificates:not-a-certificate"},
      {With(url, R"(, "allowedNetworks": "10.0.0.0/8")"), "allowedNetworks:wrong-type"},
      {With(url, R"(, "allowedNetworks": ["10.0.0.0/8"])"), "(allowedNetworks:internal-network)"},
      {With(url, R"(, "allowedNetworks": ["10.0.0.1/8", 7, "0.0.0.0/0", "169.254.0.0/16", "8.8.8.0/24"])"),
       "allowedNetworks[0]:not-a-network allowedNetworks[1]:not-a-network allowedNetworks[2]:network-refused "
       "allowedNetworks[3]:network-refused allowedNetworks[4]:network-refused"},
  };
  for (const auto& [json, expected] : table) {
    EXPECT_EQ(Findings(json), expected) << json;
  }
  EXPECT_EQ(Findings(With(url), {}), ":secret-missing");
}

TEST(WebhookConfigTest, WhatLeadsInsideIsRefused) {
  const std::pair<const char*, const char*> table[] = {
      {"https://8.8.8.8/", ""},
      {"https://[2606:4700::1]/", ""},
      {"https://127.0.0.1/", "url:address-refused"},
      {"https://localhost/", "url:address-refused"},
      {"https://api.localhost/", "url:address-refused"},
      {"https://10.1.2.3/", "url:address-refused"},
      {"https://169.254.169.254/latest/meta-data/", "url:address-refused"},
      {"https://100.64.0.1/", "url:address-refused"},
      {"https://0.0.0.0/", "url:address-refused"},
      {"https://224.0.0.1/", "url:address-refused"},
      {"https://[::1]/", "url:address-refused"},
      {"https://[fd00::1]/", "url:address-refused"},
      {"https://[fe80::1]/", "url:address-refused"},
      {"https://[::ffff:10.0.0.1]/", "url:address-refused"},
      {"https://[64:ff9b::a00:1]/", "url:address-refused"},
      {"https://１２７.０.０.１/", "url:address-refused"},
      {"https://2130706433/", "url:not-a-url"},
      {"https://0x7f.1/", "url:not-a-url"},
      {"https://0177.0.0.1/", "url:not-a-url"},
      {"https://user@hooks.example/", "url:not-a-url"},
      {"https://hooks.example@10.0.0.1/", "url:not-a-url"},
      {"file:///etc/passwd", "url:not-a-url"},
      {"https://hooks.example:25/", "url:port-refused"},
      {"https://hooks.example:80/", "url:port-refused"},
      {"https://hooks.example:1024/", ""},
      {"http://hooks.example/", "url:plain-http"},
      {"http://10.0.0.1/", "url:plain-http url:address-refused"},
      {"http://127.0.0.1/", "url:plain-http url:address-refused"},
  };
  for (const auto& [url, expected] : table) {
    EXPECT_EQ(Findings(With(url)), expected) << url;
  }
}

TEST(WebhookConfigTest, OperatorsCanNameTheirOwnNetworks) {
  const std::string office = R"(, "allowedNetworks": ["10.20.0.0/24"])";
  const std::string here = R"(, "allowedNetworks": ["127.0.0.1/32"])";
  const std::string warning = "(allowedNetworks:internal-network)";
  EXPECT_EQ(Findings(With("https://10.20.0.7/", office)), warning);
  EXPECT_EQ(Findings(With("https://10.20.1.7/", office)), warning + " url:address-refused");
  EXPECT_EQ(Findings(With("https://localhost/", here)), warning);
  EXPECT_EQ(Findings(With("https://127.0.0.2/", here)), warning + " url:address-refused");
  // http: to this machine, and only by two explicit settings.
  EXPECT_EQ(Findings(With("http://127.0.0.1:8110/", here)), warning + " url:plain-http");
  EXPECT_EQ(Findings(With("http://127.0.0.1:8110/", R"(, "allowPlainHttp": true)")),
            "(allowPlainHttp:plain-http) url:address-refused");
  EXPECT_EQ(Findings(With("http://127.0.0.1:8110/", here + R"(, "allowPlainHttp": true)")),
            warning + " (allowPlainHttp:plain-http)");
  EXPECT_EQ(Findings(With("http://10.20.0.7/", office + R"(, "allowPlainHttp": true)")),
            warning + " url:plain-http");
}

TEST(WebhookConfigTest, ValuesAndDefaults) {
  const Configuration defaults = ParseConfiguration(With("https://Hooks.Example/a"), {}).configuration;
  EXPECT_EQ(defaults.url.Text(), "https://hooks.example/a");
  EXPECT_EQ(defaults.content_mode, ContentMode::kStructured);
  EXPECT_FALSE(defaults.include_record_link);
  EXPECT_TRUE(defaults.allowed_networks.empty());
  EXPECT_EQ(defaults.timeouts.total, absl::Seconds(20));
}

// The schema is for administrators and their tools; the code decides. They must name the same fields.
TEST(WebhookConfigTest, SchemaNamesWhatTheCodeReads) {
  const absl::optional<sdk::Json> schema = sdk::ParseJson(kConfigurationSchema);
  ASSERT_TRUE(schema.has_value());
  for (const auto& [name, property] : (*schema)["properties"].items()) {
    const std::string findings = Findings(absl::StrCat("{\"", name, "\": null}"));
    EXPECT_EQ(findings.find("unknown-field"), std::string::npos) << name;
  }
  EXPECT_EQ((*schema)["properties"].size(), 8u);
}

}  // namespace
}  // namespace mendwork::webhook
