// Rows of couples, partners and what the therapist records about their care.
#pragma once

#include <string>
#include <vector>

#include "service/store/rows.h"

namespace mendwork::store {

struct CoupleRow {
  int64_t couple_id = 0;
  int64_t practice_id = 0;
  int64_t state = 1;
  absl::Time create_time;
  int64_t version = 1;
};

absl::Status InsertCouple(WriteTransaction& transaction, const CoupleRow& row);
absl::StatusOr<absl::optional<CoupleRow>> FindCouple(Transaction& transaction, int64_t practice_id,
                                                     int64_t couple_id);
// Couples to which the staff member has a relation at `now`.
absl::StatusOr<std::vector<CoupleRow>> ListCouplesOfStaff(Transaction& transaction, int64_t practice_id,
                                                          int64_t staff_id, absl::Time now, PageRange range);

// Also carries what the API shows of the person: language, time zone, version.
struct PartnerRow {
  int64_t person_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t state = 1;
  absl::optional<absl::Time> adult_confirm_time;
  absl::optional<absl::Time> location_confirm_time;
  int64_t digital_homework = 0;
  absl::optional<absl::Time> limits_time;
  std::string limits_wording_hash;
  std::string language;    // of person, read only
  std::string time_zone;   // of person, read only
  absl::Time create_time;  // of person, read only
  int64_t version = 1;     // of person, read only
  bool enrolled = false;   // read only
};

absl::Status InsertPartner(WriteTransaction& transaction, const PartnerRow& row);
absl::Status UpdatePartner(WriteTransaction& transaction, const PartnerRow& row);
absl::StatusOr<absl::optional<PartnerRow>> FindPartner(Transaction& transaction, int64_t practice_id,
                                                       int64_t person_id);
absl::StatusOr<std::vector<PartnerRow>> ListPartners(Transaction& transaction, int64_t practice_id,
                                                     int64_t couple_id, PageRange range);

struct CareRelationRow {
  int64_t relation_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t staff_id = 0;
  int64_t kind = 0;
  absl::Time start_time;
  absl::optional<absl::Time> end_time;
};

absl::Status InsertCareRelation(WriteTransaction& transaction, const CareRelationRow& row);
absl::Status EndCareRelation(WriteTransaction& transaction, int64_t practice_id, int64_t relation_id,
                             absl::Time end_time);
absl::StatusOr<absl::optional<CareRelationRow>> FindCareRelation(Transaction& transaction,
                                                                 int64_t practice_id, int64_t relation_id);
absl::StatusOr<std::vector<CareRelationRow>> ListCareRelations(Transaction& transaction, int64_t practice_id,
                                                               int64_t couple_id, PageRange range);
absl::StatusOr<bool> HasCareRelation(Transaction& transaction, int64_t practice_id, int64_t couple_id,
                                     int64_t staff_id, absl::Time now);
// Relations of a staff member in force at `now`.
absl::StatusOr<std::vector<CareRelationRow>> ListCareRelationsOfStaff(Transaction& transaction,
                                                                      int64_t practice_id, int64_t staff_id,
                                                                      absl::Time now);
// Leads of a couple in force at `now`.
absl::StatusOr<int64_t> CountLeads(Transaction& transaction, int64_t practice_id, int64_t couple_id,
                                   absl::Time now);

struct BetrayalEventRow {
  int64_t event_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t status = 0;
  absl::Time create_time;
  int64_t version = 1;
};
struct EventRoleRow {
  int64_t event_id = 0;
  int64_t person_id = 0;
  int64_t role = 0;
};

absl::Status InsertBetrayalEvent(WriteTransaction& transaction, const BetrayalEventRow& row,
                                 const std::vector<EventRoleRow>& roles);
absl::Status UpdateBetrayalEvent(WriteTransaction& transaction, const BetrayalEventRow& row);
absl::StatusOr<absl::optional<BetrayalEventRow>> FindBetrayalEvent(Transaction& transaction,
                                                                   int64_t practice_id, int64_t event_id);
absl::StatusOr<std::vector<BetrayalEventRow>> ListBetrayalEvents(Transaction& transaction,
                                                                 int64_t practice_id, int64_t couple_id,
                                                                 PageRange range);
absl::StatusOr<std::vector<EventRoleRow>> ListEventRoles(Transaction& transaction, int64_t event_id);

struct SuitabilityRow {
  int64_t suitability_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  int64_t first_person_id = 0;  // the smaller of the two ids
  int64_t second_person_id = 0;
  int64_t decision = 0;
  int64_t decider_id = 0;
  absl::Time create_time;
  absl::Time expire_time;
};

absl::Status InsertSuitability(WriteTransaction& transaction, const SuitabilityRow& row);
// Newest first: those with an id below `range.after_id`.
absl::StatusOr<std::vector<SuitabilityRow>> ListSuitability(Transaction& transaction, int64_t practice_id,
                                                            int64_t couple_id, PageRange range);

struct AppointmentRow {
  int64_t appointment_id = 0;
  int64_t practice_id = 0;
  int64_t couple_id = 0;
  absl::Time start_time;
  absl::Time end_time;
  int64_t state = 1;
  int64_t version = 1;
};

absl::Status InsertAppointment(WriteTransaction& transaction, const AppointmentRow& row,
                               const std::vector<int64_t>& attendee_ids);
absl::Status UpdateAppointment(WriteTransaction& transaction, const AppointmentRow& row);
absl::StatusOr<absl::optional<AppointmentRow>> FindAppointment(Transaction& transaction, int64_t practice_id,
                                                               int64_t appointment_id);
absl::StatusOr<std::vector<AppointmentRow>> ListAppointments(Transaction& transaction, int64_t practice_id,
                                                             int64_t couple_id, PageRange range);
// Only those that the person attends.
absl::StatusOr<std::vector<AppointmentRow>> ListAppointmentsOfPerson(Transaction& transaction,
                                                                     int64_t practice_id, int64_t person_id,
                                                                     PageRange range);
// Those booked that start after `now`, the next first.
absl::StatusOr<std::vector<AppointmentRow>> ListUpcomingAppointments(Transaction& transaction,
                                                                     int64_t practice_id, int64_t couple_id,
                                                                     absl::Time now, int64_t limit);
absl::StatusOr<std::vector<int64_t>> ListAttendees(Transaction& transaction, int64_t appointment_id);

struct RecordLinkRow {
  int64_t person_id = 0;
  int64_t plugin_id = 0;
  int64_t practice_id = 0;
  std::string identifier;  // sealed
  int64_t identifier_version = 1;
};

absl::Status PutRecordLink(WriteTransaction& transaction, const RecordLinkRow& row);
absl::Status DeleteRecordLink(WriteTransaction& transaction, int64_t person_id, int64_t plugin_id);
absl::StatusOr<absl::optional<RecordLinkRow>> FindRecordLink(Transaction& transaction, int64_t person_id,
                                                             int64_t plugin_id);
absl::StatusOr<std::vector<RecordLinkRow>> ListRecordLinks(Transaction& transaction, int64_t person_id);

}  // namespace mendwork::store
