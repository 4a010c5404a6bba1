#include "service/store/entity_tables.h"

namespace mendwork::store {

const char kCreateEntityTables[] = R"sql(
CREATE TABLE practice (
  practice_id INTEGER PRIMARY KEY,
  display_name TEXT NOT NULL,
  demo INTEGER NOT NULL,
  partner_grant_delay_us INTEGER NOT NULL,
  withdrawal_policy INTEGER NOT NULL,
  reading_hours TEXT NOT NULL,
  support_contacts TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE person (
  person_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  roles INTEGER NOT NULL,
  staff_state INTEGER NOT NULL,
  language TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  identity BLOB NOT NULL,
  identity_version INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX person_by_practice ON person (practice_id, person_id);

CREATE TABLE couple (
  couple_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE TABLE partner (
  person_id INTEGER PRIMARY KEY REFERENCES person,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  state INTEGER NOT NULL,
  adult_confirm_time_us INTEGER,
  location_confirm_time_us INTEGER,
  digital_homework INTEGER NOT NULL,
  limits_time_us INTEGER,
  limits_wording_hash TEXT NOT NULL
) STRICT;
CREATE INDEX partner_by_couple ON partner (couple_id, person_id);

CREATE TABLE credential (
  person_id INTEGER PRIMARY KEY REFERENCES person,
  practice_id INTEGER NOT NULL REFERENCES practice,
  sign_in_hash BLOB NOT NULL UNIQUE,
  secret_hash TEXT NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT;

CREATE TABLE one_time_code (
  code_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  person_id INTEGER NOT NULL REFERENCES person,
  code_hash BLOB NOT NULL UNIQUE,
  expire_time_us INTEGER NOT NULL,
  end_time_us INTEGER
) STRICT;
CREATE INDEX one_time_code_by_person ON one_time_code (person_id);

CREATE TABLE session (
  session_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  person_id INTEGER NOT NULL REFERENCES person,
  token_hash BLOB NOT NULL,
  create_time_us INTEGER NOT NULL,
  expire_time_us INTEGER NOT NULL,
  end_time_us INTEGER
) STRICT;
CREATE INDEX session_by_person ON session (person_id);
CREATE INDEX session_by_expiry ON session (expire_time_us) WHERE end_time_us IS NULL;

CREATE TABLE care_relation (
  relation_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  staff_id INTEGER NOT NULL REFERENCES person (person_id),
  kind INTEGER NOT NULL,
  start_time_us INTEGER NOT NULL,
  end_time_us INTEGER
) STRICT;
CREATE INDEX care_relation_by_couple ON care_relation (couple_id, relation_id);
CREATE INDEX care_relation_by_staff ON care_relation (staff_id, couple_id);

CREATE TABLE betrayal_event (
  event_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  status INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX betrayal_event_by_couple ON betrayal_event (couple_id, event_id);

CREATE TABLE betrayal_event_role (
  event_id INTEGER NOT NULL REFERENCES betrayal_event,
  person_id INTEGER NOT NULL REFERENCES person,
  role INTEGER NOT NULL,
  PRIMARY KEY (event_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE suitability (
  suitability_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  first_person_id INTEGER NOT NULL REFERENCES person (person_id),
  second_person_id INTEGER NOT NULL REFERENCES person (person_id),
  decision INTEGER NOT NULL,
  decider_id INTEGER NOT NULL REFERENCES person (person_id),
  create_time_us INTEGER NOT NULL,
  expire_time_us INTEGER NOT NULL
) STRICT;
CREATE INDEX suitability_by_couple ON suitability (couple_id, suitability_id);

CREATE TABLE appointment (
  appointment_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  start_time_us INTEGER NOT NULL,
  end_time_us INTEGER NOT NULL,
  state INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX appointment_by_couple ON appointment (couple_id, appointment_id);

CREATE TABLE appointment_attendee (
  appointment_id INTEGER NOT NULL REFERENCES appointment,
  person_id INTEGER NOT NULL REFERENCES person,
  PRIMARY KEY (appointment_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE exercise_revision (
  exercise_key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  content_hash TEXT NOT NULL,
  source TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  PRIMARY KEY (exercise_key, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE exercise_acceptance (
  practice_id INTEGER NOT NULL REFERENCES practice,
  exercise_key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  staff_id INTEGER NOT NULL REFERENCES person (person_id),
  licence TEXT NOT NULL,
  language TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  PRIMARY KEY (practice_id, exercise_key, revision)
) STRICT, WITHOUT ROWID;

CREATE TABLE assignment (
  assignment_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  person_id INTEGER NOT NULL REFERENCES person,
  group_id INTEGER NOT NULL,
  exercise_key TEXT NOT NULL,
  revision INTEGER NOT NULL,
  variant TEXT NOT NULL,
  event_id INTEGER REFERENCES betrayal_event,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  due_time_us INTEGER,
  assigner_id INTEGER NOT NULL REFERENCES person (person_id),
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX assignment_by_couple ON assignment (couple_id, assignment_id);
CREATE INDEX assignment_by_person ON assignment (person_id, assignment_id);

-- One response answers one occurrence of an assignment; it exists from the moment of assigning.
CREATE TABLE response (
  response_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  assignment_id INTEGER NOT NULL REFERENCES assignment,
  person_id INTEGER NOT NULL REFERENCES person,
  occurrence INTEGER NOT NULL,
  state INTEGER NOT NULL,
  submit_time_us INTEGER,
  content_version INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (assignment_id, occurrence)
) STRICT;
CREATE INDEX response_by_couple ON response (couple_id, response_id);
CREATE INDEX response_by_person ON response (person_id, response_id);

-- content: sealed, partner-private.
CREATE TABLE response_version (
  response_id INTEGER NOT NULL REFERENCES response,
  content_version INTEGER NOT NULL,
  content BLOB NOT NULL,
  language TEXT NOT NULL,
  submit_time_us INTEGER NOT NULL,
  PRIMARY KEY (response_id, content_version)
) STRICT;

-- Drafts and the choice of withheld items live apart, so that neither changes anything that others can read of the
-- response. Both sealed, partner-private.
CREATE TABLE response_draft (
  response_id INTEGER PRIMARY KEY REFERENCES response,
  draft BLOB NOT NULL,
  draft_revision INTEGER NOT NULL
) STRICT;
CREATE TABLE response_withheld (
  response_id INTEGER PRIMARY KEY REFERENCES response,
  item_ids BLOB NOT NULL,
  item_ids_version INTEGER NOT NULL
) STRICT;

-- note: sealed, partner-private of the author of the response.
CREATE TABLE review (
  response_id INTEGER PRIMARY KEY REFERENCES response,
  practice_id INTEGER NOT NULL REFERENCES practice,
  staff_id INTEGER NOT NULL REFERENCES person (person_id),
  outcome INTEGER NOT NULL,
  discussed INTEGER NOT NULL,
  note BLOB NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT;

CREATE TABLE consent (
  consent_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  person_id INTEGER NOT NULL REFERENCES person,
  audience_kind INTEGER NOT NULL,
  audience_id INTEGER NOT NULL,
  scope_kind INTEGER NOT NULL,
  scope_exercise TEXT NOT NULL,
  scope_response_id INTEGER NOT NULL,
  scope_item TEXT NOT NULL,
  purpose INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  effective_time_us INTEGER NOT NULL,
  expire_time_us INTEGER,
  withdraw_time_us INTEGER,
  wording_hash TEXT NOT NULL,
  wording_version TEXT NOT NULL,
  language TEXT NOT NULL
) STRICT;
CREATE INDEX consent_by_person ON consent (person_id, consent_id);
CREATE INDEX consent_by_audience ON consent (couple_id, audience_kind, audience_id) WHERE withdraw_time_us IS NULL;

CREATE TABLE plugin (
  plugin_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  plugin_key TEXT NOT NULL,
  plugin_version TEXT NOT NULL,
  display_name TEXT NOT NULL,
  package_directory TEXT NOT NULL,
  executable_path TEXT NOT NULL,
  executable_sha256 TEXT NOT NULL,
  manifest TEXT NOT NULL,
  state INTEGER NOT NULL,
  requested_data_classes INTEGER NOT NULL,
  granted_data_classes INTEGER NOT NULL,
  granted_egress TEXT NOT NULL,
  configuration BLOB,
  configuration_version INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (practice_id, plugin_key)
) STRICT;

-- identifier: sealed, identity of the person.
CREATE TABLE record_link (
  person_id INTEGER NOT NULL REFERENCES person,
  plugin_id INTEGER NOT NULL REFERENCES plugin,
  practice_id INTEGER NOT NULL REFERENCES practice,
  identifier BLOB NOT NULL,
  identifier_version INTEGER NOT NULL,
  PRIMARY KEY (person_id, plugin_id)
) STRICT, WITHOUT ROWID;

-- external_references: sealed, identity of the person.
CREATE TABLE release (
  release_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  response_id INTEGER NOT NULL REFERENCES response,
  person_id INTEGER NOT NULL REFERENCES person,
  plugin_id INTEGER NOT NULL REFERENCES plugin,
  releaser_id INTEGER NOT NULL REFERENCES person (person_id),
  content_version INTEGER NOT NULL,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  revoke_time_us INTEGER,
  external_references BLOB,
  external_references_version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX release_in_force ON release (response_id, plugin_id) WHERE state = 1;
CREATE INDEX release_by_couple ON release (couple_id, release_id);
CREATE INDEX release_by_person ON release (person_id, plugin_id) WHERE state = 1;

-- Thin: names and kinds only. What is delivered is decided and built at each attempt.
CREATE TABLE delivery (
  delivery_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  plugin_id INTEGER NOT NULL REFERENCES plugin,
  person_id INTEGER NOT NULL REFERENCES person,
  release_id INTEGER NOT NULL REFERENCES release,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  next_attempt_time_us INTEGER NOT NULL,
  last_error TEXT NOT NULL,
  create_time_us INTEGER NOT NULL,
  deliver_time_us INTEGER
) STRICT;
CREATE INDEX delivery_waiting ON delivery (plugin_id, person_id, delivery_id) WHERE state = 1;
CREATE INDEX delivery_by_plugin ON delivery (plugin_id, delivery_id);
CREATE INDEX delivery_by_release ON delivery (release_id);

-- evidence and note: sealed, safety of the writer.
CREATE TABLE flag (
  flag_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  couple_id INTEGER NOT NULL REFERENCES couple,
  person_id INTEGER NOT NULL REFERENCES person,
  response_id INTEGER NOT NULL REFERENCES response,
  rule_id TEXT NOT NULL,
  severity INTEGER NOT NULL,
  category TEXT NOT NULL,
  subject TEXT NOT NULL,
  state INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL,
  acknowledge_due_time_us INTEGER,
  acknowledge_time_us INTEGER,
  acknowledger_id INTEGER,
  resolve_time_us INTEGER,
  resolver_id INTEGER,
  disposition INTEGER NOT NULL,
  evidence BLOB NOT NULL,
  note BLOB,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX flag_by_practice ON flag (practice_id, flag_id);
CREATE INDEX flag_by_response ON flag (response_id, flag_id);

-- The order of changes is the order of change_id: ids are taken by the writer, one commit after the other.
CREATE TABLE flag_change (
  change_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL REFERENCES practice,
  flag_id INTEGER NOT NULL REFERENCES flag,
  state INTEGER NOT NULL,
  actor_id INTEGER NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT;
CREATE INDEX flag_change_by_practice ON flag_change (practice_id, change_id);

-- outcome: sealed, outcome of the caller; null where the reply held a secret (then code_id names what to void).
CREATE TABLE request_record (
  record_id INTEGER PRIMARY KEY,
  practice_id INTEGER NOT NULL,
  caller_id INTEGER NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  outcome BLOB,
  code_id INTEGER,
  create_time_us INTEGER NOT NULL,
  UNIQUE (caller_id, request_id, method)
) STRICT;
)sql";

}  // namespace mendwork::store
