// The audit log's entries and leaves. An entry is appended in the transaction it describes; who and what
// appear as keyed pseudonyms, free details as a keyed hash, so the log can be shown to an outsider without
// content.
//
// Entry encoding, version 1. Twelve fields follow one another, each as its length (4 bytes, big-endian)
// and its bytes; integers are 8 bytes big-endian, two's complement:
//    1 version            1 byte, 0x01
//    2 sequence           integer; 1 for the first entry, no gaps
//    3 time               integer; microseconds since 1970-01-01 UTC
//    4 practice id        integer; 0 for the server itself
//    5 actor              16 bytes: BLAKE2b-128(key, actor kind | 0x00 | actor id as an integer)
//    6 action             text
//    7 object kind        text
//    8 object             16 bytes: BLAKE2b-128(key, object kind | 0x00 | object id as an integer)
//    9 rule id            text
//   10 decision           1 byte: 1 permit, 2 deny, 3 not applicable
//   11 ciphertext hash    32 bytes: SHA-256 of the sealed record written or opened; or empty
//   12 details            32 bytes: BLAKE2b-256(key, details); or empty
// The key is the practice's own server secret. Leaf (RFC 6962): SHA-256(0x00 | entry).
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/store/database.h"
#include "service/store/keyring.h"

namespace mendwork::store {

// The numbers are stored; never renumber.
enum class AuditDecision : uint8_t { kPermit = 1, kDeny = 2, kNotApplicable = 3 };

// What a use case says. Kinds, actions and rule ids are constants of ours, never text from a request.
struct AuditEntry {
  int64_t practice_id = 0;
  std::string actor_kind;  // "therapist", "partner", "server", ...
  int64_t actor_id = 0;
  std::string action;  // "AccessResponse", ...
  std::string object_kind;
  int64_t object_id = 0;
  std::string rule_id;
  AuditDecision decision = AuditDecision::kNotApplicable;
  std::string ciphertext_hash;  // SHA-256, or empty
  std::string details;          // hashed, never stored
};

// What is encoded.
struct AuditRecord {
  int64_t sequence = 0;
  absl::Time time;
  int64_t practice_id = 0;
  std::string actor;
  std::string action;
  std::string object_kind;
  std::string object;
  std::string rule_id;
  AuditDecision decision = AuditDecision::kNotApplicable;
  std::string ciphertext_hash;
  std::string details_hash;
};

std::string EncodeAuditEntry(const AuditRecord& record);
std::string LeafHash(absl::string_view encoded_entry);

// 16 bytes; the same (kind, id) in one practice always gives the same bytes.
std::string AuditPseudonym(absl::string_view key, absl::string_view kind, int64_t id);

// Appends to audit_entry; owned by the writer thread. Sequences stay without gaps through rollbacks: the
// writer takes a mark before each job and goes back to it when the job's savepoint is rolled back.
class AuditLog {
 public:
  explicit AuditLog(Keyring* keyring) : keyring_(keyring) {}

  absl::Status Start(Database& database);
  absl::Status Append(Database& database, absl::Time now, const AuditEntry& entry);

  int64_t mark() const { return next_sequence_; }
  void GoBackTo(int64_t mark) { next_sequence_ = mark; }

 private:
  Keyring* const keyring_;
  int64_t next_sequence_ = 1;
};

}  // namespace mendwork::store
