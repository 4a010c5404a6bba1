#include "plugins/calendar/entry.h"

#include <libical/ical.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"

namespace mendwork::calendar {
namespace {

// Neither of the two names us: the product's name would tell what the appointments are about.
constexpr char kProductId[] = "-//Calendar export//EN";
constexpr absl::string_view kUidSuffix = "@calendar-export";

absl::Mutex& LibicalLock() {
  static absl::Mutex& lock = *new absl::Mutex;
  return lock;
}

using Component = std::unique_ptr<icalcomponent, decltype(&icalcomponent_free)>;

Component Own(icalcomponent* component) { return Component(component, icalcomponent_free); }

std::string Serialized(icalcomponent* component) {
  char* text = icalcomponent_as_ical_string_r(component);
  std::string out = text;
  icalmemory_free_buffer(text);
  return out;
}

icaltimetype UtcTime(absl::Time time) {
  return icaltime_from_timet_with_zone(absl::ToTimeT(time), /*is_date=*/0, icaltimezone_get_utc_timezone());
}

// A date without a time, a floating time and an unknown zone name no moment.
absl::optional<absl::Time> MomentOf(const icaltimetype& time) {
  const icaltimezone* zone = icaltime_get_timezone(time);
  if (icaltime_is_null_time(time) || icaltime_is_date(time) || zone == nullptr) {
    return absl::nullopt;
  }
  return absl::FromTimeT(icaltime_as_timet_with_zone(time, zone));
}

Component NewCalendar() {
  Component calendar = Own(icalcomponent_new_vcalendar());
  icalcomponent_add_property(calendar.get(), icalproperty_new_version("2.0"));
  icalcomponent_add_property(calendar.get(), icalproperty_new_prodid(kProductId));
  return calendar;
}

void Remove(icalcomponent* event, icalproperty_kind kind) {
  while (icalproperty* old = icalcomponent_get_first_property(event, kind)) {
    icalcomponent_remove_property(event, old);
    icalproperty_free(old);
  }
}

template <class NewProperty, class Value>
void Put(icalcomponent* event, icalproperty_kind kind, NewProperty new_property, Value value) {
  Remove(event, kind);
  icalcomponent_add_property(event, new_property(value));
}

void PutChanging(icalcomponent* event, const Entry& entry) {
  Put(event, ICAL_DTSTAMP_PROPERTY, icalproperty_new_dtstamp, UtcTime(entry.stamp));
  Put(event, ICAL_DTSTART_PROPERTY, icalproperty_new_dtstart, UtcTime(entry.start));
  Remove(event, ICAL_DURATION_PROPERTY);  // the other way to say when it ends
  Put(event, ICAL_DTEND_PROPERTY, icalproperty_new_dtend, UtcTime(entry.end));
  Put(event, ICAL_SEQUENCE_PROPERTY, icalproperty_new_sequence, entry.sequence);
  Put(event, ICAL_STATUS_PROPERTY, icalproperty_new_status,
      entry.cancelled ? ICAL_STATUS_CANCELLED : ICAL_STATUS_CONFIRMED);
  // A cancelled appointment leaves the time free.
  Put(event, ICAL_TRANSP_PROPERTY, icalproperty_new_transp,
      entry.cancelled ? ICAL_TRANSP_TRANSPARENT : ICAL_TRANSP_OPAQUE);
}

icalcomponent* NewEvent(const Entry& entry, absl::string_view title) {
  icalcomponent* event = icalcomponent_new_vevent();
  icalcomponent_add_property(event, icalproperty_new_uid(absl::StrCat(entry.copy_id, kUidSuffix).c_str()));
  PutChanging(event, entry);
  icalcomponent_add_property(event, icalproperty_new_summary(std::string(title).c_str()));
  icalcomponent_add_property(event, icalproperty_new_class(ICAL_CLASS_PRIVATE));
  return event;
}

// The one VEVENT with a UID of ours; nullptr if there is none or there are several (a person made it
// recurring).
icalcomponent* OurEvent(icalcomponent* calendar) {
  if (calendar == nullptr || icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT ||
      icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT) != 1) {
    return nullptr;
  }
  icalcomponent* event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
  const char* uid = icalcomponent_get_uid(event);
  absl::string_view id = uid == nullptr ? "" : uid;
  return absl::ConsumeSuffix(&id, kUidSuffix) && IsCopyId(id) ? event : nullptr;
}

Component Parse(absl::string_view calendar) {
  return Own(icalparser_parse_string(std::string(calendar).c_str()));
}

}  // namespace

bool SaysTheSame(const Entry& one, const Entry& other) {
  return one.copy_id == other.copy_id && one.start == other.start && one.end == other.end &&
         one.cancelled == other.cancelled;
}

bool IsCopyId(absl::string_view id) {
  return id.size() >= 26 && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

std::string WriteEntry(const Entry& entry, absl::string_view title) {
  absl::MutexLock lock(&LibicalLock());
  const Component calendar = NewCalendar();
  icalcomponent_add_component(calendar.get(), NewEvent(entry, title));
  return Serialized(calendar.get());
}

absl::optional<Entry> ReadEntry(absl::string_view calendar) {
  absl::MutexLock lock(&LibicalLock());
  const Component parsed = Parse(calendar);
  icalcomponent* event = OurEvent(parsed.get());
  if (event == nullptr) {
    return absl::nullopt;
  }
  const absl::optional<absl::Time> start = MomentOf(icalcomponent_get_dtstart(event));
  const absl::optional<absl::Time> end = MomentOf(icalcomponent_get_dtend(event));
  if (!start.has_value() || !end.has_value()) {
    return absl::nullopt;
  }
  Entry entry;
  entry.copy_id = std::string(absl::StripSuffix(icalcomponent_get_uid(event), kUidSuffix));
  entry.sequence = std::max(0, icalcomponent_get_sequence(event));
  entry.start = *start;
  entry.end = *end;
  entry.stamp = MomentOf(icalcomponent_get_dtstamp(event)).value_or(*start);
  entry.cancelled = icalcomponent_get_status(event) == ICAL_STATUS_CANCELLED;
  return entry;
}

absl::optional<std::string> UpdateEntry(absl::string_view calendar, const Entry& entry) {
  absl::MutexLock lock(&LibicalLock());
  const Component parsed = Parse(calendar);
  icalcomponent* event = OurEvent(parsed.get());
  if (event == nullptr || absl::StrCat(entry.copy_id, kUidSuffix) != icalcomponent_get_uid(event)) {
    return absl::nullopt;
  }
  PutChanging(event, entry);
  return Serialized(parsed.get());
}

std::string WriteFeed(std::vector<Entry> entries, absl::string_view title) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& one, const Entry& other) { return one.copy_id < other.copy_id; });
  absl::MutexLock lock(&LibicalLock());
  const Component calendar = NewCalendar();
  for (const Entry& entry : entries) {
    icalcomponent_add_component(calendar.get(), NewEvent(entry, title));
  }
  return Serialized(calendar.get());
}

}  // namespace mendwork::calendar
