#include "service/store/people_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertPractice[] =
    "INSERT INTO practice (practice_id, display_name, demo, partner_grant_delay_us, withdrawal_policy, "
    "reading_hours, "
    "support_contacts, create_time_us, version) VALUES ($practice_id, $display_name, $demo, "
    "$partner_grant_delay_us, "
    "$withdrawal_policy, $reading_hours, $support_contacts, $create_time, $version)";
constexpr char kFindPractice[] =
    "SELECT practice_id, display_name, demo, partner_grant_delay_us, withdrawal_policy, reading_hours, "
    "support_contacts, create_time_us, version FROM practice WHERE practice_id = $practice_id";
constexpr char kUpdatePractice[] =
    "UPDATE practice SET display_name = $display_name, partner_grant_delay_us = $partner_grant_delay_us, "
    "withdrawal_policy = $withdrawal_policy, reading_hours = $reading_hours, support_contacts = "
    "$support_contacts, "
    "version = $version WHERE practice_id = $practice_id";
// 64 is the bit of ROLE_ADMINISTRATOR; staff_state 3 is disabled.
constexpr char kCountAdministrators[] =
    "SELECT count(*) FROM person WHERE practice_id = $practice_id AND (roles & 64) != 0 AND staff_state != 3";
constexpr char kAnyPractice[] = "SELECT EXISTS (SELECT 1 FROM practice)";

constexpr char kInsertPerson[] =
    "INSERT INTO person (person_id, practice_id, roles, staff_state, language, time_zone, identity, "
    "identity_version, "
    "create_time_us, version) VALUES ($person_id, $practice_id, $roles, $staff_state, $language, $time_zone, "
    "$identity, "
    "$identity_version, $create_time, $version)";
constexpr char kFindPerson[] =
    "SELECT person_id, practice_id, roles, staff_state, language, time_zone, identity, identity_version, "
    "create_time_us, version FROM person WHERE practice_id = $practice_id AND person_id = $person_id";
constexpr char kUpdatePerson[] =
    "UPDATE person SET roles = $roles, staff_state = $staff_state, language = $language, time_zone = "
    "$time_zone, "
    "identity = $identity, identity_version = $identity_version, version = $version "
    "WHERE practice_id = $practice_id AND person_id = $person_id";
constexpr char kListStaff[] =
    "SELECT person_id, practice_id, roles, staff_state, language, time_zone, identity, identity_version, "
    "create_time_us, version FROM person WHERE practice_id = $practice_id AND staff_state != 0 "
    "AND person_id > $after_id ORDER BY person_id LIMIT $limit";

constexpr char kPutCredential[] =
    "INSERT INTO credential (person_id, practice_id, sign_in_hash, secret_hash, create_time_us) "
    "VALUES ($person_id, $practice_id, $sign_in_hash, $secret_hash, $create_time) "
    "ON CONFLICT (person_id) DO UPDATE SET sign_in_hash = excluded.sign_in_hash, secret_hash = "
    "excluded.secret_hash, "
    "create_time_us = excluded.create_time_us";
constexpr char kFindCredentialBySignInHash[] =
    "SELECT person_id, practice_id, sign_in_hash, secret_hash, create_time_us FROM credential "
    "WHERE sign_in_hash = $sign_in_hash";
constexpr char kFindCredential[] =
    "SELECT person_id, practice_id, sign_in_hash, secret_hash, create_time_us FROM credential "
    "WHERE person_id = $person_id";

constexpr char kInsertOneTimeCode[] =
    "INSERT INTO one_time_code (code_id, practice_id, person_id, code_hash, expire_time_us, end_time_us) "
    "VALUES ($code_id, $practice_id, $person_id, $code_hash, $expire_time, NULL)";
constexpr char kFindOneTimeCode[] =
    "SELECT code_id, practice_id, person_id, code_hash, expire_time_us, end_time_us FROM one_time_code "
    "WHERE code_hash = $code_hash";
constexpr char kEndOneTimeCodes[] =
    "UPDATE one_time_code SET end_time_us = $end_time WHERE person_id = $person_id AND end_time_us IS NULL";

constexpr char kEndOneTimeCode[] =
    "UPDATE one_time_code SET end_time_us = $end_time WHERE code_id = $code_id AND end_time_us IS NULL";
constexpr char kNewestOneTimeCode[] = "SELECT max(code_id) FROM one_time_code WHERE code_id > $after_id";

constexpr char kInsertSession[] =
    "INSERT INTO session (session_id, practice_id, person_id, token_hash, create_time_us, expire_time_us, "
    "end_time_us) "
    "VALUES ($session_id, $practice_id, $person_id, $token_hash, $create_time, $expire_time, NULL)";
constexpr char kEndSession[] =
    "UPDATE session SET end_time_us = $end_time WHERE session_id = $session_id AND end_time_us IS NULL";
constexpr char kEndSessionsOfPerson[] =
    "UPDATE session SET end_time_us = $end_time WHERE person_id = $person_id AND session_id != "
    "$except_session_id "
    "AND end_time_us IS NULL";
constexpr char kListLiveSessions[] =
    "SELECT s.session_id, s.practice_id, s.person_id, s.token_hash, s.create_time_us, s.expire_time_us, "
    "p.roles, "
    "p.language, coalesce(m.couple_id, 0) FROM session s JOIN person p ON p.person_id = s.person_id "
    "LEFT JOIN partner m ON m.person_id = s.person_id "
    "WHERE s.end_time_us IS NULL AND s.expire_time_us > $now ORDER BY s.session_id";

PracticeRow ReadPractice(Statement& statement) {
  return {.practice_id = statement.Int64(0),
          .display_name = statement.Text(1),
          .demo = statement.Bool(2),
          .partner_grant_delay_us = statement.Int64(3),
          .withdrawal_policy = statement.Int64(4),
          .reading_hours = statement.Text(5),
          .support_contacts = statement.Text(6),
          .create_time = statement.Time(7),
          .version = statement.Int64(8)};
}

PersonRow ReadPerson(Statement& statement) {
  return {.person_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .roles = static_cast<uint32_t>(statement.Int64(2)),
          .staff_state = static_cast<StaffState>(statement.Int64(3)),
          .language = statement.Text(4),
          .time_zone = statement.Text(5),
          .identity = statement.Blob(6),
          .identity_version = statement.Int64(7),
          .create_time = statement.Time(8),
          .version = statement.Int64(9)};
}

CredentialRow ReadCredential(Statement& statement) {
  return {.person_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .sign_in_hash = statement.Blob(2),
          .secret_hash = statement.Text(3),
          .create_time = statement.Time(4)};
}

OneTimeCodeRow ReadOneTimeCode(Statement& statement) {
  return {.code_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .person_id = statement.Int64(2),
          .code_hash = statement.Blob(3),
          .expire_time = statement.Time(4),
          .end_time = statement.OptionalTime(5)};
}

LiveSessionRow ReadLiveSession(Statement& statement) {
  return {.session = {.session_id = statement.Int64(0),
                      .practice_id = statement.Int64(1),
                      .person_id = statement.Int64(2),
                      .token_hash = statement.Blob(3),
                      .create_time = statement.Time(4),
                      .expire_time = statement.Time(5)},
          .roles = static_cast<uint32_t>(statement.Int64(6)),
          .language = statement.Text(7),
          .couple_id = statement.Int64(8)};
}

absl::StatusOr<int64_t> ReadNumber(Statement statement) {
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int64(0);
}

}  // namespace

absl::Status InsertPractice(WriteTransaction& transaction, const PracticeRow& row) {
  return transaction.Query(kInsertPractice)
      .Bind("$practice_id", row.practice_id)
      .Bind("$display_name", row.display_name)
      .Bind("$demo", row.demo)
      .Bind("$partner_grant_delay_us", row.partner_grant_delay_us)
      .Bind("$withdrawal_policy", row.withdrawal_policy)
      .Bind("$reading_hours", row.reading_hours)
      .Bind("$support_contacts", row.support_contacts)
      .Bind("$create_time", row.create_time)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<PracticeRow>> FindPractice(Transaction& transaction, int64_t practice_id) {
  return ReadOne(transaction.Query(kFindPractice).Bind("$practice_id", practice_id), ReadPractice);
}

absl::Status UpdatePractice(WriteTransaction& transaction, const PracticeRow& row) {
  return transaction.Query(kUpdatePractice)
      .Bind("$practice_id", row.practice_id)
      .Bind("$display_name", row.display_name)
      .Bind("$partner_grant_delay_us", row.partner_grant_delay_us)
      .Bind("$withdrawal_policy", row.withdrawal_policy)
      .Bind("$reading_hours", row.reading_hours)
      .Bind("$support_contacts", row.support_contacts)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<int64_t> CountAdministrators(Transaction& transaction, int64_t practice_id) {
  return ReadNumber(transaction.Query(kCountAdministrators).Bind("$practice_id", practice_id));
}

absl::StatusOr<bool> AnyPracticeExists(Transaction& transaction) {
  MENDWORK_ASSIGN_OR_RETURN(int64_t exists, ReadNumber(transaction.Query(kAnyPractice)));
  return exists != 0;
}

absl::Status InsertPerson(WriteTransaction& transaction, const PersonRow& row) {
  return transaction.Query(kInsertPerson)
      .Bind("$person_id", row.person_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$roles", row.roles)
      .Bind("$staff_state", static_cast<int64_t>(row.staff_state))
      .Bind("$language", row.language)
      .Bind("$time_zone", row.time_zone)
      .Bind("$identity", Blob{row.identity})
      .Bind("$identity_version", row.identity_version)
      .Bind("$create_time", row.create_time)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<PersonRow>> FindPerson(Transaction& transaction, int64_t practice_id,
                                                     int64_t person_id) {
  return ReadOne(
      transaction.Query(kFindPerson).Bind("$practice_id", practice_id).Bind("$person_id", person_id),
      ReadPerson);
}

absl::Status UpdatePerson(WriteTransaction& transaction, const PersonRow& row) {
  return transaction.Query(kUpdatePerson)
      .Bind("$person_id", row.person_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$roles", row.roles)
      .Bind("$staff_state", static_cast<int64_t>(row.staff_state))
      .Bind("$language", row.language)
      .Bind("$time_zone", row.time_zone)
      .Bind("$identity", Blob{row.identity})
      .Bind("$identity_version", row.identity_version)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<std::vector<PersonRow>> ListStaff(Transaction& transaction, int64_t practice_id,
                                                 PageRange range) {
  return ReadAll(transaction.Query(kListStaff)
                     .Bind("$practice_id", practice_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadPerson);
}

absl::Status PutCredential(WriteTransaction& transaction, const CredentialRow& row) {
  return transaction.Query(kPutCredential)
      .Bind("$person_id", row.person_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$sign_in_hash", Blob{row.sign_in_hash})
      .Bind("$secret_hash", row.secret_hash)
      .Bind("$create_time", row.create_time)
      .Run();
}

absl::StatusOr<absl::optional<CredentialRow>> FindCredentialBySignInHash(Transaction& transaction,
                                                                         absl::string_view sign_in_hash) {
  return ReadOne(transaction.Query(kFindCredentialBySignInHash).Bind("$sign_in_hash", Blob{sign_in_hash}),
                 ReadCredential);
}

absl::StatusOr<absl::optional<CredentialRow>> FindCredential(Transaction& transaction, int64_t person_id) {
  return ReadOne(transaction.Query(kFindCredential).Bind("$person_id", person_id), ReadCredential);
}

absl::Status InsertOneTimeCode(WriteTransaction& transaction, const OneTimeCodeRow& row) {
  return transaction.Query(kInsertOneTimeCode)
      .Bind("$code_id", row.code_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$person_id", row.person_id)
      .Bind("$code_hash", Blob{row.code_hash})
      .Bind("$expire_time", row.expire_time)
      .Run();
}

absl::StatusOr<absl::optional<OneTimeCodeRow>> FindOneTimeCode(Transaction& transaction,
                                                               absl::string_view code_hash) {
  return ReadOne(transaction.Query(kFindOneTimeCode).Bind("$code_hash", Blob{code_hash}), ReadOneTimeCode);
}

absl::Status EndOneTimeCode(WriteTransaction& transaction, int64_t code_id, absl::Time end_time) {
  return transaction.Query(kEndOneTimeCode).Bind("$code_id", code_id).Bind("$end_time", end_time).Run();
}

absl::StatusOr<absl::optional<int64_t>> NewestOneTimeCode(Transaction& transaction, int64_t after_id) {
  Statement statement = transaction.Query(kNewestOneTimeCode).Bind("$after_id", after_id);
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.OptionalInt64(0);
}

absl::Status EndOneTimeCodes(WriteTransaction& transaction, int64_t person_id, absl::Time end_time) {
  return transaction.Query(kEndOneTimeCodes).Bind("$person_id", person_id).Bind("$end_time", end_time).Run();
}

absl::Status InsertSession(WriteTransaction& transaction, const SessionRow& row) {
  return transaction.Query(kInsertSession)
      .Bind("$session_id", row.session_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$person_id", row.person_id)
      .Bind("$token_hash", Blob{row.token_hash})
      .Bind("$create_time", row.create_time)
      .Bind("$expire_time", row.expire_time)
      .Run();
}

absl::Status EndSession(WriteTransaction& transaction, int64_t session_id, absl::Time end_time) {
  return transaction.Query(kEndSession).Bind("$session_id", session_id).Bind("$end_time", end_time).Run();
}

absl::Status EndSessionsOfPerson(WriteTransaction& transaction, int64_t person_id, int64_t except_session_id,
                                 absl::Time end_time) {
  return transaction.Query(kEndSessionsOfPerson)
      .Bind("$person_id", person_id)
      .Bind("$except_session_id", except_session_id)
      .Bind("$end_time", end_time)
      .Run();
}

absl::StatusOr<std::vector<LiveSessionRow>> ListLiveSessions(Transaction& transaction, absl::Time now) {
  return ReadAll(transaction.Query(kListLiveSessions).Bind("$now", now), ReadLiveSession);
}

}  // namespace mendwork::store
