// When a delivery that failed is tried again, and when it is given up: pure functions of counts and times, so
// that a test walks weeks in a millisecond.
#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace mendwork::app {

enum class RetrySchedule {
  // Record systems and all others: 1 s doubled, at most 15 min, full jitter, for 72 h (integration 1.8).
  kBackoff,
  // Webhooks, where a receiver may be down for a weekend: ten attempts at 0 s, then 5 s, 5 min, 30 min, 2 h,
  // 5 h, 10 h, 14 h, 20 h and 24 h after the one before, each with 20 % jitter: 76 h (integration 5).
  kWebhook,
};

// By the kinds in the plugin's manifest (plugin.json); kBackoff if it cannot be read.
RetrySchedule ScheduleFor(absl::string_view manifest_json);

struct FailedAttempt {
  int64_t attempt_count = 1;  // attempts so far, this one included
  absl::Duration age;         // since the delivery was queued
  absl::Duration asked;       // the other system's own wish (Retry-After); zero if it had none
  double chance = 0;          // from [0, 1), for the jitter
};

// How long to wait for the next attempt, at least 200 ms; nothing if there is none. A wish is kept up to 24
// h.
absl::optional<absl::Duration> NextDelay(RetrySchedule schedule, const FailedAttempt& attempt);

}  // namespace mendwork::app
