// Rows of practices, persons, their secrets, one-time codes and sessions.
#pragma once

#include <string>
#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

struct PracticeRow {
  int64_t practice_id = 0;
  std::string display_name;
  bool demo = false;
  int64_t partner_grant_delay_us = 0;
  int64_t withdrawal_policy = 0;
  std::string reading_hours;
  std::string support_contacts;  // JSON list of {label, contact, confirmed_by, confirmed_on}
  absl::Time create_time;
  int64_t version = 1;
};

absl::Status InsertPractice(WriteTransaction& transaction, const PracticeRow& row);
absl::StatusOr<absl::optional<PracticeRow>> FindPractice(Transaction& transaction, int64_t practice_id);
absl::Status UpdatePractice(WriteTransaction& transaction, const PracticeRow& row);
absl::StatusOr<int64_t> CountAdministrators(Transaction& transaction, int64_t practice_id);
absl::StatusOr<bool> AnyPracticeExists(Transaction& transaction);

// The numbers are those of mendwork.admin.v1.Staff.State; 0 for partners.
enum class StaffState : int64_t { kNone = 0, kInvited = 1, kActive = 2, kDisabled = 3 };

struct PersonRow {
  int64_t person_id = 0;
  int64_t practice_id = 0;
  uint32_t roles = 0;  // bits of app::Role
  StaffState staff_state = StaffState::kNone;
  std::string language;
  std::string time_zone;
  std::string identity;  // sealed
  int64_t identity_version = 1;
  absl::Time create_time;
  int64_t version = 1;
};

absl::Status InsertPerson(WriteTransaction& transaction, const PersonRow& row);
absl::StatusOr<absl::optional<PersonRow>> FindPerson(Transaction& transaction, int64_t practice_id,
                                                     int64_t person_id);
absl::Status UpdatePerson(WriteTransaction& transaction, const PersonRow& row);
absl::StatusOr<std::vector<PersonRow>> ListStaff(Transaction& transaction, int64_t practice_id,
                                                 PageRange range);

struct CredentialRow {
  int64_t person_id = 0;
  int64_t practice_id = 0;
  std::string sign_in_hash;
  std::string secret_hash;  // PHC string
  absl::Time create_time;
};

// Replaces an earlier credential of the person.
absl::Status PutCredential(WriteTransaction& transaction, const CredentialRow& row);
absl::StatusOr<absl::optional<CredentialRow>> FindCredentialBySignInHash(Transaction& transaction,
                                                                         absl::string_view sign_in_hash);
absl::StatusOr<absl::optional<CredentialRow>> FindCredential(Transaction& transaction, int64_t person_id);

struct OneTimeCodeRow {
  int64_t code_id = 0;
  int64_t practice_id = 0;
  int64_t person_id = 0;
  std::string code_hash;
  absl::Time expire_time;
  absl::optional<absl::Time> end_time;  // used or voided
};

absl::Status InsertOneTimeCode(WriteTransaction& transaction, const OneTimeCodeRow& row);
absl::StatusOr<absl::optional<OneTimeCodeRow>> FindOneTimeCode(Transaction& transaction,
                                                               absl::string_view code_hash);
absl::Status EndOneTimeCode(WriteTransaction& transaction, int64_t code_id, absl::Time end_time);
// The newest code with an id above `after_id`, or nothing.
absl::StatusOr<absl::optional<int64_t>> NewestOneTimeCode(Transaction& transaction, int64_t after_id);
absl::Status EndOneTimeCodes(WriteTransaction& transaction, int64_t person_id, absl::Time end_time);

struct SessionRow {
  int64_t session_id = 0;
  int64_t practice_id = 0;
  int64_t person_id = 0;
  std::string token_hash;
  absl::Time create_time;
  absl::Time expire_time;
};

absl::Status InsertSession(WriteTransaction& transaction, const SessionRow& row);
absl::Status EndSession(WriteTransaction& transaction, int64_t session_id, absl::Time end_time);
absl::Status EndSessionsOfPerson(WriteTransaction& transaction, int64_t person_id, int64_t except_session_id,
                                 absl::Time end_time);
// What the session table is loaded from at start.
struct LiveSessionRow {
  SessionRow session;
  uint32_t roles = 0;
  std::string language;
  int64_t couple_id = 0;
};
absl::StatusOr<std::vector<LiveSessionRow>> ListLiveSessions(Transaction& transaction, absl::Time now);

}  // namespace mendwork::store
