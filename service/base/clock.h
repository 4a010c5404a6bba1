// Time as a value passed in: everything below `main` reads the time from a Clock, so that tests decide what
// time it is.
#pragma once

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mendwork::base {

// Implementations are thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now(); }
};

}  // namespace mendwork::base
