#include "plugins/calendar/dav.h"

#include <openssl/evp.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "plugins/http/failure.h"
#include "plugins/sdk/log.h"

namespace mendwork::calendar {
namespace {

using http::HttpResponse;
using http::TransportFailure;

constexpr char kCalendarType[] = "text/calendar; charset=utf-8";
constexpr char kXmlType[] = "application/xml; charset=utf-8";
constexpr char kPropfindBody[] =
    R"(<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">)"
    R"(<D:prop><D:resourcetype/><C:supported-calendar-component-set/></D:prop></D:propfind>)";
constexpr char kQueryBody[] =
    R"(<?xml version="1.0" encoding="utf-8"?><C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">)"
    R"(<D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">)"
    R"(<C:time-range start="$0"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>)";

enum class Kind { kRetry, kItem, kConfiguration };

struct Rule {
  int first;
  int last;
  Kind kind;
  const char* code;
};

// The first rule that fits counts.
constexpr std::array kRules = {
    Rule{300, 399, Kind::kConfiguration, "redirected"},
    Rule{401, 401, Kind::kConfiguration, "unauthorized"},
    Rule{403, 403, Kind::kConfiguration, "forbidden"},
    Rule{404, 404, Kind::kConfiguration, "calendar-not-found"},
    Rule{408, 408, Kind::kRetry, "timed-out"},
    Rule{409, 409, Kind::kRetry, "contended"},
    Rule{410, 410, Kind::kConfiguration, "calendar-not-found"},
    Rule{412, 412, Kind::kRetry, "contended"},
    Rule{423, 425, Kind::kRetry, "contended"},
    Rule{429, 429, Kind::kRetry, "throttled"},
    Rule{405, 407, Kind::kConfiguration, "unsupported"},
    Rule{415, 415, Kind::kConfiguration, "unsupported"},
    Rule{400, 499, Kind::kItem, "rejected"},
    Rule{501, 501, Kind::kConfiguration, "unsupported"},
    Rule{507, 507, Kind::kRetry, "storage-full"},
    Rule{500, 599, Kind::kRetry, "server-error"},
};

std::string Base64(absl::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

}  // namespace

std::string Dav::EntryUrl(absl::string_view copy_id) const {
  return absl::StrCat(configuration_.calendar_url, copy_id, ".ics");
}

HttpResponse Dav::Send(absl::string_view method, const std::string& url, std::string body, Headers headers) {
  http::HttpRequest request;
  request.method = std::string(method);
  request.url = url;
  request.headers = std::move(headers);
  request.body = std::move(body);
  if (!configuration_.username.empty()) {
    request.headers.emplace_back(
        "Authorization",
        absl::StrCat("Basic ", Base64(absl::StrCat(configuration_.username, ":", configuration_.password))));
  }
  HttpResponse response = http_.Send(request, context_);
  // The URL may be the feed's secret: it is in no log.
  if (response.failure != TransportFailure::kNone || response.status >= 400) {
    sdk::Log(sdk::Severity::kWarning, "http_refused",
             {sdk::LogField::Token("method", method), sdk::LogField::Number("status", response.status),
              sdk::LogField::Flag("answered", response.failure == TransportFailure::kNone)});
  }
  return response;
}

HttpResponse Dav::Get(const std::string& url) { return Send("GET", url, "", {{"Accept", "text/calendar"}}); }

HttpResponse Dav::Delete(const std::string& url) { return Send("DELETE", url, "", {}); }

HttpResponse Dav::Put(const std::string& url, const std::string& calendar, const Condition& condition) {
  Headers headers = {{"Content-Type", kCalendarType}};
  if (condition.must_be_new) {
    headers.emplace_back("If-None-Match", "*");
  }
  if (!condition.etag.empty()) {
    headers.emplace_back("If-Match", condition.etag);
  }
  return Send("PUT", url, calendar, std::move(headers));
}

HttpResponse Dav::AskForCalendar() {
  return Send("PROPFIND", configuration_.calendar_url, kPropfindBody,
              {{"Content-Type", kXmlType}, {"Depth", "0"}});
}

HttpResponse Dav::QueryEvents(absl::Time since) {
  const std::string start = absl::FormatTime("%Y%m%dT%H%M%SZ", since, absl::UTCTimeZone());
  return Send("REPORT", configuration_.calendar_url, absl::Substitute(kQueryBody, start),
              {{"Content-Type", kXmlType}, {"Depth", "1"}});
}

absl::optional<v1::Outcome> FailureOf(const HttpResponse& response, absl::Time now) {
  if (absl::optional<v1::Outcome> transport = http::OutcomeOfTransport(response.failure)) {
    return transport;
  }
  if (response.status >= 200 && response.status <= 299) {
    return absl::nullopt;
  }
  for (const Rule& rule : kRules) {
    if (response.status < rule.first || response.status > rule.last) {
      continue;
    }
    if (rule.kind == Kind::kRetry) {
      return sdk::RetryOutcome(rule.code, http::RetryAfterOf(response, now));
    }
    return sdk::PermanentOutcome(
        rule.code, rule.kind == Kind::kItem ? v1::PERMANENT_SCOPE_ITEM : v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  return sdk::PermanentOutcome("not-http", v1::PERMANENT_SCOPE_CONFIGURATION);
}

bool IsGone(const HttpResponse& response) {
  return response.failure == TransportFailure::kNone && (response.status == 404 || response.status == 410);
}

}  // namespace mendwork::calendar
