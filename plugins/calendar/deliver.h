// One appointment's way into the calendar, and out of it again.
#pragma once

#include "plugins/calendar/dav.h"

namespace mendwork::calendar {

// Each reads what is there before it writes, so that a repeat, also after a kill at any point, has no further
// effect. `now` decides how far back the feed reaches, nothing else.
v1::Outcome Deliver(Dav& dav, const v1::DeliveryItem& item, absl::Time now);
// Deletes the entry whatever the practice's policy says: a calendar has no "entered in error", and an entry
// that stays goes on telling.
v1::Outcome Revoke(Dav& dav, const v1::RevokeRequest& request, absl::Time now);

v1::PreviewResponse Preview(const Dav& dav, const v1::Event& event);
absl::StatusOr<v1::ReconcileResponse> Reconcile(Dav& dav, const v1::ReconcileRequest& request,
                                                absl::Time now);

}  // namespace mendwork::calendar
