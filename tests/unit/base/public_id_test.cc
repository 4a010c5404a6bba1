#include "service/base/public_id.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace mendwork::base {
namespace {

PublicIds Ids(char key) { return PublicIds(Secret::CopyOf(std::string(16, key))); }

TEST(PublicIds, RoundTrip) {
  const PublicIds ids = Ids('a');
  for (const int64_t sequence :
       {int64_t{0}, int64_t{1}, int64_t{255}, int64_t{256}, std::numeric_limits<int64_t>::max()}) {
    const std::string id = ids.Encode(3, sequence);
    EXPECT_EQ(id.size(), 26u);
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos) << id;
    EXPECT_EQ(ids.Decode(3, id), sequence);
  }
}

TEST(PublicIds, StaysTheSameForEver) {
  // A golden value: clients keep these ids, so neither layout nor cipher may change.
  EXPECT_EQ(Ids('a').Encode(3, 1), "b7ff37vdjngxad6ivni7ksesmy");
}

TEST(PublicIds, AnotherKindOrKeyDoesNotDecode) {
  const std::string id = Ids('a').Encode(3, 77);
  EXPECT_FALSE(Ids('a').Decode(4, id).has_value());
  EXPECT_FALSE(Ids('b').Decode(3, id).has_value());
}

TEST(PublicIds, EveryChangedCharacterIsRefused) {
  const PublicIds ids = Ids('a');
  const std::string id = ids.Encode(3, 77);
  for (size_t i = 0; i < id.size(); ++i) {
    for (const char c : {'a', 'b', '7', 'A', '=', '\0'}) {
      std::string changed = id;
      changed[i] = c;
      if (changed != id) {
        EXPECT_FALSE(ids.Decode(3, changed).has_value()) << changed;
      }
    }
  }
  EXPECT_FALSE(ids.Decode(3, "").has_value());
  EXPECT_FALSE(ids.Decode(3, id.substr(1)).has_value());
  EXPECT_FALSE(ids.Decode(3, id + "a").has_value());
}

TEST(PublicIds, NeighboursShareNoPrefix) {
  const PublicIds ids = Ids('a');
  std::set<std::string> prefixes;
  for (int64_t sequence = 0; sequence < 100; ++sequence) {
    prefixes.insert(ids.Encode(3, sequence).substr(0, 8));
  }
  EXPECT_EQ(prefixes.size(), 100u);
}

}  // namespace
}  // namespace mendwork::base
