// Records at rest: padded to a size class, sealed under the subject's key, bound to their place.
//
//   0x01 | key_id (8) | nonce (24) | XChaCha20-Poly1305 ciphertext and tag
//
// The associated data, each field prefixed by its length as 4 bytes big-endian, integers as 8 bytes
// big-endian:
//   "mendwork-record-1", practice id, table, row id, column, subject kind, subject id, purpose, key epoch,
//   row version
// so that a record copied to another row, column, subject, practice or version does not open.
//
// Padding (ISO/IEC 7816-4): one byte 0x80, then zeros up to the size class. Classes are 256 bytes and up,
// four steps per doubling (256, 320, 384, 448, 512, 640, ...): at most a quarter more than the text, and
// lengths that say little.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/random.h"
#include "service/domain/grant.h"
#include "service/store/keyring.h"

namespace mendwork::store {

// Where a sealed record lives and whose it is. `table` and `column` are names from the schema.
struct RecordIdentity {
  int64_t practice_id = 0;
  const char* table = "";
  int64_t row_id = 0;
  const char* column = "";
  domain::Subject subject;
  domain::KeyPurpose purpose = domain::KeyPurpose::kIdentity;
  int64_t row_version = 0;

  KeyOwner owner() const { return {practice_id, subject, purpose}; }
};

// Far above any answer; keeps one record from taking the writer's time.
constexpr size_t kPlaintextSizeMax = size_t{1} << 20;

// The smallest size class that holds `size` bytes.
size_t SizeClass(size_t size);

// Thread-safe.
class Sealer {
 public:
  Sealer(Keyring* keyring, base::RandomSource* random) : keyring_(keyring), random_(random) {}

  // Creates the owner's key durably if there is none, then seals. INVALID_ARGUMENT, reason RECORD_TOO_LARGE,
  // above kPlaintextSizeMax.
  absl::StatusOr<std::string> Seal(const RecordIdentity& identity, absl::string_view plaintext) const;

 private:
  friend class Transaction;  // which asks for a grant first: there is no second door

  // DATA_LOSS, reason SEALED_RECORD_UNREADABLE, for a record that is damaged, was moved from elsewhere, or
  // whose key was destroyed. The message carries ids only.
  absl::StatusOr<std::string> Open(const RecordIdentity& identity, absl::string_view sealed) const;

  Keyring* const keyring_;
  base::RandomSource* const random_;
};

}  // namespace mendwork::store
