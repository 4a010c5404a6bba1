// Rows of consents and releases.
#pragma once

#include <string>
#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

// The numbers are those of mendwork.v1.Audience.Kind.
enum class AudienceKind : int64_t { kTherapist = 1, kPartner = 2, kPlugin = 3 };
enum class ScopeKind : int64_t { kEverything = 1, kExercise = 2, kItem = 3 };

struct ConsentRow {
  int64_t consent_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t person_id = 0;
  AudienceKind audience_kind = AudienceKind::kTherapist;
  int64_t audience_id = 0;  // 0 for the treating therapists, else a person or a plugin
  ScopeKind scope_kind = ScopeKind::kEverything;
  std::string scope_exercise;
  int64_t scope_response_id = 0;
  std::string scope_item;
  int64_t purpose = 0;
  absl::Time create_time;
  absl::Time effective_time;
  absl::optional<absl::Time> expire_time;
  absl::optional<absl::Time> withdraw_time;
  std::string wording_hash;
  std::string wording_version;
  std::string language;
};

absl::Status InsertConsent(WriteTransaction& transaction, const ConsentRow& row);
absl::Status WithdrawConsent(WriteTransaction& transaction, int64_t practice_id, int64_t consent_id,
                             absl::Time withdraw_time);
absl::StatusOr<absl::optional<ConsentRow>> FindConsent(Transaction& transaction, int64_t practice_id,
                                                       int64_t consent_id);
absl::StatusOr<std::vector<ConsentRow>> ListConsents(Transaction& transaction, int64_t practice_id,
                                                     int64_t person_id, PageRange range);
// Consents of `person_id` to that audience that hold at `now`.
absl::StatusOr<std::vector<ConsentRow>> ListConsentsInForce(Transaction& transaction, int64_t practice_id,
                                                            int64_t person_id, AudienceKind audience_kind,
                                                            int64_t audience_id, absl::Time now);
// Everybody's consents within the couple to that audience that hold at `now`.
absl::StatusOr<std::vector<ConsentRow>> ListConsentsToAudience(Transaction& transaction, int64_t practice_id,
                                                               int64_t couple_id, AudienceKind audience_kind,
                                                               int64_t audience_id, absl::Time now);

// The numbers are those of mendwork.v1.Release.State.
enum class ReleaseState : int64_t { kReleased = 1, kRevoked = 2 };

struct ReleaseRow {
  int64_t release_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t response_id = 0;
  int64_t person_id = 0;
  int64_t plugin_id = 0;
  int64_t releaser_id = 0;
  int64_t content_version = 0;  // what was released; an amendment needs a release of its own
  ReleaseState state = ReleaseState::kReleased;
  absl::Time create_time;
  absl::optional<absl::Time> revoke_time;
  std::string external_references;  // sealed; empty before the first delivery
  int64_t external_references_version = 0;
};

absl::Status InsertRelease(WriteTransaction& transaction, const ReleaseRow& row);
absl::Status UpdateRelease(WriteTransaction& transaction, const ReleaseRow& row);
absl::StatusOr<absl::optional<ReleaseRow>> FindRelease(Transaction& transaction, int64_t practice_id,
                                                       int64_t release_id);
absl::StatusOr<std::vector<ReleaseRow>> ListReleases(Transaction& transaction, int64_t practice_id,
                                                     int64_t couple_id, PageRange range);
// Releases in force of one person to one plugin.
absl::StatusOr<std::vector<ReleaseRow>> ListReleasesInForce(Transaction& transaction, int64_t practice_id,
                                                            int64_t person_id, int64_t plugin_id);
// Releases in force of one response, to any plugin.
absl::StatusOr<std::vector<ReleaseRow>> ListReleasesOfResponse(Transaction& transaction, int64_t practice_id,
                                                               int64_t response_id);

}  // namespace mendwork::store
