#include "service/store/plugin_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertPlugin[] =
    "INSERT INTO plugin (plugin_id, practice_id, plugin_key, plugin_version, display_name, "
    "package_directory, "
    "executable_path, executable_sha256, manifest, state, requested_data_classes, granted_data_classes, "
    "granted_egress, configuration, configuration_version, create_time_us, version) VALUES ($plugin_id, "
    "$practice_id, "
    "$plugin_key, $plugin_version, $display_name, $package_directory, $executable_path, $executable_sha256, "
    "$manifest, "
    "$state, $requested_data_classes, $granted_data_classes, $granted_egress, $configuration, "
    "$configuration_version, "
    "$create_time, $version)";
constexpr char kUpdatePlugin[] =
    "UPDATE plugin SET plugin_version = $plugin_version, display_name = $display_name, "
    "package_directory = $package_directory, executable_path = $executable_path, "
    "executable_sha256 = $executable_sha256, manifest = $manifest, state = $state, "
    "requested_data_classes = $requested_data_classes, granted_data_classes = $granted_data_classes, "
    "granted_egress = $granted_egress, configuration = $configuration, "
    "configuration_version = $configuration_version, version = $version "
    "WHERE practice_id = $practice_id AND plugin_id = $plugin_id";
constexpr char kFindPlugin[] =
    "SELECT plugin_id, practice_id, plugin_key, plugin_version, display_name, package_directory, "
    "executable_path, "
    "executable_sha256, manifest, state, requested_data_classes, granted_data_classes, granted_egress, "
    "configuration, "
    "configuration_version, create_time_us, version FROM plugin "
    "WHERE practice_id = $practice_id AND plugin_id = $plugin_id";
constexpr char kFindPluginByKey[] =
    "SELECT plugin_id, practice_id, plugin_key, plugin_version, display_name, package_directory, "
    "executable_path, "
    "executable_sha256, manifest, state, requested_data_classes, granted_data_classes, granted_egress, "
    "configuration, "
    "configuration_version, create_time_us, version FROM plugin "
    "WHERE practice_id = $practice_id AND plugin_key = $plugin_key";
constexpr char kListPlugins[] =
    "SELECT plugin_id, practice_id, plugin_key, plugin_version, display_name, package_directory, "
    "executable_path, "
    "executable_sha256, manifest, state, requested_data_classes, granted_data_classes, granted_egress, "
    "configuration, "
    "configuration_version, create_time_us, version FROM plugin "
    "WHERE practice_id = $practice_id AND plugin_id > $after_id ORDER BY plugin_id LIMIT $limit";
constexpr char kListEnabledPlugins[] =
    "SELECT plugin_id, practice_id, plugin_key, plugin_version, display_name, package_directory, "
    "executable_path, "
    "executable_sha256, manifest, state, requested_data_classes, granted_data_classes, granted_egress, "
    "configuration, "
    "configuration_version, create_time_us, version FROM plugin WHERE state = 2 ORDER BY plugin_id";

constexpr char kFindPluginOfAnyPractice[] =
    "SELECT plugin_id, practice_id, plugin_key, plugin_version, display_name, package_directory, "
    "executable_path, "
    "executable_sha256, manifest, state, requested_data_classes, granted_data_classes, granted_egress, "
    "configuration, "
    "configuration_version, create_time_us, version FROM plugin WHERE plugin_id = $plugin_id";

constexpr char kInsertDelivery[] =
    "INSERT INTO delivery (delivery_id, practice_id, plugin_id, person_id, release_id, copy_id, kind, state, "
    "attempt_count, next_attempt_time_us, last_error, create_time_us, deliver_time_us) VALUES ($delivery_id, "
    "$practice_id, $plugin_id, $person_id, nullif($release_id, 0), nullif($copy_id, 0), $kind, $state, "
    "$attempt_count, $next_attempt_time, $last_error, $create_time, NULL)";
constexpr char kUpdateDelivery[] =
    "UPDATE delivery SET state = $state, attempt_count = $attempt_count, next_attempt_time_us = "
    "$next_attempt_time, "
    "last_error = $last_error, deliver_time_us = $deliver_time "
    "WHERE practice_id = $practice_id AND delivery_id = $delivery_id";
constexpr char kFindDelivery[] =
    "SELECT delivery_id, practice_id, plugin_id, person_id, release_id, kind, state, attempt_count, "
    "next_attempt_time_us, last_error, create_time_us, deliver_time_us, copy_id FROM delivery "
    "WHERE practice_id = $practice_id AND delivery_id = $delivery_id";
constexpr char kListDeliveries[] =
    "SELECT delivery_id, practice_id, plugin_id, person_id, release_id, kind, state, attempt_count, "
    "next_attempt_time_us, last_error, create_time_us, deliver_time_us, copy_id FROM delivery "
    "WHERE practice_id = $practice_id AND plugin_id = $plugin_id AND delivery_id < $before_id "
    "ORDER BY delivery_id DESC LIMIT $limit";
// A plain scan over the partial index: the waiting deliveries are few.
constexpr char kListNextDeliveries[] =
    "SELECT d.delivery_id, d.practice_id, d.plugin_id, d.person_id, d.release_id, d.kind, d.state, "
    "d.attempt_count, "
    "d.next_attempt_time_us, d.last_error, d.create_time_us, d.deliver_time_us, d.copy_id FROM delivery d "
    "WHERE d.plugin_id = $plugin_id AND d.state = 1 AND NOT EXISTS (SELECT 1 FROM delivery e "
    "WHERE e.plugin_id = d.plugin_id AND e.person_id = d.person_id AND e.state = 1 AND e.delivery_id < "
    "d.delivery_id) "
    "ORDER BY d.next_attempt_time_us, d.delivery_id LIMIT $limit";
constexpr char kWasAttempted[] =
    "SELECT EXISTS (SELECT 1 FROM delivery WHERE practice_id = $practice_id AND release_id = $release_id "
    "AND kind = 1 AND attempt_count > 0)";
constexpr char kCountDeliveries[] =
    "SELECT coalesce(sum(state = 1), 0), coalesce(sum(state = 3), 0) FROM delivery WHERE practice_id = "
    "$practice_id";

constexpr char kInsertRequestRecord[] =
    "INSERT INTO request_record (record_id, practice_id, caller_id, method, request_id, body_hash, outcome, "
    "code_id, create_time_us) VALUES ($record_id, $practice_id, $caller_id, $method, $request_id, "
    "$body_hash, $outcome, "
    "$code_id, $create_time)";
constexpr char kFindRequestRecord[] =
    "SELECT record_id, practice_id, caller_id, method, request_id, body_hash, outcome, code_id, "
    "create_time_us "
    "FROM request_record WHERE caller_id = $caller_id AND request_id = $request_id AND method = $method";
constexpr char kDeleteRequestRecord[] = "DELETE FROM request_record WHERE record_id = $record_id";
constexpr char kPruneRequestRecords[] =
    "DELETE FROM request_record WHERE record_id IN (SELECT record_id FROM request_record ORDER BY record_id "
    "LIMIT $limit) AND create_time_us < $cut";

absl::optional<Blob> OptionalBlob(absl::string_view bytes) {
  return bytes.empty() ? absl::optional<Blob>() : absl::optional<Blob>(Blob{bytes});
}

std::string BlobOrEmpty(Statement& statement, int column) {
  return statement.IsNull(column) ? std::string() : statement.Blob(column);
}

PluginRow ReadPlugin(Statement& statement) {
  return {.plugin_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .plugin_key = statement.Text(2),
          .plugin_version = statement.Text(3),
          .display_name = statement.Text(4),
          .package_directory = statement.Text(5),
          .executable_path = statement.Text(6),
          .executable_sha256 = statement.Text(7),
          .manifest = statement.Text(8),
          .state = static_cast<PluginState>(statement.Int64(9)),
          .requested_data_classes = statement.Int64(10),
          .granted_data_classes = statement.Int64(11),
          .granted_egress = statement.Text(12),
          .configuration = BlobOrEmpty(statement, 13),
          .configuration_version = statement.Int64(14),
          .create_time = statement.Time(15),
          .version = statement.Int64(16)};
}

DeliveryRow ReadDelivery(Statement& statement) {
  return {.delivery_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .plugin_id = statement.Int64(2),
          .person_id = statement.Int64(3),
          .release_id = statement.OptionalInt64(4).value_or(0),
          .copy_id = statement.OptionalInt64(12).value_or(0),
          .kind = static_cast<DeliveryKind>(statement.Int64(5)),
          .state = static_cast<DeliveryState>(statement.Int64(6)),
          .attempt_count = statement.Int64(7),
          .next_attempt_time = statement.Time(8),
          .last_error = statement.Text(9),
          .create_time = statement.Time(10),
          .deliver_time = statement.OptionalTime(11)};
}

RequestRecordRow ReadRequestRecord(Statement& statement) {
  return {.record_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .caller_id = statement.Int64(2),
          .method = statement.Text(3),
          .request_id = statement.Text(4),
          .body_hash = statement.Blob(5),
          .outcome = BlobOrEmpty(statement, 6),
          .code_id = statement.OptionalInt64(7),
          .create_time = statement.Time(8)};
}

}  // namespace

absl::Status InsertPlugin(WriteTransaction& transaction, const PluginRow& row) {
  return transaction.Query(kInsertPlugin)
      .Bind("$plugin_id", row.plugin_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$plugin_key", row.plugin_key)
      .Bind("$plugin_version", row.plugin_version)
      .Bind("$display_name", row.display_name)
      .Bind("$package_directory", row.package_directory)
      .Bind("$executable_path", row.executable_path)
      .Bind("$executable_sha256", row.executable_sha256)
      .Bind("$manifest", row.manifest)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$requested_data_classes", row.requested_data_classes)
      .Bind("$granted_data_classes", row.granted_data_classes)
      .Bind("$granted_egress", row.granted_egress)
      .Bind("$configuration", OptionalBlob(row.configuration))
      .Bind("$configuration_version", row.configuration_version)
      .Bind("$create_time", row.create_time)
      .Bind("$version", row.version)
      .Run();
}

absl::Status UpdatePlugin(WriteTransaction& transaction, const PluginRow& row) {
  return transaction.Query(kUpdatePlugin)
      .Bind("$plugin_id", row.plugin_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$plugin_version", row.plugin_version)
      .Bind("$display_name", row.display_name)
      .Bind("$package_directory", row.package_directory)
      .Bind("$executable_path", row.executable_path)
      .Bind("$executable_sha256", row.executable_sha256)
      .Bind("$manifest", row.manifest)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$requested_data_classes", row.requested_data_classes)
      .Bind("$granted_data_classes", row.granted_data_classes)
      .Bind("$granted_egress", row.granted_egress)
      .Bind("$configuration", OptionalBlob(row.configuration))
      .Bind("$configuration_version", row.configuration_version)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<PluginRow>> FindPlugin(Transaction& transaction, int64_t practice_id,
                                                     int64_t plugin_id) {
  return ReadOne(
      transaction.Query(kFindPlugin).Bind("$practice_id", practice_id).Bind("$plugin_id", plugin_id),
      ReadPlugin);
}

absl::StatusOr<absl::optional<PluginRow>> FindPluginByKey(Transaction& transaction, int64_t practice_id,
                                                          absl::string_view plugin_key) {
  return ReadOne(
      transaction.Query(kFindPluginByKey).Bind("$practice_id", practice_id).Bind("$plugin_key", plugin_key),
      ReadPlugin);
}

absl::StatusOr<std::vector<PluginRow>> ListPlugins(Transaction& transaction, int64_t practice_id,
                                                   PageRange range) {
  return ReadAll(transaction.Query(kListPlugins)
                     .Bind("$practice_id", practice_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadPlugin);
}

absl::StatusOr<absl::optional<PluginRow>> FindPluginOfAnyPractice(Transaction& transaction,
                                                                  int64_t plugin_id) {
  return ReadOne(transaction.Query(kFindPluginOfAnyPractice).Bind("$plugin_id", plugin_id), ReadPlugin);
}

absl::StatusOr<std::vector<PluginRow>> ListEnabledPlugins(Transaction& transaction) {
  return ReadAll(transaction.Query(kListEnabledPlugins), ReadPlugin);
}

absl::Status InsertDelivery(WriteTransaction& transaction, const DeliveryRow& row) {
  return transaction.Query(kInsertDelivery)
      .Bind("$delivery_id", row.delivery_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$plugin_id", row.plugin_id)
      .Bind("$person_id", row.person_id)
      .Bind("$release_id", row.release_id)
      .Bind("$copy_id", row.copy_id)
      .Bind("$kind", static_cast<int64_t>(row.kind))
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$attempt_count", row.attempt_count)
      .Bind("$next_attempt_time", row.next_attempt_time)
      .Bind("$last_error", row.last_error)
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::Status UpdateDelivery(WriteTransaction& transaction, const DeliveryRow& row) {
  return transaction.Query(kUpdateDelivery)
      .Bind("$practice_id", row.practice_id)
      .Bind("$delivery_id", row.delivery_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$attempt_count", row.attempt_count)
      .Bind("$next_attempt_time", row.next_attempt_time)
      .Bind("$last_error", row.last_error)
      .Bind("$deliver_time", row.deliver_time)
      .Run();
}

absl::StatusOr<absl::optional<DeliveryRow>> FindDelivery(Transaction& transaction, int64_t practice_id,
                                                         int64_t delivery_id) {
  return ReadOne(
      transaction.Query(kFindDelivery).Bind("$practice_id", practice_id).Bind("$delivery_id", delivery_id),
      ReadDelivery);
}

absl::StatusOr<std::vector<DeliveryRow>> ListDeliveries(Transaction& transaction, int64_t practice_id,
                                                        int64_t plugin_id, PageRange range) {
  return ReadAll(transaction.Query(kListDeliveries)
                     .Bind("$practice_id", practice_id)
                     .Bind("$plugin_id", plugin_id)
                     .Bind("$before_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadDelivery);
}

absl::StatusOr<std::vector<DeliveryRow>> ListNextDeliveries(Transaction& transaction, int64_t plugin_id,
                                                            int64_t limit) {
  return ReadAll(transaction.Query(kListNextDeliveries).Bind("$plugin_id", plugin_id).Bind("$limit", limit),
                 ReadDelivery);
}

absl::StatusOr<bool> WasAttempted(Transaction& transaction, int64_t practice_id, int64_t release_id) {
  Statement statement =
      transaction.Query(kWasAttempted).Bind("$practice_id", practice_id).Bind("$release_id", release_id);
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.Bool(0);
}

absl::StatusOr<DeliveryCounts> CountDeliveries(Transaction& transaction, int64_t practice_id) {
  Statement statement = transaction.Query(kCountDeliveries).Bind("$practice_id", practice_id);
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return DeliveryCounts{.pending = statement.Int64(0), .dead = statement.Int64(1)};
}

absl::Status InsertRequestRecord(WriteTransaction& transaction, const RequestRecordRow& row) {
  return transaction.Query(kInsertRequestRecord)
      .Bind("$record_id", row.record_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$caller_id", row.caller_id)
      .Bind("$method", row.method)
      .Bind("$request_id", row.request_id)
      .Bind("$body_hash", Blob{row.body_hash})
      .Bind("$outcome", OptionalBlob(row.outcome))
      .Bind("$code_id", row.code_id)
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::StatusOr<absl::optional<RequestRecordRow>> FindRequestRecord(Transaction& transaction,
                                                                   int64_t caller_id,
                                                                   absl::string_view method,
                                                                   absl::string_view request_id) {
  return ReadOne(transaction.Query(kFindRequestRecord)
                     .Bind("$caller_id", caller_id)
                     .Bind("$method", method)
                     .Bind("$request_id", request_id),
                 ReadRequestRecord);
}

absl::Status DeleteRequestRecord(WriteTransaction& transaction, int64_t record_id) {
  return transaction.Query(kDeleteRequestRecord).Bind("$record_id", record_id).Run();
}

absl::Status PruneRequestRecords(WriteTransaction& transaction, absl::Time cut, int64_t limit) {
  return transaction.Query(kPruneRequestRecords).Bind("$cut", cut).Bind("$limit", limit).Run();
}

}  // namespace mendwork::store
