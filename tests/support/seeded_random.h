// Randomness that replays: the same seed gives the same bytes.
#pragma once

#include <cstdint>
#include <random>

#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "service/base/random.h"

namespace mendwork::test {

class SeededRandom : public base::RandomSource {
 public:
  explicit SeededRandom(uint64_t seed = 1) : engine_(seed) {}

  void Fill(absl::Span<uint8_t> out) override {
    absl::MutexLock lock(&mutex_);
    for (uint8_t& byte : out) {
      byte = static_cast<uint8_t>(engine_() >> 56);
    }
  }

 private:
  absl::Mutex mutex_;
  std::mt19937_64 engine_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::test
