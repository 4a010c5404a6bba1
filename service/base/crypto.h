// The few primitives Mendwork uses, each in one fixed form: SHA-256, keyed BLAKE2b, Argon2id,
// XChaCha20-Poly1305 and one AES-128 block. Keys and nonces have fixed sizes; a wrong size is our own mistake
// and ends the process.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/base/encoding.h"
#include "service/base/random.h"
#include "service/base/secret.h"

namespace mendwork::base {

constexpr size_t kSha256Size = 32;
constexpr size_t kAeadKeySize = 32;
constexpr size_t kAeadNonceSize = 24;
constexpr size_t kAeadTagSize = 16;

// 32 bytes.
std::string Sha256(absl::string_view bytes);

// Keyed BLAKE2b; key 16 to 64 bytes, result 16 to 64 bytes.
std::string KeyedHash(absl::string_view key, absl::string_view bytes, size_t size = 32);

// Leaks nothing but the lengths.
bool ConstantTimeEqual(absl::string_view left, absl::string_view right);

// Product values; tests pass the smallest that libsodium accepts ({1, 8192}).
struct Argon2Parameters {
  uint64_t operations = 2;
  size_t memory_bytes = size_t{64} << 20;
};

// PHC string "$argon2id$v=19$m=...,t=...,p=1$salt$hash". Fails only when the memory cannot be had.
// The caller limits how many run at once: each takes `memory_bytes`.
absl::StatusOr<std::string> HashPassword(absl::string_view password, const Argon2Parameters& parameters,
                                         RandomSource& random);
bool VerifyPassword(absl::string_view phc, absl::string_view password);

// XChaCha20-Poly1305 (IETF): ciphertext followed by the 16-byte tag.
std::string AeadSeal(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                     absl::string_view plaintext);
absl::optional<std::string> AeadOpen(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                                     absl::string_view ciphertext);

// AES-128 on single blocks: a keyed permutation of 128-bit values, not a way to encrypt content. Thread-safe.
class Aes128Block {
 public:
  using Block = std::array<uint8_t, 16>;

  explicit Aes128Block(Secret key);  // 16 bytes
  Block Encrypt(const Block& block) const;
  Block Decrypt(const Block& block) const;

 private:
  Block Run(const Block& block, bool encrypt) const;

  Secret key_;
  uint64_t instance_;  // distinguishes keys in the per-thread cipher contexts
};

}  // namespace mendwork::base
