// One delivery: the chart, one transaction, and then a look at everything that was there before.
#pragma once

#include "plugins/fhir/client.h"

namespace mendwork::fhir {

// Writes the release so that afterwards the chart holds exactly this revision of it, once, however often it
// is called and wherever an earlier call broke off.
v1::Outcome Deliver(Client& client, const v1::DeliveryItem& item);

// What Deliver would send, without sending. An error status says that the chart could not be asked for.
absl::StatusOr<v1::PreviewResponse> Preview(Client& client, const v1::Event& event);

}  // namespace mendwork::fhir
