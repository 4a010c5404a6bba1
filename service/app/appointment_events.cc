#include "service/app/appointment_events.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "mendwork/storage/v1/storage.pb.h"
#include "mendwork/v1/care_resources.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/event_builder.h"
#include "service/base/status.h"
#include "service/store/appointment_copy_rows.h"
#include "service/store/consent_rows.h"

namespace mendwork::app {
namespace {

namespace p = plugin::v1;
using policy::DataClass;
using policy::Viewer;
constexpr char kAppointmentRule[] = "P12";  // of policy/rules.cc: what let the copy leave

constexpr int64_t kAllPlugins = 200;
constexpr int64_t kAppointmentsAtOnce = 100;

bool IsGranted(const store::PluginRow& plugin) {
  return ((plugin.granted_data_classes >> p::DATA_CLASS_APPOINTMENTS) & 1) != 0;
}

bool IsSubscribed(const store::PluginRow& plugin) {
  p::Manifest manifest;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return google::protobuf::util::JsonStringToMessage(plugin.manifest, &manifest, options).ok() &&
         std::count(manifest.events().begin(), manifest.events().end(), p::EVENT_TYPE_APPOINTMENT_CHANGED) >
             0;
}

// A copy of an appointment is covered only by a consent to everything: exercise and item are about answers.
absl::StatusOr<bool> Consents(store::Transaction& transaction, const store::PluginRow& plugin,
                              int64_t person_id) {
  MENDWORK_ASSIGN_OR_RETURN(auto consents, store::ListConsentsInForce(transaction, plugin.practice_id,
                                                                      person_id, store::AudienceKind::kPlugin,
                                                                      plugin.plugin_id, transaction.now()));
  return std::any_of(consents.begin(), consents.end(), [](const store::ConsentRow& consent) {
    return consent.scope_kind == store::ScopeKind::kEverything;
  });
}

// May the plugin hold a copy at this moment?
absl::StatusOr<bool> IsCovered(store::Transaction& transaction, const store::PluginRow& plugin,
                               const store::AppointmentRow& appointment) {
  if (!IsSubscribed(plugin)) {
    return false;
  }
  const policy::Facts whole =
      policy::When(plugin.practice_id == appointment.practice_id, policy::kSamePractice) |
      policy::When(IsGranted(plugin), policy::kDataClassGranted);
  MENDWORK_ASSIGN_OR_RETURN(auto attendees, store::ListAttendees(transaction, appointment.appointment_id));
  for (const int64_t person_id : attendees) {
    MENDWORK_ASSIGN_OR_RETURN(bool consents, Consents(transaction, plugin, person_id));
    const policy::Facts facts = whole | policy::When(consents, policy::kConsentInForce);
    if (!policy::Decide(Viewer::kPlugin, DataClass::kAppointment, facts).allowed) {
      return false;
    }
  }
  return !attendees.empty();
}

absl::Status Queue(Runtime& runtime, store::WriteTransaction& transaction,
                   const store::AppointmentCopyRow& copy, store::DeliveryKind kind) {
  MENDWORK_RETURN_IF_ERROR(store::InsertDelivery(transaction, {.delivery_id = runtime.store().NewId(),
                                                               .practice_id = copy.practice_id,
                                                               .plugin_id = copy.plugin_id,
                                                               .person_id = copy.person_id,
                                                               .copy_id = copy.copy_id,
                                                               .kind = kind,
                                                               .next_attempt_time = transaction.now(),
                                                               .create_time = transaction.now()}));
  transaction.OnCommit([&runtime] { runtime.delivery_feed().Notify(); });
  return absl::OkStatus();
}

absl::Status QueueChange(Runtime& runtime, store::WriteTransaction& transaction,
                         const store::AppointmentCopyRow& copy) {
  MENDWORK_ASSIGN_OR_RETURN(bool waiting, store::IsCopyWaiting(transaction, copy.copy_id));
  return waiting ? absl::OkStatus()
                 : Queue(runtime, transaction, copy, store::DeliveryKind::kAppointmentChanged);
}

absl::Status RevokeCopy(Runtime& runtime, store::WriteTransaction& transaction,
                        store::AppointmentCopyRow copy) {
  copy.state = store::CopyState::kRevoked;
  copy.revoke_time = transaction.now();
  MENDWORK_RETURN_IF_ERROR(store::UpdateAppointmentCopy(transaction, copy));
  return Queue(runtime, transaction, copy, store::DeliveryKind::kAppointmentRevoked);
}

absl::Status StartCopy(Runtime& runtime, store::WriteTransaction& transaction, const store::PluginRow& plugin,
                       const store::AppointmentRow& appointment) {
  if (appointment.state != v1::Appointment::STATE_BOOKED || appointment.end_time <= transaction.now()) {
    return absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto attendees, store::ListAttendees(transaction, appointment.appointment_id));
  const store::AppointmentCopyRow copy = {.copy_id = runtime.store().NewId(),
                                          .practice_id = appointment.practice_id,
                                          .appointment_id = appointment.appointment_id,
                                          .plugin_id = plugin.plugin_id,
                                          .person_id = *std::min_element(attendees.begin(), attendees.end()),
                                          .create_time = transaction.now()};
  MENDWORK_RETURN_IF_ERROR(store::InsertAppointmentCopy(transaction, copy));
  return Queue(runtime, transaction, copy, store::DeliveryKind::kAppointmentChanged);
}

enum class Cause { kAppointment, kElsewhere };

absl::Status Follow(Runtime& runtime, store::WriteTransaction& transaction, const store::PluginRow& plugin,
                    const store::AppointmentRow& appointment, Cause cause) {
  MENDWORK_ASSIGN_OR_RETURN(bool covered, IsCovered(transaction, plugin, appointment));
  MENDWORK_ASSIGN_OR_RETURN(auto copy, store::FindAppointmentCopyInForce(
                                           transaction, appointment.appointment_id, plugin.plugin_id));
  if (!copy.has_value()) {
    return covered ? StartCopy(runtime, transaction, plugin, appointment) : absl::OkStatus();
  }
  if (!covered) {
    return RevokeCopy(runtime, transaction, *std::move(copy));
  }
  return cause == Cause::kAppointment ? QueueChange(runtime, transaction, *copy) : absl::OkStatus();
}

std::string PublicCopy(Runtime& runtime, int64_t copy_id) {
  // Internal numbers are unique over all tables, so a copy and a release never share a public id.
  return runtime.ids().Encode(static_cast<uint8_t>(Kind::kRelease), copy_id);
}

store::RecordIdentity ReferencesRecord(const store::AppointmentCopyRow& copy) {
  return {copy.practice_id,
          "appointment_copy",
          copy.copy_id,
          "external_references",
          {.kind = domain::Subject::Kind::kPerson, .id = copy.person_id},
          domain::KeyPurpose::kIdentity,
          copy.external_references_version};
}

Look PluginLook(const store::AppointmentCopyRow& copy) {
  return {.viewer = Viewer::kPlugin,
          .practice_id = copy.practice_id,
          .viewer_id = copy.plugin_id,
          .action = "Deliver"};
}

// The plugin's own references: it made them, so it may always have them back.
absl::StatusOr<std::vector<p::ExternalRef>> OpenReferences(store::WriteTransaction& transaction,
                                                           const store::AppointmentCopyRow& copy) {
  std::vector<p::ExternalRef> references;
  if (copy.external_references.empty()) {
    return references;
  }
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, PluginLook(copy), DataClass::kExternalReferences, policy::kDataClassGranted,
                 ReferencesRecord(copy), copy.external_references));
  storage::v1::ExternalReferences stored;
  stored.ParseFromString(plaintext);
  for (const std::string& bytes : stored.references()) {
    p::ExternalRef reference;
    if (reference.ParseFromString(bytes)) {
      references.push_back(std::move(reference));
    }
  }
  return references;
}

// The leaf that is committed before the bytes leave (B1).
absl::Status AuditDelivery(store::WriteTransaction& transaction, const store::AppointmentCopyRow& copy,
                           const char* action) {
  store::AuditEntry entry;
  entry.practice_id = copy.practice_id;
  entry.actor_kind = std::string(policy::Name(Viewer::kPlugin));
  entry.actor_id = copy.plugin_id;
  entry.action = action;
  entry.object_kind = "appointment";
  entry.object_id = copy.appointment_id;
  entry.rule_id = kAppointmentRule;
  entry.decision = store::AuditDecision::kPermit;
  return transaction.Audit(entry);
}

absl::StatusOr<DeliveryOrder> BuildChange(Runtime& runtime, store::WriteTransaction& transaction,
                                          const store::DeliveryRow& delivery,
                                          const store::AppointmentCopyRow& copy,
                                          const store::AppointmentRow& appointment) {
  p::DeliverRequest request;
  p::DeliveryItem* item = request.add_items();
  item->set_delivery_id(runtime.ids().Encode(static_cast<uint8_t>(Kind::kDelivery), delivery.delivery_id));
  item->set_attempt(static_cast<int32_t>(delivery.attempt_count));
  *item->mutable_event() =
      BuildAppointmentEvent(PublicCopy(runtime, copy.copy_id), appointment, delivery.create_time);
  MENDWORK_ASSIGN_OR_RETURN(auto references, OpenReferences(transaction, copy));
  for (p::ExternalRef& reference : references) {
    *item->add_known_refs() = std::move(reference);
  }
  MENDWORK_RETURN_IF_ERROR(AuditDelivery(transaction, copy, "Deliver"));
  return DeliveryOrder(std::move(request));
}

absl::StatusOr<DeliveryOrder> BuildRevocation(Runtime& runtime, store::WriteTransaction& transaction,
                                              const store::DeliveryRow& delivery,
                                              const store::AppointmentCopyRow& copy) {
  MENDWORK_ASSIGN_OR_RETURN(auto practice, store::FindPractice(transaction, copy.practice_id));
  p::RevokeRequest request;
  request.set_release_id(PublicCopy(runtime, copy.copy_id));
  MENDWORK_ASSIGN_OR_RETURN(auto references, OpenReferences(transaction, copy));
  for (p::ExternalRef& reference : references) {
    *request.add_refs() = std::move(reference);
  }
  request.set_policy(static_cast<p::WithdrawalPolicy>(practice->withdrawal_policy));
  request.set_attempt(static_cast<int32_t>(delivery.attempt_count));
  SetTime(copy.revoke_time.value_or(transaction.now()), request.mutable_withdrawn_time());
  MENDWORK_RETURN_IF_ERROR(AuditDelivery(transaction, copy, "Revoke"));
  return DeliveryOrder(std::move(request));
}

absl::StatusOr<absl::optional<DeliveryOrder>> Suppress(store::WriteTransaction& transaction,
                                                       store::DeliveryRow delivery, const char* why) {
  delivery.state = store::DeliveryState::kSuppressed;
  delivery.last_error = why;
  MENDWORK_RETURN_IF_ERROR(store::UpdateDelivery(transaction, delivery));
  return absl::optional<DeliveryOrder>();
}

}  // namespace

absl::Status EnqueueAppointmentEvent(Runtime& runtime, store::WriteTransaction& transaction,
                                     const store::AppointmentRow& appointment) {
  MENDWORK_ASSIGN_OR_RETURN(auto plugins,
                            store::ListPlugins(transaction, appointment.practice_id, {.limit = kAllPlugins}));
  for (const store::PluginRow& plugin : plugins) {
    MENDWORK_RETURN_IF_ERROR(Follow(runtime, transaction, plugin, appointment, Cause::kAppointment));
  }
  return absl::OkStatus();
}

absl::Status SettleAppointmentCopies(Runtime& runtime, int64_t plugin_id) {
  std::vector<store::AppointmentRow> unsettled;
  store::PluginRow plugin;
  MENDWORK_RETURN_IF_ERROR(runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto found, store::FindPluginOfAnyPractice(transaction, plugin_id));
    if (!found.has_value()) {
      return absl::OkStatus();
    }
    plugin = *found;
    const bool granted = IsGranted(plugin) && IsSubscribed(plugin);
    MENDWORK_ASSIGN_OR_RETURN(
        unsettled, store::ListLapsedAppointments(transaction, plugin_id, granted, kAppointmentsAtOnce));
    if (granted && unsettled.empty()) {
      MENDWORK_ASSIGN_OR_RETURN(unsettled, store::ListUncopiedAppointments(transaction, plugin.practice_id,
                                                                           plugin_id, kAppointmentsAtOnce));
    }
    return absl::OkStatus();
  }));
  if (unsettled.empty()) {
    return absl::OkStatus();
  }
  // What was read may have changed: Follow decides from what holds in its own transaction.
  return runtime.store().WriteAndWait([&](store::WriteTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto current, store::FindPlugin(transaction, plugin.practice_id, plugin_id));
    for (const store::AppointmentRow& row : unsettled) {
      MENDWORK_ASSIGN_OR_RETURN(auto appointment,
                                store::FindAppointment(transaction, row.practice_id, row.appointment_id));
      if (current.has_value() && appointment.has_value()) {
        MENDWORK_RETURN_IF_ERROR(Follow(runtime, transaction, *current, *appointment, Cause::kElsewhere));
      }
    }
    return absl::OkStatus();
  });
}

bool IsAboutAppointment(const store::DeliveryRow& delivery) {
  return delivery.kind == store::DeliveryKind::kAppointmentChanged ||
         delivery.kind == store::DeliveryKind::kAppointmentRevoked;
}

absl::StatusOr<absl::optional<DeliveryOrder>> PrepareAppointmentDelivery(Runtime& runtime,
                                                                         store::WriteTransaction& transaction,
                                                                         store::DeliveryRow delivery) {
  MENDWORK_ASSIGN_OR_RETURN(auto plugin,
                            store::FindPlugin(transaction, delivery.practice_id, delivery.plugin_id));
  MENDWORK_ASSIGN_OR_RETURN(auto copy,
                            store::FindAppointmentCopy(transaction, delivery.practice_id, delivery.copy_id));
  if (!plugin.has_value() || !copy.has_value()) {
    return Suppress(transaction, delivery, "COPY_GONE");
  }
  absl::StatusOr<DeliveryOrder> order = base::NotFound();
  if (delivery.kind == store::DeliveryKind::kAppointmentRevoked) {
    MENDWORK_ASSIGN_OR_RETURN(bool attempted, store::WasCopyAttempted(transaction, copy->copy_id));
    if (!attempted) {
      return Suppress(transaction, delivery, "NOTHING_WAS_DELIVERED");
    }
    delivery.attempt_count += 1;
    order = BuildRevocation(runtime, transaction, delivery, *copy);
  } else {
    MENDWORK_ASSIGN_OR_RETURN(auto appointment,
                              store::FindAppointment(transaction, copy->practice_id, copy->appointment_id));
    bool covered = appointment.has_value() && copy->state == store::CopyState::kInForce;
    if (covered) {
      MENDWORK_ASSIGN_OR_RETURN(covered, IsCovered(transaction, *plugin, *appointment));
    }
    if (!covered) {
      return Suppress(transaction, delivery, "NOT_COVERED_NOW");
    }
    delivery.attempt_count += 1;
    order = BuildChange(runtime, transaction, delivery, *copy, *appointment);
  }
  MENDWORK_RETURN_IF_ERROR(order.status());
  MENDWORK_RETURN_IF_ERROR(store::UpdateDelivery(transaction, delivery));
  return absl::optional<DeliveryOrder>(*std::move(order));
}

absl::Status StoreAppointmentReferences(Runtime& runtime, store::WriteTransaction& transaction,
                                        const store::DeliveryRow& delivery, const p::Done& done) {
  MENDWORK_ASSIGN_OR_RETURN(auto copy,
                            store::FindAppointmentCopy(transaction, delivery.practice_id, delivery.copy_id));
  if (!copy.has_value()) {
    return absl::OkStatus();
  }
  storage::v1::ExternalReferences stored;
  for (const p::ExternalRef& reference : done.refs()) {
    stored.add_references(reference.SerializeAsString());
  }
  copy->external_references_version += 1;
  MENDWORK_ASSIGN_OR_RETURN(copy->external_references, SealMessage(runtime, ReferencesRecord(*copy), stored));
  return store::UpdateAppointmentCopy(transaction, *copy);
}

}  // namespace mendwork::app
