// Taking back a release, and telling what is there of it.
#pragma once

#include "plugins/fhir/client.h"

namespace mendwork::fhir {

v1::Outcome Revoke(Client& client, const v1::RevokeRequest& request);

absl::StatusOr<v1::ReconcileResponse> Reconcile(Client& client, const v1::ReconcileRequest& request);

}  // namespace mendwork::fhir
