// Calendar entries: what is in them, what is not, and what survives other people's calendar programs.
#include "plugins/calendar/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "plugins/calendar/multistatus.h"

namespace mendwork::calendar {
namespace {

constexpr char kId[] = "2k4n7q5c3b8x9m1v6z0p2s4d7g";

absl::Time At(const char* text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

Entry Example() {
  return {.copy_id = kId,
          .sequence = 2,
          .start = At("2026-12-01T09:00:00Z"),
          .end = At("2026-12-01T09:50:00Z"),
          .stamp = At("2026-11-22T12:00:00Z"),
          .cancelled = false};
}

// Byte for byte: whoever adds a property here has to say so.
TEST(CalendarEntryTest, HoldsNothingElse) {
  EXPECT_EQ(WriteEntry(Example(), "Appointment"),
            "BEGIN:VCALENDAR\r\n"
            "VERSION:2.0\r\n"
            "PRODID:-//Calendar export//EN\r\n"
            "BEGIN:VEVENT\r\n"
            "UID:2k4n7q5c3b8x9m1v6z0p2s4d7g@calendar-export\r\n"
            "DTSTAMP:20261122T120000Z\r\n"
            "DTSTART:20261201T090000Z\r\n"
            "DTEND:20261201T095000Z\r\n"
            "SEQUENCE:2\r\n"
            "STATUS:CONFIRMED\r\n"
            "TRANSP:OPAQUE\r\n"
            "SUMMARY:Appointment\r\n"
            "CLASS:PRIVATE\r\n"
            "END:VEVENT\r\n"
            "END:VCALENDAR\r\n");
}

TEST(CalendarEntryTest, ComesBackAsItWent) {
  for (const bool cancelled : {false, true}) {
    Entry entry = Example();
    entry.cancelled = cancelled;
    const absl::optional<Entry> read = ReadEntry(WriteEntry(entry, "Termin"));
    ASSERT_TRUE(read.has_value());
    EXPECT_TRUE(SaysTheSame(*read, entry));
    EXPECT_EQ(read->sequence, entry.sequence);
    EXPECT_EQ(read->stamp, entry.stamp);
  }
}

TEST(CalendarEntryTest, LongTitlesAreFoldedAt75Octets) {
  const std::string title = "Зустріч Зустріч Зустріч Зустріч Зустріч";
  const std::string calendar = WriteEntry(Example(), title);
  for (const absl::string_view line : absl::StrSplit(calendar, "\r\n")) {
    EXPECT_LE(line.size(), 75u) << line;
    EXPECT_FALSE(absl::StrContains(line, '\n'));
  }
  EXPECT_THAT(absl::StrReplaceAll(calendar, {{"\r\n ", ""}}),
              testing::HasSubstr("SUMMARY:" + title + "\r\n"));
}

// A calendar program may write the same moment in its own zone. 09:00 UTC on 1 December is 10:00 in Madrid,
// and on 1 July, when clocks are ahead, 11:00.
std::string InMadrid(const char* start, const char* end) {
  return absl::StrReplaceAll(
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Somebody//EN\r\n"
      "BEGIN:VTIMEZONE\r\nTZID:Europe/Madrid\r\n"
      "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
      "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
      "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
      "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
      "BEGIN:VEVENT\r\nUID:ID@calendar-export\r\nDTSTAMP:20261122T120000Z\r\n"
      "DTSTART;TZID=Europe/Madrid:START\r\nDTEND;TZID=Europe/Madrid:END_\r\nSUMMARY:Mine\r\nEND:VEVENT\r\n"
      "END:VCALENDAR\r\n",
      {{"ID@", std::string(kId) + "@"}, {"START\r", std::string(start) + "\r"}, {"END_", end}});
}

TEST(CalendarEntryTest, ReadsLocalTimesOnBothSidesOfTheClockChange) {
  const absl::optional<Entry> winter = ReadEntry(InMadrid("20261201T100000", "20261201T105000"));
  ASSERT_TRUE(winter.has_value());
  EXPECT_EQ(winter->start, At("2026-12-01T09:00:00Z"));
  EXPECT_EQ(winter->end, At("2026-12-01T09:50:00Z"));
  const absl::optional<Entry> summer = ReadEntry(InMadrid("20270701T110000", "20270701T115000"));
  ASSERT_TRUE(summer.has_value());
  EXPECT_EQ(summer->start, At("2027-07-01T09:00:00Z"));
}

TEST(CalendarEntryTest, AnUpdateKeepsWhatAPersonWrote) {
  std::string edited = InMadrid("20261201T100000", "20261201T105000");
  edited = absl::StrReplaceAll(
      edited, {{"SUMMARY:Mine",
                "SUMMARY:Mine\r\nLOCATION:Room 2\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\n"
                "TRIGGER:-PT10M\r\nEND:VALARM"}});
  Entry moved = Example();
  moved.start += absl::Hours(24);
  moved.end += absl::Hours(24);
  moved.cancelled = true;
  const absl::optional<std::string> updated = UpdateEntry(edited, moved);
  ASSERT_TRUE(updated.has_value());
  for (const char* kept :
       {"SUMMARY:Mine\r\n", "LOCATION:Room 2\r\n", "BEGIN:VALARM\r\n", "PRODID:-//Somebody//EN"}) {
    EXPECT_THAT(*updated, testing::HasSubstr(kept));
  }
  const absl::optional<Entry> read = ReadEntry(*updated);
  ASSERT_TRUE(read.has_value());
  EXPECT_TRUE(SaysTheSame(*read, moved));
  EXPECT_THAT(*updated, testing::HasSubstr("DTSTART:20261202T090000Z\r\n"));
  EXPECT_THAT(*updated, testing::HasSubstr("TRANSP:TRANSPARENT\r\n"));
}

TEST(CalendarEntryTest, AnUpdateReplacesADuration) {
  const std::string edited =
      absl::StrReplaceAll(WriteEntry(Example(), "x"), {{"DTEND:20261201T095000Z", "DURATION:PT2H"}});
  ASSERT_EQ(ReadEntry(edited)->end, At("2026-12-01T11:00:00Z"));
  const std::string updated = *UpdateEntry(edited, Example());
  EXPECT_FALSE(absl::StrContains(updated, "DURATION"));
  EXPECT_TRUE(SaysTheSame(*ReadEntry(updated), Example()));
}

TEST(CalendarEntryTest, WhatIsNotOursIsLeftAlone) {
  const std::string ours = WriteEntry(Example(), "Appointment");
  const std::string event =
      ours.substr(ours.find("BEGIN:VEVENT"), ours.find("END:VCALENDAR") - ours.find("BEGIN:VEVENT"));
  const std::string table[] = {
      "",
      "nonsense",
      "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
      absl::StrReplaceAll(ours, {{"@calendar-export", ""}}),
      absl::StrReplaceAll(ours, {{kId, "short"}}),
      absl::StrReplaceAll(ours, {{kId, "UPPERCASEUPPERCASEUPPERCASE"}}),
      absl::StrReplaceAll(ours, {{"VEVENT", "VTODO"}}),
      absl::StrReplaceAll(ours, {{"END:VCALENDAR", event + "END:VCALENDAR"}}),
      event,
      std::string(1000, 'A') + ours,
  };
  for (const std::string& calendar : table) {
    EXPECT_FALSE(ReadEntry(calendar).has_value()) << calendar;
    EXPECT_FALSE(UpdateEntry(calendar, Example()).has_value()) << calendar;
  }
  Entry other = Example();
  other.copy_id = std::string(26, 'a');
  EXPECT_FALSE(UpdateEntry(ours, other).has_value());
}

// Times that name no moment cannot be read, but can be put right.
TEST(CalendarEntryTest, FloatingTimesAreReplaced) {
  const std::string floating = absl::StrReplaceAll(WriteEntry(Example(), "x"), {{"T090000Z", "T090000"}});
  EXPECT_FALSE(ReadEntry(floating).has_value());
  const absl::optional<std::string> updated = UpdateEntry(floating, Example());
  ASSERT_TRUE(updated.has_value());
  EXPECT_TRUE(SaysTheSame(*ReadEntry(*updated), Example()));
}

TEST(CalendarEntryTest, TheFeedIsInTheOrderOfIdsWhateverCameFirst) {
  Entry first = Example();
  Entry second = Example();
  second.copy_id = std::string(26, 'a');
  EXPECT_EQ(WriteFeed({first, second}, "Appointment"), WriteFeed({second, first}, "Appointment"));
  EXPECT_EQ(WriteFeed({}, "Appointment"),
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Calendar export//EN\r\nEND:VCALENDAR\r\n");
}

TEST(MultistatusTest, ReadsCalendarData) {
  const absl::optional<std::vector<std::string>> found = CalendarData(
      R"(<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:response>)"
      R"(<d:href>/x</d:href><d:propstat><d:prop><c:calendar-data>A&amp;B</c:calendar-data></d:prop></d:propstat>)"
      R"(</d:response><d:response><d:propstat><d:prop><c:calendar-data><![CDATA[C<D]]></c:calendar-data></d:prop>)"
      R"(</d:propstat></d:response></d:multistatus>)");
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, testing::ElementsAre("A&B", "C<D"));
}

TEST(MultistatusTest, RefusesWhatIsNone) {
  const std::string deep = [] {
    std::string text = "<multistatus xmlns=\"DAV:\">";
    for (int i = 0; i < 100000; ++i) {
      text += "<a>";
    }
    return text;
  }();
  const std::string table[] = {
      "",
      "no XML",
      "<html/>",
      "<multistatus/>",
      R"(<!DOCTYPE m [<!ENTITY e SYSTEM "file:///etc/passwd">]><multistatus xmlns="DAV:">&e;</multistatus>)",
      R"(<!DOCTYPE m [<!ENTITY e "x">]><multistatus xmlns="DAV:"/>)",
      R"(<multistatus xmlns="DAV:"><response>)",
      deep,
  };
  for (const std::string& xml : table) {
    EXPECT_FALSE(CalendarData(xml).has_value()) << xml.substr(0, 80);
    EXPECT_FALSE(KindOfCollection(xml).has_value()) << xml.substr(0, 80);
  }
}

TEST(MultistatusTest, KnowsACalendarThatTakesEvents) {
  const auto kind = [](const std::string& prop) {
    return *KindOfCollection(
        R"(<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><propstat>)"
        "<prop>" +
        prop + "</prop></propstat></response></multistatus>");
  };
  const std::string calendar = "<resourcetype><collection/><C:calendar/></resourcetype>";
  EXPECT_FALSE(kind("<resourcetype><collection/></resourcetype>").is_calendar);
  EXPECT_TRUE(kind(calendar).is_calendar);
  EXPECT_TRUE(kind(calendar).takes_events);
  EXPECT_FALSE(
      kind(
          calendar +
          R"(<C:supported-calendar-component-set><C:comp name="VTODO"/></C:supported-calendar-component-set>)")
          .takes_events);
}

}  // namespace
}  // namespace mendwork::calendar
