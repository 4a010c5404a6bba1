// The ids that clients see: a keyed permutation of (kind, internal sequence), so that storage keeps ordered
// keys while the outside id says nothing about order, kind or count. 26 characters of lower-case base32.
#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/base/crypto.h"
#include "service/base/secret.h"

namespace mendwork::base {

// Thread-safe.
class PublicIds {
 public:
  explicit PublicIds(Secret key16);

  std::string Encode(uint8_t kind, int64_t sequence) const;

  // Nothing for a text that was not made by Encode with this key and this kind.
  absl::optional<int64_t> Decode(uint8_t kind, absl::string_view text) const;

 private:
  Aes128Block permutation_;
};

}  // namespace mendwork::base
