// Bytes as text: lower-case base32 (RFC 4648 alphabet, no padding), base64url (no padding) and lower-case
// hex. Every decoder accepts only the one canonical spelling, so that no value has two names.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::base {

std::string Base32Encode(absl::string_view bytes);
absl::optional<std::string> Base32Decode(absl::string_view text);

std::string Base64UrlEncode(absl::string_view bytes);
absl::optional<std::string> Base64UrlDecode(absl::string_view text);

std::string HexEncode(absl::string_view bytes);
absl::optional<std::string> HexDecode(absl::string_view text);

}  // namespace mendwork::base
