#include "plugins/webhook/signature.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mendwork::webhook {
namespace {

constexpr size_t kSecretsMax = 4;
constexpr size_t kKeySizeMin = 24;
constexpr size_t kKeySizeMax = 64;

std::string HmacSha256(const base::Secret& key, const std::string& text) {
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const uint8_t*>(text.data()),
       text.size(), digest.data(), &size);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

}  // namespace

absl::StatusOr<SigningKeys> ParseSigningSecrets(absl::string_view text) {
  const std::vector<absl::string_view> words =
      absl::StrSplit(text, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
  if (words.empty() || words.size() > kSecretsMax) {
    return absl::InvalidArgumentError("The secret signing_secrets holds one to four secrets, one on a line.");
  }
  SigningKeys keys;
  for (absl::string_view word : words) {
    std::string bytes;
    // Only the one canonical spelling: what another library would read as another key is refused.
    const bool good = absl::ConsumePrefix(&word, "whsec_") && absl::Base64Unescape(word, &bytes) &&
                      absl::Base64Escape(bytes) == word && bytes.size() >= kKeySizeMin &&
                      bytes.size() <= kKeySizeMax;
    if (good) {
      keys.push_back(base::Secret::CopyOf(bytes));
    }
    base::Wipe(bytes);
    if (!good) {
      return absl::InvalidArgumentError(
          absl::StrCat("Secret ", keys.size() + 1,
                       " of signing_secrets is not whsec_ and the base64 of 24 to 64 "
                       "bytes."));
    }
  }
  return keys;
}

std::string Sign(const SigningKeys& keys, absl::string_view id, int64_t timestamp, absl::string_view body) {
  const std::string signed_text = absl::StrCat(id, ".", timestamp, ".", body);
  std::string out;
  for (const base::Secret& key : keys) {
    absl::StrAppend(&out, out.empty() ? "" : " ", "v1,", absl::Base64Escape(HmacSha256(key, signed_text)));
  }
  return out;
}

}  // namespace mendwork::webhook
