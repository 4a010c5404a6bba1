// The data file's schema, as the list of its changes.
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

const Migration kMigrations[] = {
    {1, kEngineTables},
    {2, kCreateEntityTables},
};

}  // namespace

absl::Span<const Migration> DataMigrations() { return kMigrations; }

}  // namespace mendwork::store
