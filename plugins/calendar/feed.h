// The feed: all entries as one calendar file at a secret URL. It is made anew from what the calendar holds,
// so it needs no memory of its own; docs/decisions/0010 says why it is a file.
#pragma once

#include "plugins/calendar/dav.h"

namespace mendwork::calendar {

// Writes the feed, if there is one to be written. Nothing if it is there; else how the call ends.
absl::optional<v1::Outcome> PublishFeed(Dav& dav, absl::Time now);

// Deletes every former feed. True once nothing is at any of their URLs.
bool DeleteRevokedFeeds(Dav& dav);

}  // namespace mendwork::calendar
