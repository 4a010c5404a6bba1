// The calendar plugin's configuration: every finding at once, each with its field, and no title that tells.
#include "plugins/calendar/config.h"

#include <gtest/gtest.h>

#include "plugins/calendar/embedded.h"
#include "plugins/calendar/neutral_title.h"
#include "plugins/sdk/json.h"

namespace mendwork::calendar {
namespace {

constexpr char kSecret[] = "feed-q7m2x9c4v1b8n3k6j5h0g2f4d7s9a1w3";

std::string Findings(const std::string& json) {
  std::string out;
  for (const v1::Diagnostic& diagnostic : ParseConfiguration(json).diagnostics) {
    out += (out.empty() ? "" : " ") + diagnostic.field() + ":" + diagnostic.code();
  }
  return out;
}

std::string With(const std::string& more) {
  return R"({"calendarUrl": "https://dav.example/practice/calendar")" + more + "}";
}

std::string Feed(const std::string& url, const std::string& more = "") {
  return With(R"(, "feed": {"url": ")" + url + "\"" + more + "}");
}

TEST(CalendarConfigTest, Table) {
  const std::string good = std::string("https://dav.example/feeds/") + kSecret;
  const std::pair<std::string, const char*> table[] = {
      {With(""), ""},
      {"nonsense", ":not-json"},
      {"[]", ":not-json"},
      {"{}", "calendarUrl:missing"},
      {With(R"(, "x": 1)"), "x:unknown-field"},
      {With(R"(, "username": "u", "password": "p")"), ""},
      {With(R"(, "password": "p")"), "username:missing"},
      {With(R"(, "username": "a:b")"), "username:not-a-username"},
      {With(R"(, "username": 7)"), "username:wrong-type"},
      {With(R"(, "title": 7)"), "title:wrong-type title:title-length"},
      {With(R"(, "title": "Couples therapy")"), "title:title-telling"},
      {With(R"(, "timeouts": {"connectMs": 5})"), "timeouts.connectMs:out-of-range"},
      {With(R"(, "feed": 7)"), "feed:wrong-type"},
      {With(R"(, "feed": {"x": 1})"), "feed.x:unknown-field"},
      {Feed(good), ""},
      {Feed("https://dav.example/feeds/short"), "feed.url:guessable"},
      {Feed("https://dav.example/feeds/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "feed.url:guessable"},
      {Feed(std::string("https://dav.example/") + kSecret + "/feed"), "feed.url:guessable"},
      {Feed(std::string("https://other.example/feeds/") + kSecret), "feed.url:another-server"},
      {Feed(std::string("https://dav.example:8443/feeds/") + kSecret), "feed.url:another-server"},
      {Feed(std::string("http://dav.example/feeds/") + kSecret), "feed.url:another-server"},
      {Feed(std::string("https://dav.example/practice/calendar/") + kSecret), "feed.url:inside-calendar"},
      {Feed(std::string("https://dav.example/x/../feeds/") + kSecret), "feed.url:not-a-url"},
      {Feed(good, R"(, "revokedUrls": [")" + good + "\"]"), "feed.revokedUrls[0]:still-used"},
      {Feed(good, R"(, "revokedUrls": ["https://dav.example/practice/calendar/"])"),
       "feed.revokedUrls[0]:inside-calendar"},
      {Feed(good, R"(, "revokedUrls": ["https://dav.example/practice/", 7])"),
       "feed.revokedUrls[0]:guessable feed.revokedUrls[1]:not-a-url"},
      {Feed(good, R"(, "revokedUrls": "x")"), "feed.revokedUrls:wrong-type"},
  };
  for (const auto& [json, expected] : table) {
    EXPECT_EQ(Findings(json), expected) << json;
  }
}

TEST(CalendarConfigTest, PlainHttpStaysOnThisMachine) {
  EXPECT_EQ(Findings(R"({"calendarUrl": "http://127.0.0.1:5232/p/c/"})"), "");
  EXPECT_EQ(Findings(R"({"calendarUrl": "http://10.0.0.1/p/c/"})"), "calendarUrl:plain-http");
  EXPECT_EQ(Findings(R"({"calendarUrl": "http://10.0.0.1/p/c/", "allowPlainHttp": true})"),
            "allowPlainHttp:plain-http");
  for (const char* bad :
       {"dav.example", "ftp://dav.example/c", "https://u:p@dav.example/c", "https://dav.example/?a",
        "https://dav.example/#x", "https://dav.example/a b", "https://dav.example/%2e%2e/c"}) {
    EXPECT_EQ(Findings(std::string(R"({"calendarUrl": ")") + bad + "\"}"), "calendarUrl:not-a-url") << bad;
  }
}

TEST(CalendarConfigTest, ValuesAndDefaults) {
  const Configuration plain = ParseConfiguration(With("")).configuration;
  EXPECT_EQ(plain.calendar_url, "https://dav.example/practice/calendar/");
  EXPECT_EQ(plain.title, "Appointment");
  EXPECT_EQ(plain.feed_url, "");
  const std::string url = std::string("https://dav.example/feeds/") + kSecret;
  const Configuration full = ParseConfiguration(With(R"(, "title": "Cita", "feed": {"url": ")" + url +
                                                     R"(", "revokedUrls": [")" + url + R"(x"]})"))
                                 .configuration;
  EXPECT_EQ(full.title, "Cita");
  EXPECT_EQ(full.feed_url, url);
  ASSERT_EQ(full.revoked_feed_urls.size(), 1u);
  EXPECT_EQ(full.revoked_feed_urls[0], url + "x");
}

// No finding quotes what it found: a URL may be a secret, and a password always is one.
TEST(CalendarConfigTest, FindingsQuoteNothing) {
  for (const v1::Diagnostic& diagnostic :
       ParseConfiguration(R"({"calendarUrl": "ftp://qzmarker", "username": "qzmarker:", "password": 7,
                              "title": "qzmarker therapy", "feed": {"url": "qzmarker", "revokedUrls": ["qzmarker"]}})")
           .diagnostics) {
    EXPECT_EQ(diagnostic.DebugString().find("qzmarker"), std::string::npos) << diagnostic.DebugString();
  }
}

TEST(CalendarConfigTest, NeutralTitles) {
  for (const char* good : {"Appointment", "Reserved", "Busy", "Cita", "Rendez-vous", "Termin", "Appuntamento",
                           "Compromisso", "Встреча", "Зустріч", "Room 2", "Reunión"}) {
    EXPECT_EQ(ProblemWithTitle(good), nullptr) << good;
  }
  for (const char* telling : {"Therapy",         "COUPLES THERAPY",
                              "Paartherapie",    "Terapia de pareja",
                              "Сімейна терапія", "Психолог",
                              "Пара 7",          "PHQ-9",
                              "Homework",        "Affair recovery",
                              "Betrayed",        "Husband",
                              "Safety",          "Marriage counselling",
                              "Mendwork",        "Measure of violence",
                              "Thérapie",        "Session 3",
                              "Измена",          "Зрада",
                              "Beratung",        "psicólogo",
                              "The\u0301rapie",  "\uFF34herapy"}) {
    EXPECT_STREQ(ProblemWithTitle(telling), "telling") << telling;
  }
  for (const char* no_text :
       {"Appointment: Anna", "a/b", "<b>x</b>", "x\ny", "a@b.example", "\xff", "1,2", "\xF0\x9F\x92\x94"}) {
    EXPECT_STREQ(ProblemWithTitle(no_text), "not-text") << no_text;
  }
  EXPECT_STREQ(ProblemWithTitle(""), "length");
  EXPECT_STREQ(ProblemWithTitle(std::string(41, 'a')), "length");
}

// The schema is for administrators and their tools; the code decides. They must name the same fields.
TEST(CalendarConfigTest, SchemaNamesWhatTheCodeReads) {
  const absl::optional<sdk::Json> schema = sdk::ParseJson(kConfigurationSchema);
  ASSERT_TRUE(schema.has_value());
  EXPECT_EQ((*schema)["properties"]["title"]["default"], kDefaultTitle);
  for (const auto& [name, property] : (*schema)["properties"].items()) {
    EXPECT_EQ(Findings(With(", \"" + name + "\": null")).find("unknown-field"), std::string::npos) << name;
  }
  for (const auto& [name, property] : (*schema)["properties"]["feed"]["properties"].items()) {
    EXPECT_EQ(Findings(With(R"(, "feed": {")" + name + "\": null}")).find("unknown-field"), std::string::npos)
        << name;
  }
}

}  // namespace
}  // namespace mendwork::calendar
