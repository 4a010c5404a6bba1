// The plugin's configuration, checked as a whole.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "plugins/http/settings.h"
#include "plugins/sdk/handler.h"

namespace mendwork::calendar {

namespace v1 = ::mendwork::plugin::v1;

constexpr char kPasswordSecret[] = "password";
constexpr char kDefaultTitle[] = "Appointment";

struct Configuration {
  std::string calendar_url;  // "/" at the end
  std::string username;      // empty: no credentials are sent
  std::string password;
  std::string title = kDefaultTitle;
  std::string feed_url;                        // empty: no feed
  std::vector<std::string> revoked_feed_urls;  // nothing may be there any more
  http::Timeouts timeouts;
};

struct ParsedConfiguration {
  Configuration configuration;  // usable if there is no ERROR among the diagnostics
  std::vector<v1::Diagnostic> diagnostics;
};

// No diagnostic quotes a value.
ParsedConfiguration ParseConfiguration(absl::string_view json);

}  // namespace mendwork::calendar
