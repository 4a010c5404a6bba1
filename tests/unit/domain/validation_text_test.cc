#include "service/domain/validation_text.h"

#include <string>

#include "gtest/gtest.h"
#include "service/domain/localized_text.h"

namespace mendwork::domain {
namespace {

TEST(ValidationText, CountsCodePoints) {
  EXPECT_EQ(CodePoints(""), 0);
  EXPECT_EQ(CodePoints("caf\xC3\xA9"), 4);
  EXPECT_EQ(CodePoints("\xF0\x9F\x8C\xB1"), 1);
  for (const char* bad : {"\xFF", "\xC3", "\xC0\xAF", "\xF4\x90\x80\x80", "\xED\xBF\xBF"}) {
    EXPECT_FALSE(CodePoints(bad).has_value());
  }
}

TEST(ValidationText, KnowsBlanks) {
  EXPECT_TRUE(IsBlank(""));
  EXPECT_TRUE(IsBlank(" \n\t\xC2\xA0\xE3\x80\x80"));
  EXPECT_FALSE(IsBlank(" x "));
  EXPECT_FALSE(IsBlank("\xFF"));
}

TEST(ValidationText, KnowsDaysAndHours) {
  for (const char* good : {"2024-02-29", "2000-02-29", "1900-01-01", "2199-12-31"})
    EXPECT_TRUE(IsCivilDate(good));
  for (const char* bad : {"2023-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "1899-12-31",
                          "", "2026-1-01", "2026/01/01", "2026-01-0a", "2026-01-01T"}) {
    EXPECT_FALSE(IsCivilDate(bad)) << bad;
  }
  for (const char* good : {"00:00", "23:59", "07:30"}) EXPECT_TRUE(IsClockTime(good));
  for (const char* bad : {"24:00", "12:60", "7:30", "07.30", "07:3", "", "aa:bb"})
    EXPECT_FALSE(IsClockTime(bad));
}

TEST(ValidationText, KnowsPatterns) {
  for (const char* good : {"A", "A.", "A. B.", "AB", "M-L", "J. R. R. T.", "\xD0\x96. \xD0\x9B."}) {
    EXPECT_TRUE(MatchesPattern("initials", good)) << good;
  }
  for (const char* bad : {"", ".", "Anna", "A. Bellamy", "A1", "A B C D E", "a@b"}) {
    EXPECT_FALSE(MatchesPattern("initials", bad)) << bad;
  }
  EXPECT_TRUE(MatchesPattern("digits", "0123"));
  EXPECT_FALSE(MatchesPattern("digits", "12a"));
  EXPECT_FALSE(MatchesPattern("digits", ""));
  EXPECT_FALSE(MatchesPattern("unheard_of", "x"));
}

TEST(LocalizedTextTest, FallsBackToTheBaseLanguageThenToEnglish) {
  const LocalizedText text = {{"en", "colour"}, {"en-US", "color"}, {"es", "color es"}};
  EXPECT_EQ(TextIn(text, "en-US"), "color");
  EXPECT_EQ(TextIn(text, "es-MX"), "color es");
  EXPECT_EQ(TextIn(text, "ru"), "colour");
  EXPECT_EQ(TextIn({}, "en"), "");
}

TEST(LocalizedTextTest, KnowsLanguageTags) {
  for (const char* good : {"en", "es-MX", "ru", "sr-Latn", "zh-Hant-TW", "es-419"})
    EXPECT_TRUE(IsLanguageTag(good));
  for (const char* bad : {"", "english", "EN", "en_US", "en-", "qq", "es-mx", "en-US-US"}) {
    EXPECT_FALSE(IsLanguageTag(bad)) << bad;
  }
}

}  // namespace
}  // namespace mendwork::domain
