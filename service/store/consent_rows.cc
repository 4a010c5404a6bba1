#include "service/store/consent_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertConsent[] =
    "INSERT INTO consent (consent_id, practice_id, couple_id, person_id, audience_kind, audience_id, "
    "scope_kind, "
    "scope_exercise, scope_response_id, scope_item, purpose, create_time_us, effective_time_us, "
    "expire_time_us, "
    "withdraw_time_us, wording_hash, wording_version, language) VALUES ($consent_id, $practice_id, "
    "$couple_id, "
    "$person_id, $audience_kind, $audience_id, $scope_kind, $scope_exercise, $scope_response_id, "
    "$scope_item, "
    "$purpose, $create_time, $effective_time, $expire_time, NULL, $wording_hash, $wording_version, "
    "$language)";
constexpr char kWithdrawConsent[] =
    "UPDATE consent SET withdraw_time_us = $withdraw_time WHERE practice_id = $practice_id "
    "AND consent_id = $consent_id AND withdraw_time_us IS NULL";
constexpr char kFindConsent[] =
    "SELECT consent_id, practice_id, couple_id, person_id, audience_kind, audience_id, scope_kind, "
    "scope_exercise, "
    "scope_response_id, scope_item, purpose, create_time_us, effective_time_us, expire_time_us, "
    "withdraw_time_us, "
    "wording_hash, wording_version, language FROM consent "
    "WHERE practice_id = $practice_id AND consent_id = $consent_id";
constexpr char kListConsents[] =
    "SELECT consent_id, practice_id, couple_id, person_id, audience_kind, audience_id, scope_kind, "
    "scope_exercise, "
    "scope_response_id, scope_item, purpose, create_time_us, effective_time_us, expire_time_us, "
    "withdraw_time_us, "
    "wording_hash, wording_version, language FROM consent WHERE practice_id = $practice_id "
    "AND person_id = $person_id AND consent_id > $after_id ORDER BY consent_id LIMIT $limit";
constexpr char kListConsentsInForce[] =
    "SELECT consent_id, practice_id, couple_id, person_id, audience_kind, audience_id, scope_kind, "
    "scope_exercise, "
    "scope_response_id, scope_item, purpose, create_time_us, effective_time_us, expire_time_us, "
    "withdraw_time_us, "
    "wording_hash, wording_version, language FROM consent WHERE practice_id = $practice_id "
    "AND person_id = $person_id AND audience_kind = $audience_kind AND audience_id = $audience_id "
    "AND withdraw_time_us IS NULL AND effective_time_us <= $now AND (expire_time_us IS NULL OR "
    "expire_time_us > $now) "
    "ORDER BY consent_id";
constexpr char kListConsentsToAudience[] =
    "SELECT consent_id, practice_id, couple_id, person_id, audience_kind, audience_id, scope_kind, "
    "scope_exercise, "
    "scope_response_id, scope_item, purpose, create_time_us, effective_time_us, expire_time_us, "
    "withdraw_time_us, "
    "wording_hash, wording_version, language FROM consent WHERE practice_id = $practice_id "
    "AND couple_id = $couple_id AND audience_kind = $audience_kind AND audience_id = $audience_id "
    "AND withdraw_time_us IS NULL AND effective_time_us <= $now AND (expire_time_us IS NULL OR "
    "expire_time_us > $now) "
    "ORDER BY consent_id";

constexpr char kInsertRelease[] =
    "INSERT INTO release (release_id, practice_id, couple_id, response_id, person_id, plugin_id, "
    "releaser_id, content_version, "
    "state, create_time_us, revoke_time_us, external_references, external_references_version) VALUES "
    "($release_id, "
    "$practice_id, $couple_id, $response_id, $person_id, $plugin_id, $releaser_id, $content_version, $state, "
    "$create_time, NULL, NULL, 0)";
constexpr char kUpdateRelease[] =
    "UPDATE release SET state = $state, revoke_time_us = $revoke_time, external_references = "
    "$external_references, "
    "external_references_version = $external_references_version "
    "WHERE practice_id = $practice_id AND release_id = $release_id";
constexpr char kFindRelease[] =
    "SELECT release_id, practice_id, couple_id, response_id, person_id, plugin_id, releaser_id, "
    "content_version, "
    "state, create_time_us, revoke_time_us, external_references, external_references_version FROM release "
    "WHERE practice_id = $practice_id AND release_id = $release_id";
constexpr char kListReleases[] =
    "SELECT release_id, practice_id, couple_id, response_id, person_id, plugin_id, releaser_id, "
    "content_version, "
    "state, create_time_us, revoke_time_us, external_references, external_references_version FROM release "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id AND release_id > $after_id "
    "ORDER BY release_id LIMIT $limit";
constexpr char kListReleasesInForce[] =
    "SELECT release_id, practice_id, couple_id, response_id, person_id, plugin_id, releaser_id, "
    "content_version, "
    "state, create_time_us, revoke_time_us, external_references, external_references_version FROM release "
    "WHERE practice_id = $practice_id AND person_id = $person_id AND plugin_id = $plugin_id AND state = 1 "
    "ORDER BY release_id";
constexpr char kListReleasesOfResponse[] =
    "SELECT release_id, practice_id, couple_id, response_id, person_id, plugin_id, releaser_id, "
    "content_version, "
    "state, create_time_us, revoke_time_us, external_references, external_references_version FROM release "
    "WHERE practice_id = $practice_id AND response_id = $response_id AND state = 1 ORDER BY release_id";

ConsentRow ReadConsent(Statement& statement) {
  return {.consent_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .person_id = statement.Int64(3),
          .audience_kind = static_cast<AudienceKind>(statement.Int64(4)),
          .audience_id = statement.Int64(5),
          .scope_kind = static_cast<ScopeKind>(statement.Int64(6)),
          .scope_exercise = statement.Text(7),
          .scope_response_id = statement.Int64(8),
          .scope_item = statement.Text(9),
          .purpose = statement.Int64(10),
          .create_time = statement.Time(11),
          .effective_time = statement.Time(12),
          .expire_time = statement.OptionalTime(13),
          .withdraw_time = statement.OptionalTime(14),
          .wording_hash = statement.Text(15),
          .wording_version = statement.Text(16),
          .language = statement.Text(17)};
}

ReleaseRow ReadRelease(Statement& statement) {
  return {.release_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .response_id = statement.Int64(3),
          .person_id = statement.Int64(4),
          .plugin_id = statement.Int64(5),
          .releaser_id = statement.Int64(6),
          .content_version = statement.Int64(7),
          .state = static_cast<ReleaseState>(statement.Int64(8)),
          .create_time = statement.Time(9),
          .revoke_time = statement.OptionalTime(10),
          .external_references = statement.Blob(11),
          .external_references_version = statement.Int64(12)};
}

}  // namespace

absl::Status InsertConsent(WriteTransaction& transaction, const ConsentRow& row) {
  return transaction.Query(kInsertConsent)
      .Bind("$consent_id", row.consent_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$person_id", row.person_id)
      .Bind("$audience_kind", static_cast<int64_t>(row.audience_kind))
      .Bind("$audience_id", row.audience_id)
      .Bind("$scope_kind", static_cast<int64_t>(row.scope_kind))
      .Bind("$scope_exercise", row.scope_exercise)
      .Bind("$scope_response_id", row.scope_response_id)
      .Bind("$scope_item", row.scope_item)
      .Bind("$purpose", row.purpose)
      .Bind("$create_time", row.create_time)
      .Bind("$effective_time", row.effective_time)
      .Bind("$expire_time", row.expire_time)
      .Bind("$wording_hash", row.wording_hash)
      .Bind("$wording_version", row.wording_version)
      .Bind("$language", row.language)
      .Run();
}

absl::Status WithdrawConsent(WriteTransaction& transaction, int64_t practice_id, int64_t consent_id,
                             absl::Time withdraw_time) {
  return transaction.Query(kWithdrawConsent)
      .Bind("$practice_id", practice_id)
      .Bind("$consent_id", consent_id)
      .Bind("$withdraw_time", withdraw_time)
      .Run();
}

absl::StatusOr<absl::optional<ConsentRow>> FindConsent(Transaction& transaction, int64_t practice_id,
                                                       int64_t consent_id) {
  return ReadOne(
      transaction.Query(kFindConsent).Bind("$practice_id", practice_id).Bind("$consent_id", consent_id),
      ReadConsent);
}

absl::StatusOr<std::vector<ConsentRow>> ListConsents(Transaction& transaction, int64_t practice_id,
                                                     int64_t person_id, PageRange range) {
  return ReadAll(transaction.Query(kListConsents)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadConsent);
}

absl::StatusOr<std::vector<ConsentRow>> ListConsentsInForce(Transaction& transaction, int64_t practice_id,
                                                            int64_t person_id, AudienceKind audience_kind,
                                                            int64_t audience_id, absl::Time now) {
  return ReadAll(transaction.Query(kListConsentsInForce)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$audience_kind", static_cast<int64_t>(audience_kind))
                     .Bind("$audience_id", audience_id)
                     .Bind("$now", now),
                 ReadConsent);
}

absl::StatusOr<std::vector<ConsentRow>> ListConsentsToAudience(Transaction& transaction, int64_t practice_id,
                                                               int64_t couple_id, AudienceKind audience_kind,
                                                               int64_t audience_id, absl::Time now) {
  return ReadAll(transaction.Query(kListConsentsToAudience)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$audience_kind", static_cast<int64_t>(audience_kind))
                     .Bind("$audience_id", audience_id)
                     .Bind("$now", now),
                 ReadConsent);
}

absl::Status InsertRelease(WriteTransaction& transaction, const ReleaseRow& row) {
  return transaction.Query(kInsertRelease)
      .Bind("$release_id", row.release_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$response_id", row.response_id)
      .Bind("$person_id", row.person_id)
      .Bind("$plugin_id", row.plugin_id)
      .Bind("$releaser_id", row.releaser_id)
      .Bind("$content_version", row.content_version)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::Status UpdateRelease(WriteTransaction& transaction, const ReleaseRow& row) {
  return transaction.Query(kUpdateRelease)
      .Bind("$practice_id", row.practice_id)
      .Bind("$release_id", row.release_id)
      .Bind("$state", static_cast<int64_t>(row.state))
      .Bind("$revoke_time", row.revoke_time)
      .Bind("$external_references", Blob{row.external_references})
      .Bind("$external_references_version", row.external_references_version)
      .Run();
}

absl::StatusOr<absl::optional<ReleaseRow>> FindRelease(Transaction& transaction, int64_t practice_id,
                                                       int64_t release_id) {
  return ReadOne(
      transaction.Query(kFindRelease).Bind("$practice_id", practice_id).Bind("$release_id", release_id),
      ReadRelease);
}

absl::StatusOr<std::vector<ReleaseRow>> ListReleases(Transaction& transaction, int64_t practice_id,
                                                     int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListReleases)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadRelease);
}

absl::StatusOr<std::vector<ReleaseRow>> ListReleasesInForce(Transaction& transaction, int64_t practice_id,
                                                            int64_t person_id, int64_t plugin_id) {
  return ReadAll(transaction.Query(kListReleasesInForce)
                     .Bind("$practice_id", practice_id)
                     .Bind("$person_id", person_id)
                     .Bind("$plugin_id", plugin_id),
                 ReadRelease);
}

absl::StatusOr<std::vector<ReleaseRow>> ListReleasesOfResponse(Transaction& transaction, int64_t practice_id,
                                                               int64_t response_id) {
  return ReadAll(transaction.Query(kListReleasesOfResponse)
                     .Bind("$practice_id", practice_id)
                     .Bind("$response_id", response_id),
                 ReadRelease);
}

}  // namespace mendwork::store
