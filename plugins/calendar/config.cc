#include "plugins/calendar/config.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "plugins/calendar/neutral_title.h"
#include "plugins/http/settings.h"
#include "plugins/http/url.h"
#include "plugins/sdk/config_reader.h"

namespace mendwork::calendar {
namespace {

using sdk::Json;
using sdk::MemberAt;

constexpr absl::Duration kTotalTimeoutMax = absl::Minutes(2);
constexpr size_t kUrlSizeMax = 400;
constexpr size_t kRevokedUrlsMax = 20;
// 32 letters and digits that look random hold more than 128 bits: nobody finds the feed by trying.
constexpr size_t kSecretSizeMin = 32;
constexpr size_t kSecretDistinctMin = 10;

// Does the last segment hold a secret that cannot be guessed?
bool IsUnguessable(absl::string_view url) {
  const std::vector<absl::string_view> segments = absl::StrSplit(absl::StripSuffix(url, "/"), '/');
  std::set<char> distinct;
  size_t size = 0;
  for (const char c : segments.back()) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      distinct.insert(c);
      ++size;
    }
  }
  return size >= kSecretSizeMin && distinct.size() >= kSecretDistinctMin;
}

class Reader {
 public:
  Reader(const Json& object, ParsedConfiguration& out)
      : object_(object), out_(out.configuration), reader_(out.diagnostics) {}

  void Read() {
    reader_.RefuseUnknown(
        object_, {"calendarUrl", "username", "password", "title", "feed", "allowPlainHttp", "timeouts"}, "");
    ReadCalendarUrl();
    ReadCredentials();
    ReadTitle();
    ReadFeed();
    out_.timeouts = http::ReadTimeouts(reader_, object_, kTotalTimeoutMax);
  }

 private:
  // Empty if it is absent or wrong.
  std::string Text(const Json& object, const char* key, absl::string_view prefix, size_t size_max) {
    const Json& member = MemberAt(object, key);
    const std::string text = sdk::TextAt(object, key);
    if (!member.is_null() && (!member.is_string() || text.size() > size_max)) {
      reader_.Error("wrong-type", absl::StrCat(prefix, key),
                    absl::StrCat("The field is a text of at most ", size_max, " bytes."));
      return "";
    }
    return text;
  }

  // Without a query, and without segments that lead elsewhere.
  absl::optional<http::Url> Url(const std::string& text, absl::string_view field) {
    const absl::optional<http::Url> url = http::ParseUrl(text);
    if (!url.has_value() || absl::StrContains(text, '?') || absl::StrContains(text, "/.") ||
        absl::StrContains(text, '%')) {
      reader_.Error("not-a-url", field,
                    "The field is an absolute http or https URL without user, query, fragment and escapes.");
      return absl::nullopt;
    }
    return url;
  }

  void ReadCalendarUrl() {
    const std::string text = Text(object_, "calendarUrl", "", kUrlSizeMax);
    const bool allow_plain = reader_.Boolean(object_, "allowPlainHttp", false);
    if (text.empty()) {
      reader_.Error("missing", "calendarUrl", "The field is the URL of a calendar collection.");
      return;
    }
    calendar_ = Url(text, "calendarUrl");
    if (!calendar_.has_value()) {
      return;
    }
    out_.calendar_url = absl::StrCat(absl::StripSuffix(calendar_->Text(), "/"), "/");
    if (calendar_->scheme == "https" || http::IsLoopbackHost(*calendar_)) {
      return;
    }
    if (allow_plain) {
      reader_.Warning("plain-http", "allowPlainHttp",
                      "Appointments and the password leave this machine unencrypted.");
    } else {
      reader_.Error("plain-http", "calendarUrl",
                    "http is for loopback addresses only; use https, or set allowPlainHttp.");
    }
  }

  void ReadCredentials() {
    out_.username = Text(object_, "username", "", 100);
    out_.password = Text(object_, "password", "", 200);
    const bool plain = std::none_of(out_.username.begin(), out_.username.end(),
                                    [](unsigned char c) { return absl::ascii_iscntrl(c) || c == ':'; });
    if (!plain) {
      reader_.Error("not-a-username", "username",
                    "A user name of HTTP Basic holds neither a colon nor control characters.");
    }
    if (out_.username.empty() && !out_.password.empty()) {
      reader_.Error("missing", "username", "A password needs a user name.");
    }
  }

  void ReadTitle() {
    if (MemberAt(object_, "title").is_null()) {
      return;
    }
    out_.title = Text(object_, "title", "", 200);
    if (const char* problem = ProblemWithTitle(out_.title)) {
      reader_.Error(absl::StrCat("title-", problem), "title",
                    "The title is 1 to 40 letters, digits and spaces, and tells neither what it is about nor "
                    "who comes.");
    }
  }

  void ReadFeed() {
    const Json& feed = MemberAt(object_, "feed");
    if (feed.is_null()) {
      return;
    }
    if (!feed.is_object()) {
      reader_.Error("wrong-type", "feed", "The field is an object.");
      return;
    }
    reader_.RefuseUnknown(feed, {"url", "revokedUrls"}, "feed.");
    const std::string url = Text(feed, "url", "feed.", kUrlSizeMax);
    if (!url.empty()) {
      out_.feed_url = FeedUrl(url, "feed.url");
    }
    const Json& revoked = MemberAt(feed, "revokedUrls");
    if (!revoked.is_null() && (!revoked.is_array() || revoked.size() > kRevokedUrlsMax)) {
      reader_.Error("wrong-type", "feed.revokedUrls",
                    absl::StrCat("The field is a list of at most ", kRevokedUrlsMax, " URLs."));
      return;
    }
    for (size_t i = 0; i < revoked.size(); ++i) {
      const std::string field = absl::StrCat("feed.revokedUrls[", i, "]");
      const std::string former =
          FeedUrl(revoked[i].is_string() ? revoked[i].get<std::string>() : std::string(), field);
      if (!former.empty() && former == out_.feed_url) {
        reader_.Error("still-used", field, "The URL is revoked and in use; choose a new one for feed.url.");
      }
      out_.revoked_feed_urls.push_back(former);
    }
  }

  // Empty if it cannot be the place of a feed. What cannot be one is never written and never deleted.
  std::string FeedUrl(const std::string& text, absl::string_view field) {
    const absl::optional<http::Url> url = Url(text, field);
    if (!url.has_value() || !calendar_.has_value()) {
      return "";
    }
    if (url->Origin() != calendar_->Origin()) {
      reader_.Error("another-server", field,
                    "A feed lies on the server of calendarUrl: the password is for that one only.");
      return "";
    }
    if (absl::StartsWith(absl::StrCat(url->Text(), "/"), out_.calendar_url)) {
      reader_.Error("inside-calendar", field, "A feed lies outside the calendar.");
      return "";
    }
    if (!IsUnguessable(url->Text())) {
      reader_.Error("guessable", field, "The last segment holds at least 32 random letters and digits.");
      return "";
    }
    return url->Text();
  }

  const Json& object_;
  Configuration& out_;
  sdk::ConfigReader reader_;
  absl::optional<http::Url> calendar_;
};

}  // namespace

ParsedConfiguration ParseConfiguration(absl::string_view json) {
  ParsedConfiguration out;
  const absl::optional<Json> object = sdk::ParseJson(json);
  if (!object.has_value() || !object->is_object()) {
    sdk::ConfigReader(out.diagnostics).Error("not-json", "", "The configuration is a JSON object.");
    return out;
  }
  Reader(*object, out).Read();
  return out;
}

}  // namespace mendwork::calendar
