#include "plugins/fhir/url.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/encoding.h"

namespace mendwork::fhir {
namespace {

bool IsAnyOf(char c, absl::string_view set) { return set.find(c) != absl::string_view::npos; }

}  // namespace

std::string EncodeQuery(absl::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || IsAnyOf(c, "-._~:/")) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string IdentifierSearch(absl::string_view system, absl::string_view value, absl::string_view pipe) {
  std::string escaped;
  for (const char c : value) {
    if (IsAnyOf(c, "\\,|$")) {
      escaped += '\\';
    }
    escaped += c;
  }
  return absl::StrCat("identifier=", EncodeQuery(system), pipe, EncodeQuery(escaped));
}

bool IsFhirId(absl::string_view id) {
  return !id.empty() && id.size() <= 64 && id != "." && id != ".." &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.';
         });
}

std::string UuidUrn(absl::string_view name) {
  // RFC 4122, appendix C: the name space of URLs, 6ba7b811-9dad-11d1-80b4-00c04fd430c8.
  static constexpr std::array<uint8_t, 16> kUrlNamespace = {0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                                            0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};
  std::string input(kUrlNamespace.begin(), kUrlNamespace.end());
  input.append(name.data(), name.size());
  std::array<uint8_t, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr);
  digest[6] = static_cast<uint8_t>((digest[6] & 0x0f) | 0x50);
  digest[8] = static_cast<uint8_t>((digest[8] & 0x3f) | 0x80);
  const std::string hex = base::HexEncode({reinterpret_cast<const char*>(digest.data()), 16});
  return absl::StrCat("urn:uuid:", hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20));
}

}  // namespace mendwork::fhir
