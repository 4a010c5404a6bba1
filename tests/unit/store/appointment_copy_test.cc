// Copies of appointments: what the migration keeps, and which copies follow from consents.
#include <functional>

#include "service/store/appointment_copy_rows.h"
#include "service/store/consent_rows.h"
#include "service/store/migrations.h"
#include "service/store/people_rows.h"
#include "service/store/plugin_rows.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

constexpr int64_t kPractice = 1;
constexpr int64_t kCouple = 2;
constexpr int64_t kOne = 3;
constexpr int64_t kTwo = 4;
constexpr int64_t kPlugin = 5;

// Two deliveries with what they refer to, as an older server left them.
constexpr char kOldRows[] = R"sql(
PRAGMA foreign_keys = OFF;
INSERT INTO practice (practice_id, display_name, demo, partner_grant_delay_us, withdrawal_policy, reading_hours,
  support_contacts, create_time_us, version) VALUES (1, '', 0, 0, 1, '', '', 1, 1);
INSERT INTO person (person_id, practice_id, roles, staff_state, language, time_zone, identity, identity_version,
  create_time_us, version) VALUES (3, 1, 0, 0, '', '', X'00', 1, 1, 1);
INSERT INTO plugin (plugin_id, practice_id, plugin_key, plugin_version, display_name, package_directory,
  executable_path, executable_sha256, manifest, state, requested_data_classes, granted_data_classes, granted_egress,
  configuration_version, create_time_us, version) VALUES (5, 1, 'k', '', '', '', '', '', '', 1, 0, 0, '', 0, 1, 1);
INSERT INTO release (release_id, practice_id, couple_id, response_id, person_id, plugin_id, releaser_id,
  content_version, state, create_time_us, external_references_version) VALUES (60, 1, 2, 8, 3, 5, 9, 1, 1, 1, 0);
INSERT INTO delivery (delivery_id, practice_id, plugin_id, person_id, release_id, kind, state, attempt_count,
  next_attempt_time_us, last_error, create_time_us, deliver_time_us)
  VALUES (70, 1, 5, 3, 60, 1, 1, 9, 123, 'throttled', 45, NULL), (71, 1, 5, 3, 60, 2, 2, 1, 124, '', 46, 47);
)sql";

class AppointmentCopyTest : public StoreTest {
 protected:
  // Runs a body in one transaction; every step of it has to succeed.
  void Write(const std::function<absl::Status(WriteTransaction&)>& body) {
    const absl::Status status = store_->WriteAndWait(body);
    ASSERT_TRUE(status.ok()) << status;
  }

  void OpenWithACouple() {
    Open();
    Write([](WriteTransaction& t) -> absl::Status {
      MENDWORK_RETURN_IF_ERROR(InsertPractice(t, {.practice_id = kPractice, .create_time = t.now()}));
      MENDWORK_RETURN_IF_ERROR(
          InsertCouple(t, {.couple_id = kCouple, .practice_id = kPractice, .create_time = t.now()}));
      for (const int64_t person : {kOne, kTwo}) {
        MENDWORK_RETURN_IF_ERROR(InsertPerson(
            t, {.person_id = person, .practice_id = kPractice, .identity = "x", .create_time = t.now()}));
      }
      return InsertPlugin(t, {.plugin_id = kPlugin, .practice_id = kPractice, .create_time = t.now()});
    });
  }

  void Book(int64_t appointment_id, std::vector<int64_t> attendees,
            absl::Duration from_now = absl::Hours(24)) {
    Write([&](WriteTransaction& t) {
      return InsertAppointment(t,
                               {.appointment_id = appointment_id,
                                .practice_id = kPractice,
                                .couple_id = kCouple,
                                .start_time = t.now() + from_now,
                                .end_time = t.now() + from_now + absl::Hours(1)},
                               attendees);
    });
  }

  void Consent(int64_t consent_id, int64_t person_id, ConsentRow row = {}) {
    Write([&](WriteTransaction& t) {
      row.consent_id = consent_id;
      row.practice_id = kPractice;
      row.couple_id = kCouple;
      row.person_id = person_id;
      row.audience_kind = AudienceKind::kPlugin;
      row.audience_id = kPlugin;
      row.create_time = t.now();
      row.effective_time = t.now();
      return InsertConsent(t, row);
    });
  }

  void Copy(int64_t copy_id, int64_t appointment_id) {
    Write([&](WriteTransaction& t) {
      return InsertAppointmentCopy(t, {.copy_id = copy_id,
                                       .practice_id = kPractice,
                                       .appointment_id = appointment_id,
                                       .plugin_id = kPlugin,
                                       .person_id = kOne,
                                       .create_time = t.now()});
    });
  }

  std::vector<int64_t> Ids(
      const std::function<absl::StatusOr<std::vector<AppointmentRow>>(Transaction&)>& list) {
    std::vector<int64_t> ids;
    const absl::Status status = store_->Read([&](ReadTransaction& t) -> absl::Status {
      MENDWORK_ASSIGN_OR_RETURN(auto rows, list(t));
      for (const AppointmentRow& row : rows) {
        ids.push_back(row.appointment_id);
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return ids;
  }
  std::vector<int64_t> Lapsed(bool granted = true) {
    return Ids([&](Transaction& t) { return ListLapsedAppointments(t, kPlugin, granted, 100); });
  }
  std::vector<int64_t> Uncopied() {
    return Ids([](Transaction& t) { return ListUncopiedAppointments(t, kPractice, kPlugin, 100); });
  }
};

TEST_F(AppointmentCopyTest, DeliveriesFromBeforeTheMigrationAreKept) {
  Vfs vfs({});
  DatabaseOptions options;
  options.path = directory_.File("old.db");
  options.application_id = kDataApplicationId;
  const absl::Span<const Migration> all = DataMigrations();
  size_t before = 0;
  while (std::string(all[before].sql).find("appointment_copy") == std::string::npos) {
    ++before;
  }
  {
    const auto old = OpenMigrated(options, all.subspan(0, before), vfs);
    ASSERT_TRUE(old.ok()) << old.status();
    ASSERT_TRUE((*old)->Execute(kOldRows).ok());
  }
  const auto database = OpenMigrated(options, all, vfs);
  ASSERT_TRUE(database.ok()) << database.status();
  const auto count = [&](const char* sql) { return *(*database)->ReadInteger(sql); };
  EXPECT_EQ(
      count("SELECT count(*) FROM delivery WHERE release_id = 60 AND copy_id IS NULL AND plugin_id = 5 AND "
            "person_id = 3 AND practice_id = 1"),
      2);
  EXPECT_EQ(count("SELECT count(*) FROM delivery WHERE delivery_id = 70 AND kind = 1 AND state = 1 AND "
                  "attempt_count = 9 "
                  "AND next_attempt_time_us = 123 AND last_error = 'throttled' AND create_time_us = 45 AND "
                  "deliver_time_us IS NULL"),
            1);
  EXPECT_EQ(count("SELECT deliver_time_us FROM delivery WHERE delivery_id = 71"), 47);
  EXPECT_EQ(count("SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'delivery'"), 4);
}

TEST_F(AppointmentCopyTest, EverybodyWhoAttendsHasToConsent) {
  OpenWithACouple();
  Book(10, {kOne});
  Book(11, {kTwo});
  Book(12, {kOne, kTwo});
  Book(13, {});
  EXPECT_TRUE(Uncopied().empty());
  Consent(20, kOne);
  EXPECT_EQ(Uncopied(), std::vector<int64_t>({10}));
  Consent(21, kTwo, {.scope_kind = ScopeKind::kExercise, .scope_exercise = "s7-self-care"});
  EXPECT_EQ(Uncopied(), std::vector<int64_t>({10})) << "a consent to an exercise speaks of no appointment";
  Consent(22, kTwo);
  EXPECT_EQ(Uncopied(), std::vector<int64_t>({10, 11, 12}));
  Copy(30, 10);
  EXPECT_EQ(Uncopied(), std::vector<int64_t>({11, 12}));
  EXPECT_TRUE(Lapsed().empty());
}

TEST_F(AppointmentCopyTest, AConsentEndsByWithdrawalAndByItsDate) {
  OpenWithACouple();
  Book(10, {kOne});
  Book(11, {kTwo});
  Consent(20, kOne);
  Consent(21, kTwo, {.expire_time = clock_.Now() + absl::Hours(1)});
  Copy(30, 10);
  Copy(31, 11);
  EXPECT_TRUE(Lapsed().empty());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(Lapsed(), std::vector<int64_t>({11}));
  Write([](WriteTransaction& t) { return WithdrawConsent(t, kPractice, 20, t.now()); });
  EXPECT_EQ(Lapsed(), std::vector<int64_t>({10, 11}));
  EXPECT_TRUE(Uncopied().empty());
}

TEST_F(AppointmentCopyTest, WithoutTheGrantEveryCopyIsLapsed) {
  OpenWithACouple();
  Book(10, {kOne});
  Consent(20, kOne);
  Copy(30, 10);
  EXPECT_TRUE(Lapsed(true).empty());
  EXPECT_EQ(Lapsed(false), std::vector<int64_t>({10}));
}

TEST_F(AppointmentCopyTest, WhatIsOverIsNotCopiedAnyMore) {
  OpenWithACouple();
  Consent(20, kOne);
  Book(10, {kOne}, -absl::Hours(2));
  Book(11, {kOne}, -absl::Minutes(30));
  EXPECT_EQ(Uncopied(), std::vector<int64_t>({11})) << "one that runs now is";
}

}  // namespace
}  // namespace mendwork::store
