#include "service/base/crypto.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "tests/support/seeded_random.h"

namespace mendwork::base {
namespace {

constexpr Argon2Parameters kCheapest = {1, 8192};

std::string Hex(absl::string_view text) { return *HexDecode(text); }

TEST(Crypto, Sha256KnownAnswers) {
  EXPECT_EQ(HexEncode(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HexEncode(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Crypto, KeyedHashDependsOnKeyAndText) {
  const std::string key(32, 'k');
  EXPECT_EQ(KeyedHash(key, "text", 16).size(), 16u);
  EXPECT_EQ(KeyedHash(key, "text"), KeyedHash(key, "text"));
  EXPECT_NE(KeyedHash(key, "text"), KeyedHash(std::string(32, 'K'), "text"));
  EXPECT_NE(KeyedHash(key, "text"), KeyedHash(key, "texT"));
}

TEST(Crypto, KeyedHashKnownAnswer) {
  // From the BLAKE2 authors' test vectors: key 00..3f, empty input.
  std::string key;
  for (int i = 0; i < 64; ++i) {
    key.push_back(static_cast<char>(i));
  }
  EXPECT_EQ(HexEncode(KeyedHash(key, "", 64)),
            "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786"
            "b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568");
}

TEST(Crypto, Aes128KnownAnswerAndInverse) {
  // FIPS 197, appendix C.1.
  const Aes128Block aes(Secret::CopyOf(Hex("000102030405060708090a0b0c0d0e0f")));
  const std::string plain = Hex("00112233445566778899aabbccddeeff");
  Aes128Block::Block block;
  std::copy(plain.begin(), plain.end(), block.begin());
  const Aes128Block::Block sealed = aes.Encrypt(block);
  EXPECT_EQ(HexEncode({reinterpret_cast<const char*>(sealed.data()), sealed.size()}),
            "69c4e0d86a7b0430d8cdb78070b4c55a");
  EXPECT_EQ(aes.Decrypt(sealed), block);
}

TEST(Crypto, Aes128KeysDoNotMixOnOneThreadOrAcrossThreads) {
  const Aes128Block one(Secret::CopyOf(std::string(16, '1')));
  const Aes128Block two(Secret::CopyOf(std::string(16, '2')));
  const Aes128Block::Block block{7};
  const Aes128Block::Block by_one = one.Encrypt(block);
  const Aes128Block::Block by_two = two.Encrypt(block);
  EXPECT_NE(by_one, by_two);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        EXPECT_EQ(one.Encrypt(block), by_one);
        EXPECT_EQ(two.Encrypt(block), by_two);
        EXPECT_EQ(two.Decrypt(by_two), block);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

TEST(Crypto, AeadOpensOnlyWithEverythingTheSame) {
  const std::string key(32, 'k');
  const std::string nonce(24, 'n');
  const std::string sealed = AeadSeal(key, nonce, "place", "words");
  EXPECT_EQ(sealed.size(), 5 + kAeadTagSize);
  EXPECT_EQ(AeadOpen(key, nonce, "place", sealed), "words");
  EXPECT_FALSE(AeadOpen(key, nonce, "elsewhere", sealed).has_value());
  EXPECT_FALSE(AeadOpen(std::string(32, 'x'), nonce, "place", sealed).has_value());
  EXPECT_FALSE(AeadOpen(key, std::string(24, 'x'), "place", sealed).has_value());
  EXPECT_FALSE(AeadOpen(key, nonce, "place", "short").has_value());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string damaged = sealed;
    damaged[i] ^= 1;
    EXPECT_FALSE(AeadOpen(key, nonce, "place", damaged).has_value()) << "byte " << i;
  }
}

TEST(Crypto, PasswordsVerifyAndCarryTheirParameters) {
  test::SeededRandom random;
  const absl::StatusOr<std::string> phc = HashPassword("correct horse", kCheapest, random);
  ASSERT_TRUE(phc.ok());
  EXPECT_TRUE(absl::StartsWith(*phc, "$argon2id$v=19$m=8,t=1,p=1$")) << *phc;
  EXPECT_TRUE(VerifyPassword(*phc, "correct horse"));
  EXPECT_FALSE(VerifyPassword(*phc, "correct horsf"));
  EXPECT_FALSE(VerifyPassword(*phc, ""));
  EXPECT_FALSE(VerifyPassword("", "correct horse"));
  EXPECT_NE(*HashPassword("correct horse", kCheapest, random), *phc) << "the salt is fresh";
}

TEST(Crypto, ConstantTimeEqualIsEquality) {
  EXPECT_TRUE(ConstantTimeEqual("", ""));
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abcd"));
}

TEST(Secret, MovesAndClones) {
  Secret secret = Secret::CopyOf("token");
  Secret moved = std::move(secret);
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): what it promises
  EXPECT_EQ(moved.Clone().view(), "token");
  std::string text = "token";
  Wipe(text);
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace mendwork::base
