// The tables of practices, people, care, homework, consent, safety and deliveries: migration 2 of the data
// file. STRICT throughout; times are microseconds UTC; enum numbers are those of the API. BLOB columns named
// in a comment hold sealed records. Every table that belongs to a practice carries practice_id, and every
// query uses it.
#pragma once

namespace mendwork::store {

extern const char kCreateEntityTables[];

}  // namespace mendwork::store
