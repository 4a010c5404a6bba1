#include "plugins/calendar/feed.h"

#include <vector>

#include "plugins/calendar/entry.h"
#include "plugins/calendar/multistatus.h"

namespace mendwork::calendar {
namespace {

// Who subscribes looks ahead; a month back is enough to look something up.
constexpr absl::Duration kReachesBack = absl::Hours(24 * 31);

}  // namespace

absl::optional<v1::Outcome> PublishFeed(Dav& dav, absl::Time now) {
  const Configuration& configuration = dav.configuration();
  if (configuration.feed_url.empty()) {
    return absl::nullopt;
  }
  const http::HttpResponse found = dav.QueryEvents(now - kReachesBack);
  if (absl::optional<v1::Outcome> failure = FailureOf(found, now)) {
    return failure;
  }
  const absl::optional<std::vector<std::string>> calendars = CalendarData(found.body);
  if (!calendars.has_value()) {
    return sdk::PermanentOutcome("not-caldav", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  // Only entries of ours, and of them only the times: what a person added stays in the calendar.
  std::vector<Entry> entries;
  for (const std::string& calendar : *calendars) {
    if (absl::optional<Entry> entry = ReadEntry(calendar)) {
      entries.push_back(*std::move(entry));
    }
  }
  return FailureOf(
      dav.Put(configuration.feed_url, WriteFeed(std::move(entries), configuration.title), Dav::Condition()),
      now);
}

bool DeleteRevokedFeeds(Dav& dav) {
  bool gone = true;
  for (const std::string& url : dav.configuration().revoked_feed_urls) {
    const http::HttpResponse deleted = dav.Delete(url);
    const bool removed = deleted.failure == http::TransportFailure::kNone && deleted.status / 100 == 2;
    gone = gone && (removed || IsGone(deleted));
  }
  return gone;
}

}  // namespace mendwork::calendar
