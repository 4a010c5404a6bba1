#include "service/base/encoding.h"

#include <gtest/gtest.h>

#include "tests/support/seeded_random.h"

namespace mendwork::base {
namespace {

TEST(Encoding, Base32KnownAnswers) {
  // RFC 4648, section 10, in lower case and without padding.
  EXPECT_EQ(Base32Encode(""), "");
  EXPECT_EQ(Base32Encode("f"), "my");
  EXPECT_EQ(Base32Encode("fo"), "mzxq");
  EXPECT_EQ(Base32Encode("foo"), "mzxw6");
  EXPECT_EQ(Base32Encode("foob"), "mzxw6yq");
  EXPECT_EQ(Base32Encode("fooba"), "mzxw6ytb");
  EXPECT_EQ(Base32Encode("foobar"), "mzxw6ytboi");
}

TEST(Encoding, EveryDecoderInvertsItsEncoder) {
  test::SeededRandom random(42);
  for (size_t size = 0; size < 70; ++size) {
    const std::string bytes = random.Bytes(size);
    EXPECT_EQ(Base32Decode(Base32Encode(bytes)), bytes);
    EXPECT_EQ(Base64UrlDecode(Base64UrlEncode(bytes)), bytes);
    EXPECT_EQ(HexDecode(HexEncode(bytes)), bytes);
  }
}

TEST(Encoding, OnlyTheCanonicalSpellingIsAccepted) {
  EXPECT_FALSE(Base32Decode("MY").has_value()) << "upper case";
  EXPECT_FALSE(Base32Decode("mz").has_value()) << "left-over bits that are not zero";
  EXPECT_FALSE(Base32Decode("mya").has_value()) << "a character too many";
  EXPECT_FALSE(Base32Decode("m").has_value()) << "too few bits for a byte";
  EXPECT_FALSE(Base32Decode("m1").has_value()) << "not in the alphabet";
  EXPECT_FALSE(Base32Decode("my======").has_value()) << "padding";
  EXPECT_FALSE(Base64UrlDecode("Zg==").has_value()) << "padding";
  EXPECT_FALSE(Base64UrlDecode("Zh").has_value()) << "left-over bits that are not zero";
  EXPECT_FALSE(Base64UrlDecode("Z g").has_value()) << "white space";
  EXPECT_FALSE(HexDecode("0A").has_value()) << "upper case";
  EXPECT_FALSE(HexDecode("0").has_value()) << "half a byte";
}

}  // namespace
}  // namespace mendwork::base
