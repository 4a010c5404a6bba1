// Appointments on their way to plugins. A plugin holds a copy of an appointment while it is granted
// appointments and everybody who attends consents to a copy there (confidentiality A: individual
// appointments, plugin by grant; B2 for joint ones); a copy says when, never who. All of it is decided anew
// at every attempt.
#pragma once

#include "absl/types/optional.h"
#include "service/app/deliveries.h"
#include "service/app/runtime.h"
#include "service/store/care_rows.h"

namespace mendwork::app {

// For whoever made, moved or cancelled an appointment, after its row and its attendees were written: queues a
// delivery for every plugin that may hold a copy now.
absl::Status EnqueueAppointmentEvent(Runtime& runtime, store::WriteTransaction& transaction,
                                     const store::AppointmentRow& appointment);

// Makes the plugin's copies follow what changed elsewhere: consents given, withdrawn or expired, a grant of
// the administrator narrowed or widened. Queues what is needed, and writes nothing if nothing is.
absl::Status SettleAppointmentCopies(Runtime& runtime, int64_t plugin_id);

// The part of PrepareDelivery and FinishDelivery that is about appointments.
bool IsAboutAppointment(const store::DeliveryRow& delivery);
absl::StatusOr<absl::optional<DeliveryOrder>> PrepareAppointmentDelivery(Runtime& runtime,
                                                                         store::WriteTransaction& transaction,
                                                                         store::DeliveryRow delivery);
absl::Status StoreAppointmentReferences(Runtime& runtime, store::WriteTransaction& transaction,
                                        const store::DeliveryRow& delivery, const plugin::v1::Done& done);

}  // namespace mendwork::app
