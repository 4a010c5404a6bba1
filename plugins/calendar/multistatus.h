// WebDAV's and CalDAV's answers in XML (RFC 4918, RFC 4791), read by libxml2.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::calendar {

// The calendar objects of a REPORT's answer. Nothing if it is no multistatus; a document type declaration,
// and with it every entity, is refused.
absl::optional<std::vector<std::string>> CalendarData(absl::string_view xml);

// What a PROPFIND tells about one collection.
struct CollectionKind {
  bool is_calendar = false;
  bool takes_events = false;  // also if the server does not say
};
absl::optional<CollectionKind> KindOfCollection(absl::string_view xml);

}  // namespace mendwork::calendar
