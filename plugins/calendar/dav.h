// CalDAV's and WebDAV's requests as this plugin needs them, for the length of one call.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "plugins/calendar/config.h"
#include "plugins/http/http.h"

namespace mendwork::calendar {

class Dav {
 public:
  // All of it outlives the object.
  Dav(const Configuration& configuration, http::HttpClient& http, const sdk::CallContext& context)
      : configuration_(configuration), http_(http), context_(context) {}

  const Configuration& configuration() const { return configuration_; }

  // Where the entry of a copy is, below the calendar.
  std::string EntryUrl(absl::string_view copy_id) const;

  http::HttpResponse Get(const std::string& url);
  http::HttpResponse Delete(const std::string& url);

  // What has to hold for a PUT to take place.
  struct Condition {
    bool must_be_new = false;  // If-None-Match: *
    std::string etag;          // If-Match; none if empty
  };
  http::HttpResponse Put(const std::string& url, const std::string& calendar, const Condition& condition);

  // PROPFIND: is there a calendar?
  http::HttpResponse AskForCalendar();
  // REPORT calendar-query: all events that end after `since`.
  http::HttpResponse QueryEvents(absl::Time since);

 private:
  using Headers = std::vector<std::pair<std::string, std::string>>;
  http::HttpResponse Send(absl::string_view method, const std::string& url, std::string body,
                          Headers headers);

  const Configuration& configuration_;
  http::HttpClient& http_;
  const sdk::CallContext& context_;
};

// How the call ends if the answer is no success; nothing if it is one. 409 and 412 are the caller's to judge
// first.
absl::optional<v1::Outcome> FailureOf(const http::HttpResponse& response, absl::Time now);

// True for 404 and 410.
bool IsGone(const http::HttpResponse& response);

}  // namespace mendwork::calendar
