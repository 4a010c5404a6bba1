#include "service/base/random.h"

#include <sodium.h>

#include "service/base/check.h"

namespace mendwork::base {

std::string RandomSource::Bytes(size_t size) {
  std::string bytes(size, '\0');
  Fill(absl::MakeSpan(reinterpret_cast<uint8_t*>(bytes.data()), bytes.size()));
  return bytes;
}

SystemRandom::SystemRandom() { MENDWORK_CHECK(sodium_init() >= 0, "libsodium starts."); }

void SystemRandom::Fill(absl::Span<uint8_t> out) { randombytes_buf(out.data(), out.size()); }

}  // namespace mendwork::base
