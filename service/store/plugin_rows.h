// Rows of plugins, of the outbox (deliveries), and of requests that may be repeated.
#pragma once

#include <string>
#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

// The numbers are those of mendwork.admin.v1.Plugin.State.
enum class PluginState : int64_t { kDisabled = 1, kEnabled = 2, kFailed = 3 };

struct PluginRow {
  int64_t plugin_id = 0;
  int64_t practice_id = 0;
  std::string plugin_key;  // reverse domain name
  std::string plugin_version;
  std::string display_name;
  std::string package_directory;
  std::string executable_path;
  std::string executable_sha256;
  std::string manifest;
  PluginState state = PluginState::kDisabled;
  int64_t requested_data_classes = 0;  // bit n = DataClass n
  int64_t granted_data_classes = 0;
  std::string granted_egress;  // one host:port a line
  std::string configuration;   // sealed; empty before it is configured
  int64_t configuration_version = 0;
  absl::Time create_time;
  int64_t version = 1;
};

absl::Status InsertPlugin(WriteTransaction& transaction, const PluginRow& row);
absl::Status UpdatePlugin(WriteTransaction& transaction, const PluginRow& row);
absl::StatusOr<absl::optional<PluginRow>> FindPlugin(Transaction& transaction, int64_t practice_id,
                                                     int64_t plugin_id);
absl::StatusOr<absl::optional<PluginRow>> FindPluginByKey(Transaction& transaction, int64_t practice_id,
                                                          absl::string_view plugin_key);
absl::StatusOr<std::vector<PluginRow>> ListPlugins(Transaction& transaction, int64_t practice_id,
                                                   PageRange range);
// For the plugin host, which serves every practice.
absl::StatusOr<absl::optional<PluginRow>> FindPluginOfAnyPractice(Transaction& transaction,
                                                                  int64_t plugin_id);
// Of every practice: what the host is to run.
absl::StatusOr<std::vector<PluginRow>> ListEnabledPlugins(Transaction& transaction);

// The numbers are those of mendwork.admin.v1.Delivery.
enum class DeliveryState : int64_t { kPending = 1, kDelivered = 2, kDead = 3, kSuppressed = 4 };
enum class DeliveryKind : int64_t {
  kResponseReleased = 1,
  kReleaseRevoked = 2,
  kAppointmentChanged = 3,
  kAppointmentRevoked = 4,
};

struct DeliveryRow {
  int64_t delivery_id = 0;
  int64_t practice_id = 0;
  int64_t plugin_id = 0;
  int64_t person_id = 0;
  int64_t release_id = 0;  // 0 if it is about an appointment
  int64_t copy_id = 0;     // 0 if it is about a release
  DeliveryKind kind = DeliveryKind::kResponseReleased;
  DeliveryState state = DeliveryState::kPending;
  int64_t attempt_count = 0;
  absl::Time next_attempt_time;
  std::string last_error;  // a code, never content
  absl::Time create_time;
  absl::optional<absl::Time> deliver_time;
};

absl::Status InsertDelivery(WriteTransaction& transaction, const DeliveryRow& row);
absl::Status UpdateDelivery(WriteTransaction& transaction, const DeliveryRow& row);
absl::StatusOr<absl::optional<DeliveryRow>> FindDelivery(Transaction& transaction, int64_t practice_id,
                                                         int64_t delivery_id);
// Newest first: those with an id below `range.after_id`.
absl::StatusOr<std::vector<DeliveryRow>> ListDeliveries(Transaction& transaction, int64_t practice_id,
                                                        int64_t plugin_id, PageRange range);
// The oldest waiting delivery of each person to that plugin (order is kept per plugin and person), by next
// attempt.
absl::StatusOr<std::vector<DeliveryRow>> ListNextDeliveries(Transaction& transaction, int64_t plugin_id,
                                                            int64_t limit);
// Was the delivery of this release tried at least once? Then a copy may exist in the other system.
absl::StatusOr<bool> WasAttempted(Transaction& transaction, int64_t practice_id, int64_t release_id);

struct DeliveryCounts {
  int64_t pending = 0;
  int64_t dead = 0;
};
absl::StatusOr<DeliveryCounts> CountDeliveries(Transaction& transaction, int64_t practice_id);

struct RequestRecordRow {
  int64_t record_id = 0;
  int64_t practice_id = 0;
  int64_t caller_id = 0;
  std::string method;
  std::string request_id;
  std::string body_hash;
  std::string outcome;              // sealed; empty where the reply held a secret
  absl::optional<int64_t> code_id;  // the one-time code that the reply held
  absl::Time create_time;
};

absl::Status InsertRequestRecord(WriteTransaction& transaction, const RequestRecordRow& row);
absl::StatusOr<absl::optional<RequestRecordRow>> FindRequestRecord(Transaction& transaction,
                                                                   int64_t caller_id,
                                                                   absl::string_view method,
                                                                   absl::string_view request_id);
absl::Status DeleteRequestRecord(WriteTransaction& transaction, int64_t record_id);
// Deletes at most `limit` of the oldest records that were made before `cut`.
absl::Status PruneRequestRecords(WriteTransaction& transaction, absl::Time cut, int64_t limit);

}  // namespace mendwork::store
