#include "service/store/appointment_copy_tables.h"

namespace mendwork::store {

// A delivery hands over either a release or a copy of an appointment; SQLite cannot drop a NOT NULL, so the
// table is made anew. external_references: sealed, identity of the first attendee.
const char kAddAppointmentCopies[] = R"sql(
CREATE TABLE appointment_copy (
  copy_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  appointment_id INTEGER NOT NULL REFERENCES appointment,
  plugin_id INTEGER NOT NULL REFERENCES plugin,
  person_id INTEGER NOT NULL REFERENCES person,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  revoke_time_us INTEGER,
  external_references BLOB,
  external_references_version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX appointment_copy_in_force ON appointment_copy (plugin_id, appointment_id) WHERE state = 1;
CREATE INDEX appointment_upcoming ON appointment (practice_id, end_time_us);

CREATE TABLE new_delivery (
  delivery_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  plugin_id INTEGER NOT NULL REFERENCES plugin,
  person_id INTEGER NOT NULL REFERENCES person,
  release_id INTEGER REFERENCES release,
  copy_id INTEGER REFERENCES appointment_copy,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  next_attempt_time_us INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  deliver_time_us INTEGER,
  CHECK ((release_id IS NULL) <> (copy_id IS NULL))
) STRICT;
INSERT INTO new_delivery (delivery_id, practice_id, plugin_id, person_id, release_id, copy_id, kind, state,
  attempt_count, next_attempt_time_us, last_error, create_time_us, deliver_time_us)
  SELECT delivery_id, practice_id, plugin_id, person_id, release_id, NULL, kind, state, attempt_count,
    next_attempt_time_us, last_error, create_time_us, deliver_time_us FROM delivery;
DROP TABLE delivery;
ALTER TABLE new_delivery RENAME TO delivery;
CREATE INDEX delivery_waiting ON delivery (plugin_id, person_id, delivery_id) WHERE state = 1;
CREATE INDEX delivery_by_plugin ON delivery (plugin_id, delivery_id);
CREATE INDEX delivery_by_release ON delivery (release_id) WHERE release_id IS NOT NULL;
CREATE INDEX delivery_by_copy ON delivery (copy_id) WHERE copy_id IS NOT NULL;
)sql";

}  // namespace mendwork::store
