#include "service/base/crypto.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <atomic>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/base/status.h"

namespace mendwork::base {
namespace {

// Before main, so that no caller has to think of it: chooses the fastest implementations and prepares locked
// memory.
[[maybe_unused]] const int kSodiumStarted = sodium_init();

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* MutableBytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string Base64WithoutPadding(absl::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
  sodium_bin2base64(text.data(), text.size(), Bytes(bytes), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  text.pop_back();  // the terminating zero
  return text;
}

// One pair of cipher contexts per thread, re-keyed when another Aes128Block was used last: a context costs
// more to make than the block costs to encrypt.
struct CipherContexts {
  uint64_t instance = 0;
  EVP_CIPHER_CTX* encrypt = EVP_CIPHER_CTX_new();
  EVP_CIPHER_CTX* decrypt = EVP_CIPHER_CTX_new();

  ~CipherContexts() {
    EVP_CIPHER_CTX_free(encrypt);
    EVP_CIPHER_CTX_free(decrypt);
  }
};

std::atomic<uint64_t> next_aes_instance{1};

}  // namespace

std::string Sha256(absl::string_view bytes) {
  // Fetched once: the implicit fetch costs more than hashing a small record. Lives as long as the process.
  static EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::string hash(kSha256Size, '\0');
  MENDWORK_CHECK(EVP_Digest(bytes.data(), bytes.size(), MutableBytes(hash), nullptr, digest, nullptr) == 1,
                 "SHA-256 works.");
  return hash;
}

std::string KeyedHash(absl::string_view key, absl::string_view bytes, size_t size) {
  MENDWORK_CHECK(
      key.size() >= crypto_generichash_KEYBYTES_MIN && key.size() <= crypto_generichash_KEYBYTES_MAX,
      "A BLAKE2b key has 16 to 64 bytes.");
  MENDWORK_CHECK(size >= crypto_generichash_BYTES_MIN && size <= crypto_generichash_BYTES_MAX,
                 "A BLAKE2b hash has 16 to 64 bytes.");
  std::string hash(size, '\0');
  crypto_generichash(MutableBytes(hash), hash.size(), Bytes(bytes), bytes.size(), Bytes(key), key.size());
  return hash;
}

bool ConstantTimeEqual(absl::string_view left, absl::string_view right) {
  return left.size() == right.size() && sodium_memcmp(left.data(), right.data(), left.size()) == 0;
}

absl::StatusOr<std::string> HashPassword(absl::string_view password, const Argon2Parameters& parameters,
                                         RandomSource& random) {
  const std::string salt = random.Bytes(crypto_pwhash_SALTBYTES);
  std::string hash(32, '\0');
  if (crypto_pwhash(MutableBytes(hash), hash.size(), password.data(), password.size(), Bytes(salt),
                    parameters.operations, parameters.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return Exhausted("PASSWORD_HASH_MEMORY", "There is not enough memory to check a password now; try again.",
                     absl::Seconds(2));
  }
  return absl::StrCat("$argon2id$v=19$m=", parameters.memory_bytes / 1024, ",t=", parameters.operations,
                      ",p=1$", Base64WithoutPadding(salt), "$", Base64WithoutPadding(hash));
}

bool VerifyPassword(absl::string_view phc, absl::string_view password) {
  const std::string terminated(phc);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

std::string AeadSeal(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                     absl::string_view plaintext) {
  MENDWORK_CHECK(key.size() == kAeadKeySize && nonce.size() == kAeadNonceSize,
                 "Key and nonce have their sizes.");
  std::string ciphertext(plaintext.size() + kAeadTagSize, '\0');
  crypto_aead_xchacha20poly1305_ietf_encrypt(MutableBytes(ciphertext), nullptr, Bytes(plaintext),
                                             plaintext.size(), Bytes(aad), aad.size(), nullptr, Bytes(nonce),
                                             Bytes(key));
  return ciphertext;
}

absl::optional<std::string> AeadOpen(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                                     absl::string_view ciphertext) {
  MENDWORK_CHECK(key.size() == kAeadKeySize && nonce.size() == kAeadNonceSize,
                 "Key and nonce have their sizes.");
  if (ciphertext.size() < kAeadTagSize) {
    return absl::nullopt;
  }
  std::string plaintext(ciphertext.size() - kAeadTagSize, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(MutableBytes(plaintext), nullptr, nullptr, Bytes(ciphertext),
                                                 ciphertext.size(), Bytes(aad), aad.size(), Bytes(nonce),
                                                 Bytes(key)) != 0) {
    return absl::nullopt;
  }
  return plaintext;
}

Aes128Block::Aes128Block(Secret key) : key_(std::move(key)), instance_(next_aes_instance.fetch_add(1)) {
  MENDWORK_CHECK(key_.size() == 16, "An AES-128 key has 16 bytes.");
}

Aes128Block::Block Aes128Block::Encrypt(const Block& block) const { return Run(block, true); }

Aes128Block::Block Aes128Block::Decrypt(const Block& block) const { return Run(block, false); }

Aes128Block::Block Aes128Block::Run(const Block& block, bool encrypt) const {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
  thread_local CipherContexts contexts;
  if (contexts.instance != instance_) {
    const bool keyed = EVP_CipherInit_ex2(contexts.encrypt, cipher, key_.data(), nullptr, 1, nullptr) == 1 &&
                       EVP_CipherInit_ex2(contexts.decrypt, cipher, key_.data(), nullptr, 0, nullptr) == 1 &&
                       EVP_CIPHER_CTX_set_padding(contexts.encrypt, 0) == 1 &&
                       EVP_CIPHER_CTX_set_padding(contexts.decrypt, 0) == 1;
    MENDWORK_CHECK(keyed, "AES-128 works.");
    contexts.instance = instance_;
  }
  Block result;
  int size = 0;
  const int done = EVP_CipherUpdate(encrypt ? contexts.encrypt : contexts.decrypt, result.data(), &size,
                                    block.data(), static_cast<int>(block.size()));
  MENDWORK_CHECK(done == 1 && size == static_cast<int>(result.size()), "AES-128 works on one block.");
  return result;
}

}  // namespace mendwork::base
