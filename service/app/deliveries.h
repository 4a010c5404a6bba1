// The outbox as the dispatcher sees it: which deliveries wait, what each may hand over at this very moment,
// and what became of it. Consent, release and grant are decided anew at every attempt (confidentiality B3).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "mendwork/plugin/v1/plugin.pb.h"
#include "service/app/call.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {

// What to hand to the plugin.
using DeliveryOrder = std::variant<plugin::v1::DeliverRequest, plugin::v1::RevokeRequest>;

// Deliveries of a plugin whose next attempt is due: the oldest of each person, so that order is kept per
// person.
struct DueDeliveries {
  std::vector<store::DeliveryRow> due;
  absl::Time next_time = absl::InfiniteFuture();  // when the next one that is not due yet will be
};
absl::StatusOr<DueDeliveries> FindDueDeliveries(Runtime& runtime, int64_t plugin_id, int64_t limit);

// Decides, opens, audits and builds the copy, in one transaction that is durable before this returns. Nothing
// when consent or release no longer covers it: then the delivery is marked as suppressed, and nothing leaves.
absl::StatusOr<absl::optional<DeliveryOrder>> PrepareDelivery(Runtime& runtime,
                                                              const store::DeliveryRow& delivery);

// What an attempt came to. A retry waits as the plugin's schedule says (retry_schedule.h), then the delivery
// is given up.
absl::Status FinishDelivery(Runtime& runtime, const store::DeliveryRow& delivery,
                            const plugin::v1::Outcome& outcome);

// The plugin's configuration, opened as the server to hand it over.
absl::StatusOr<std::string> OpenConfiguration(Runtime& runtime, const store::PluginRow& plugin);

}  // namespace mendwork::app
