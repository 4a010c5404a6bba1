// Standard Webhooks 1.0: which secrets there are, and the signature over one attempt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/secret.h"

namespace mendwork::webhook {

// The keys of one endpoint: several while the receiver changes from one to the next.
using SigningKeys = std::vector<base::Secret>;

// One to four secrets, apart by white space, each "whsec_" and the base64 of 24 to 64 bytes. The error says
// which one is wrong, by its place, and never quotes it.
absl::StatusOr<SigningKeys> ParseSigningSecrets(absl::string_view text);

// The header webhook-signature: "v1,<base64 of HMAC-SHA256(key, id.timestamp.body)>" for each key, in their
// order, apart by a space. `timestamp` is that of the attempt, in seconds since 1970.
std::string Sign(const SigningKeys& keys, absl::string_view id, int64_t timestamp, absl::string_view body);

}  // namespace mendwork::webhook
