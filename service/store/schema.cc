// The data file's schema, as the list of its changes.
#include "service/store/appointment_copy_tables.h"
#include "service/store/entity_tables.h"
#include "service/store/migrations.h"

namespace mendwork::store {
namespace {

// The engine's own: the file's mark ("MWDB"), ids handed out, which keyring belongs to it, and the audit log.
constexpr char kEngineTables[] = R"sql(
PRAGMA application_id = 0x4D574442;

CREATE TABLE engine_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  reserved_id INTEGER NOT NULL,
  keyring_identity BLOB NOT NULL
) STRICT;
INSERT INTO engine_state (id, reserved_id, keyring_identity) VALUES (1, 1, X'');

CREATE TABLE audit_entry (
  sequence INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL,
  entry BLOB NOT NULL,
  leaf_hash BLOB NOT NULL CHECK (LENGTH(leaf_hash) = 32)
) STRICT;
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry
BEGIN
  SELECT RAISE(ABORT, 'the audit log is append-only');
END;
)sql";

// The session record. At most one session of a couple is open.
constexpr char kEncounterTables[] = R"sql(
CREATE TABLE encounter (
  encounter_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  appointment_id INTEGER REFERENCES appointment,
  modality INTEGER NOT NULL,
  state INTEGER NOT NULL,
  start_time_us INTEGER NOT NULL,
  end_time_us INTEGER,
  outcome INTEGER NOT NULL,
  window_start_time_us INTEGER,
  window_end_time_us INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX encounter_by_couple ON encounter (couple_id, encounter_id);
CREATE UNIQUE INDEX encounter_open ON encounter (couple_id) WHERE state = 1;

CREATE TABLE encounter_person (
  encounter_id INTEGER NOT NULL REFERENCES encounter,
  person_id INTEGER NOT NULL REFERENCES person,
  clinician INTEGER NOT NULL,
  present INTEGER NOT NULL,
  PRIMARY KEY (encounter_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX encounter_person_present ON encounter_person (person_id, encounter_id) WHERE present = 1;
)sql";

const Migration kMigrations[] = {
    {1, kEngineTables},
    {2, kCreateEntityTables},
    {3, kEncounterTables},
    {4, kAddAppointmentCopies},
};

}  // namespace

absl::Span<const Migration> DataMigrations() { return kMigrations; }

}  // namespace mendwork::store
