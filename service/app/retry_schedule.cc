#include "service/app/retry_schedule.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <array>
#include <string>

#include "mendwork/plugin/v1/manifest.pb.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kFirstDelay = absl::Seconds(1);
constexpr absl::Duration kLongestDelay = absl::Minutes(15);
constexpr absl::Duration kLifetime = absl::Hours(72);
constexpr absl::Duration kShortestDelay = absl::Milliseconds(200);
constexpr absl::Duration kAskedMax = absl::Hours(24);

constexpr std::array kWebhookDelays = {absl::Seconds(5), absl::Minutes(5), absl::Minutes(30),
                                       absl::Hours(2),   absl::Hours(5),   absl::Hours(10),
                                       absl::Hours(14),  absl::Hours(20),  absl::Hours(24)};
constexpr double kWebhookJitter = 0.2;

absl::optional<absl::Duration> BackoffDelay(const FailedAttempt& attempt) {
  if (attempt.age > kLifetime) {
    return absl::nullopt;
  }
  const int64_t doublings = std::clamp<int64_t>(attempt.attempt_count - 1, 0, 20);
  return std::min(kFirstDelay * (int64_t{1} << doublings), kLongestDelay) * attempt.chance;
}

absl::optional<absl::Duration> WebhookDelay(const FailedAttempt& attempt) {
  const int64_t index = std::max<int64_t>(attempt.attempt_count - 1, 0);
  if (index >= static_cast<int64_t>(kWebhookDelays.size())) {
    return absl::nullopt;
  }
  return kWebhookDelays[index] * (1 + kWebhookJitter * (2 * attempt.chance - 1));
}

}  // namespace

RetrySchedule ScheduleFor(absl::string_view manifest_json) {
  plugin::v1::Manifest manifest;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(std::string(manifest_json), &manifest, options);
  const bool webhook = parsed.ok() && std::count(manifest.kinds().begin(), manifest.kinds().end(),
                                                 plugin::v1::PLUGIN_KIND_WEBHOOK) > 0;
  return webhook ? RetrySchedule::kWebhook : RetrySchedule::kBackoff;
}

absl::optional<absl::Duration> NextDelay(RetrySchedule schedule, const FailedAttempt& attempt) {
  const absl::optional<absl::Duration> own =
      schedule == RetrySchedule::kWebhook ? WebhookDelay(attempt) : BackoffDelay(attempt);
  if (!own.has_value()) {
    return absl::nullopt;
  }
  return std::max({*own, std::min(attempt.asked, kAskedMax), kShortestDelay});
}

}  // namespace mendwork::app
