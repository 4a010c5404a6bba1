#include "service/base/public_id.h"

#include <algorithm>
#include <utility>

#include "service/base/check.h"
#include "service/base/encoding.h"

namespace mendwork::base {
namespace {

constexpr size_t kTextSize = 26;      // 128 bits, 5 per character
constexpr size_t kSequenceStart = 8;  // byte 0: kind; bytes 1 to 7: zero, the check on the way in

}  // namespace

PublicIds::PublicIds(Secret key16) : permutation_(std::move(key16)) {}

std::string PublicIds::Encode(uint8_t kind, int64_t sequence) const {
  MENDWORK_CHECK(sequence >= 0, "A sequence is never negative.");
  Aes128Block::Block block{};
  block[0] = kind;
  for (size_t i = 0; i < 8; ++i) {
    block[kSequenceStart + i] = static_cast<uint8_t>(static_cast<uint64_t>(sequence) >> (56 - 8 * i));
  }
  const Aes128Block::Block outside = permutation_.Encrypt(block);
  return Base32Encode({reinterpret_cast<const char*>(outside.data()), outside.size()});
}

absl::optional<int64_t> PublicIds::Decode(uint8_t kind, absl::string_view text) const {
  if (text.size() != kTextSize) {
    return absl::nullopt;
  }
  const absl::optional<std::string> bytes = Base32Decode(text);
  if (!bytes.has_value()) {
    return absl::nullopt;
  }
  Aes128Block::Block outside;
  std::copy(bytes->begin(), bytes->end(), outside.begin());
  const Aes128Block::Block block = permutation_.Decrypt(outside);
  const bool zeros =
      std::all_of(block.begin() + 1, block.begin() + kSequenceStart, [](uint8_t b) { return b == 0; });
  if (block[0] != kind || !zeros || block[kSequenceStart] > 0x7F) {
    return absl::nullopt;
  }
  uint64_t sequence = 0;
  for (size_t i = kSequenceStart; i < block.size(); ++i) {
    sequence = (sequence << 8) | block[i];
  }
  return static_cast<int64_t>(sequence);
}

}  // namespace mendwork::base
