// The settings that every plugin speaking HTTP has.
#pragma once

#include "absl/time/time.h"
#include "plugins/sdk/config_reader.h"

namespace mendwork::http {

struct Timeouts {
  absl::Duration connect = absl::Seconds(5);
  absl::Duration total = absl::Seconds(20);  // connecting included
};

// The member "timeouts": {"connectMs": 100 to 30000, "totalMs": 500 to `total_max`}. Defaults where it is
// absent.
Timeouts ReadTimeouts(sdk::ConfigReader& reader, const sdk::Json& configuration, absl::Duration total_max);

}  // namespace mendwork::http
