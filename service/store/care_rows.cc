#include "service/store/care_rows.h"

namespace mendwork::store {
namespace {

constexpr char kInsertCouple[] =
    "INSERT INTO couple (couple_id, practice_id, state, create_time_us, version) "
    "VALUES ($couple_id, $practice_id, $state, $create_time, $version)";
constexpr char kFindCouple[] =
    "SELECT couple_id, practice_id, state, create_time_us, version FROM couple "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id";
constexpr char kListCouplesOfStaff[] =
    "SELECT c.couple_id, c.practice_id, c.state, c.create_time_us, c.version FROM couple c "
    "WHERE c.practice_id = $practice_id AND c.couple_id > $after_id AND EXISTS (SELECT 1 FROM care_relation "
    "r "
    "WHERE r.staff_id = $staff_id AND r.couple_id = c.couple_id AND r.start_time_us <= $now "
    "AND (r.end_time_us IS NULL OR r.end_time_us > $now)) ORDER BY c.couple_id LIMIT $limit";

constexpr char kInsertPartner[] =
    "INSERT INTO partner (person_id, practice_id, couple_id, state, adult_confirm_time_us, "
    "location_confirm_time_us, "
    "digital_homework, limits_time_us, limits_wording_hash) VALUES ($person_id, $practice_id, $couple_id, "
    "$state, "
    "$adult_confirm_time, $location_confirm_time, $digital_homework, $limits_time, $limits_wording_hash)";
constexpr char kUpdatePartner[] =
    "UPDATE partner SET state = $state, adult_confirm_time_us = $adult_confirm_time, "
    "location_confirm_time_us = $location_confirm_time, digital_homework = $digital_homework, "
    "limits_time_us = $limits_time, limits_wording_hash = $limits_wording_hash "
    "WHERE practice_id = $practice_id AND person_id = $person_id";
constexpr char kFindPartner[] =
    "SELECT m.person_id, m.practice_id, m.couple_id, m.state, m.adult_confirm_time_us, "
    "m.location_confirm_time_us, "
    "m.digital_homework, m.limits_time_us, m.limits_wording_hash, p.language, p.time_zone, p.create_time_us, "
    "p.version, "
    "EXISTS (SELECT 1 FROM credential c WHERE c.person_id = m.person_id) FROM partner m "
    "JOIN person p ON p.person_id = m.person_id WHERE m.practice_id = $practice_id AND m.person_id = "
    "$person_id";
constexpr char kListPartners[] =
    "SELECT m.person_id, m.practice_id, m.couple_id, m.state, m.adult_confirm_time_us, "
    "m.location_confirm_time_us, "
    "m.digital_homework, m.limits_time_us, m.limits_wording_hash, p.language, p.time_zone, p.create_time_us, "
    "p.version, "
    "EXISTS (SELECT 1 FROM credential c WHERE c.person_id = m.person_id) FROM partner m "
    "JOIN person p ON p.person_id = m.person_id WHERE m.practice_id = $practice_id AND m.couple_id = "
    "$couple_id "
    "AND m.person_id > $after_id ORDER BY m.person_id LIMIT $limit";

constexpr char kInsertCareRelation[] =
    "INSERT INTO care_relation (relation_id, practice_id, couple_id, staff_id, kind, start_time_us, "
    "end_time_us) "
    "VALUES ($relation_id, $practice_id, $couple_id, $staff_id, $kind, $start_time, $end_time)";
constexpr char kEndCareRelation[] =
    "UPDATE care_relation SET end_time_us = $end_time WHERE practice_id = $practice_id AND relation_id = "
    "$relation_id";
constexpr char kFindCareRelation[] =
    "SELECT relation_id, practice_id, couple_id, staff_id, kind, start_time_us, end_time_us FROM "
    "care_relation "
    "WHERE practice_id = $practice_id AND relation_id = $relation_id";
constexpr char kListCareRelations[] =
    "SELECT relation_id, practice_id, couple_id, staff_id, kind, start_time_us, end_time_us FROM "
    "care_relation "
    "WHERE practice_id = $practice_id AND couple_id = $couple_id AND relation_id > $after_id "
    "ORDER BY relation_id LIMIT $limit";
constexpr char kHasCareRelation[] =
    "SELECT EXISTS (SELECT 1 FROM care_relation WHERE practice_id = $practice_id AND couple_id = $couple_id "
    "AND staff_id = $staff_id AND start_time_us <= $now AND (end_time_us IS NULL OR end_time_us > $now))";
constexpr char kListCareRelationsOfStaff[] =
    "SELECT relation_id, practice_id, couple_id, staff_id, kind, start_time_us, end_time_us FROM "
    "care_relation "
    "WHERE practice_id = $practice_id AND staff_id = $staff_id AND start_time_us <= $now "
    "AND (end_time_us IS NULL OR end_time_us > $now) ORDER BY relation_id";
constexpr char kCountLeads[] =
    "SELECT count(*) FROM care_relation WHERE practice_id = $practice_id AND couple_id = $couple_id AND kind "
    "= 1 "
    "AND start_time_us <= $now AND (end_time_us IS NULL OR end_time_us > $now)";

CoupleRow ReadCouple(Statement& statement) {
  return {.couple_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .state = statement.Int64(2),
          .create_time = statement.Time(3),
          .version = statement.Int64(4)};
}

PartnerRow ReadPartner(Statement& statement) {
  return {.person_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .state = statement.Int64(3),
          .adult_confirm_time = statement.OptionalTime(4),
          .location_confirm_time = statement.OptionalTime(5),
          .digital_homework = statement.Int64(6),
          .limits_time = statement.OptionalTime(7),
          .limits_wording_hash = statement.Text(8),
          .language = statement.Text(9),
          .time_zone = statement.Text(10),
          .create_time = statement.Time(11),
          .version = statement.Int64(12),
          .enrolled = statement.Bool(13)};
}

CareRelationRow ReadCareRelation(Statement& statement) {
  return {.relation_id = statement.Int64(0),
          .practice_id = statement.Int64(1),
          .couple_id = statement.Int64(2),
          .staff_id = statement.Int64(3),
          .kind = statement.Int64(4),
          .start_time = statement.Time(5),
          .end_time = statement.OptionalTime(6)};
}

absl::StatusOr<int64_t> ReadNumber(Statement statement) {
  MENDWORK_RETURN_IF_ERROR(statement.Step().status());
  return statement.Int64(0);
}

}  // namespace

absl::Status InsertCouple(WriteTransaction& transaction, const CoupleRow& row) {
  return transaction.Query(kInsertCouple)
      .Bind("$couple_id", row.couple_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$state", row.state)
      .Bind("$create_time", row.create_time)
      .Bind("$version", row.version)
      .Run();
}

absl::StatusOr<absl::optional<CoupleRow>> FindCouple(Transaction& transaction, int64_t practice_id,
                                                     int64_t couple_id) {
  return ReadOne(
      transaction.Query(kFindCouple).Bind("$practice_id", practice_id).Bind("$couple_id", couple_id),
      ReadCouple);
}

absl::StatusOr<std::vector<CoupleRow>> ListCouplesOfStaff(Transaction& transaction, int64_t practice_id,
                                                          int64_t staff_id, absl::Time now, PageRange range) {
  return ReadAll(transaction.Query(kListCouplesOfStaff)
                     .Bind("$practice_id", practice_id)
                     .Bind("$staff_id", staff_id)
                     .Bind("$now", now)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadCouple);
}

absl::Status InsertPartner(WriteTransaction& transaction, const PartnerRow& row) {
  return transaction.Query(kInsertPartner)
      .Bind("$person_id", row.person_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$state", row.state)
      .Bind("$adult_confirm_time", row.adult_confirm_time)
      .Bind("$location_confirm_time", row.location_confirm_time)
      .Bind("$digital_homework", row.digital_homework)
      .Bind("$limits_time", row.limits_time)
      .Bind("$limits_wording_hash", row.limits_wording_hash)
      .Run();
}

absl::Status UpdatePartner(WriteTransaction& transaction, const PartnerRow& row) {
  return transaction.Query(kUpdatePartner)
      .Bind("$person_id", row.person_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$state", row.state)
      .Bind("$adult_confirm_time", row.adult_confirm_time)
      .Bind("$location_confirm_time", row.location_confirm_time)
      .Bind("$digital_homework", row.digital_homework)
      .Bind("$limits_time", row.limits_time)
      .Bind("$limits_wording_hash", row.limits_wording_hash)
      .Run();
}

absl::StatusOr<absl::optional<PartnerRow>> FindPartner(Transaction& transaction, int64_t practice_id,
                                                       int64_t person_id) {
  return ReadOne(
      transaction.Query(kFindPartner).Bind("$practice_id", practice_id).Bind("$person_id", person_id),
      ReadPartner);
}

absl::StatusOr<std::vector<PartnerRow>> ListPartners(Transaction& transaction, int64_t practice_id,
                                                     int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListPartners)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadPartner);
}

absl::Status InsertCareRelation(WriteTransaction& transaction, const CareRelationRow& row) {
  return transaction.Query(kInsertCareRelation)
      .Bind("$relation_id", row.relation_id)
      .Bind("$practice_id", row.practice_id)
      .Bind("$couple_id", row.couple_id)
      .Bind("$staff_id", row.staff_id)
      .Bind("$kind", row.kind)
      .Bind("$start_time", row.start_time)
      .Bind("$end_time", row.end_time)
      .Run();
}

absl::Status EndCareRelation(WriteTransaction& transaction, int64_t practice_id, int64_t relation_id,
                             absl::Time end_time) {
  return transaction.Query(kEndCareRelation)
      .Bind("$practice_id", practice_id)
      .Bind("$relation_id", relation_id)
      .Bind("$end_time", end_time)
      .Run();
}

absl::StatusOr<absl::optional<CareRelationRow>> FindCareRelation(Transaction& transaction,
                                                                 int64_t practice_id, int64_t relation_id) {
  return ReadOne(transaction.Query(kFindCareRelation)
                     .Bind("$practice_id", practice_id)
                     .Bind("$relation_id", relation_id),
                 ReadCareRelation);
}

absl::StatusOr<std::vector<CareRelationRow>> ListCareRelations(Transaction& transaction, int64_t practice_id,
                                                               int64_t couple_id, PageRange range) {
  return ReadAll(transaction.Query(kListCareRelations)
                     .Bind("$practice_id", practice_id)
                     .Bind("$couple_id", couple_id)
                     .Bind("$after_id", range.after_id)
                     .Bind("$limit", range.limit),
                 ReadCareRelation);
}

absl::StatusOr<bool> HasCareRelation(Transaction& transaction, int64_t practice_id, int64_t couple_id,
                                     int64_t staff_id, absl::Time now) {
  MENDWORK_ASSIGN_OR_RETURN(int64_t exists, ReadNumber(transaction.Query(kHasCareRelation)
                                                           .Bind("$practice_id", practice_id)
                                                           .Bind("$couple_id", couple_id)
                                                           .Bind("$staff_id", staff_id)
                                                           .Bind("$now", now)));
  return exists != 0;
}

absl::StatusOr<std::vector<CareRelationRow>> ListCareRelationsOfStaff(Transaction& transaction,
                                                                      int64_t practice_id, int64_t staff_id,
                                                                      absl::Time now) {
  return ReadAll(transaction.Query(kListCareRelationsOfStaff)
                     .Bind("$practice_id", practice_id)
                     .Bind("$staff_id", staff_id)
                     .Bind("$now", now),
                 ReadCareRelation);
}

absl::StatusOr<int64_t> CountLeads(Transaction& transaction, int64_t practice_id, int64_t couple_id,
                                   absl::Time now) {
  return ReadNumber(transaction.Query(kCountLeads)
                        .Bind("$practice_id", practice_id)
                        .Bind("$couple_id", couple_id)
                        .Bind("$now", now));
}

}  // namespace mendwork::store
