// Randomness as a value passed in, so that tests and simulations can replay a seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/types/span.h"

namespace mendwork::base {

// Implementations are thread-safe.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  virtual void Fill(absl::Span<uint8_t> out) = 0;
  std::string Bytes(size_t size);
};

// The kernel's generator, through libsodium.
class SystemRandom : public RandomSource {
 public:
  SystemRandom();
  void Fill(absl::Span<uint8_t> out) override;
};

}  // namespace mendwork::base
