// Calendar entries as RFC 5545 writes them, by libical. An entry says when, and nothing else.
//
// libical's tables of time zones belong to one thread at a time: everything here takes one lock.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace mendwork::calendar {

struct Entry {
  std::string copy_id;  // [a-z0-9-], 26 to 64 characters; the entry's UID is made of it
  int sequence = 0;     // grows with every change
  absl::Time start;     // whole seconds
  absl::Time end;
  absl::Time stamp;  // when this revision was made
  bool cancelled = false;
};

// Is everything that a reader of the calendar acts on the same?
bool SaysTheSame(const Entry& one, const Entry& other);

// 26 to 64 characters of [a-z0-9-].
bool IsCopyId(absl::string_view id);

// One calendar object with one VEVENT: times in UTC, class PRIVATE, no description, place, person or alarm.
std::string WriteEntry(const Entry& entry, absl::string_view title);

// The entry in a calendar object that WriteEntry made and somebody may have edited since. Nothing if it is
// none of ours, or if its times cannot be read.
absl::optional<Entry> ReadEntry(absl::string_view calendar);

// The calendar object with the times, the state and the sequence of `entry`, and everything else as it was
// found: what a person wrote into it is theirs. Nothing if it is no entry of ours.
absl::optional<std::string> UpdateEntry(absl::string_view calendar, const Entry& entry);

// All entries in one calendar object, in the order of their ids, each written anew.
std::string WriteFeed(std::vector<Entry> entries, absl::string_view title);

}  // namespace mendwork::calendar
