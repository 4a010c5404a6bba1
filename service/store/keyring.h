// The data keys: one per practice, subject and purpose (and generation), wrapped by the KEK in keyring.db,
// opened in locked memory while in use. A file of its own, so that destroying a key also outruns the backups
// of the data.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "service/base/clock.h"
#include "service/base/random.h"
#include "service/base/secret.h"
#include "service/domain/grant.h"
#include "service/store/database.h"
#include "service/store/key_provider.h"
#include "service/store/locked_memory.h"

namespace mendwork::store {

constexpr size_t kKeyIdSize = 8;

// Which key: derived from the row, never from the ciphertext.
struct KeyOwner {
  int64_t practice_id = 0;
  domain::Subject subject;
  domain::KeyPurpose purpose = domain::KeyPurpose::kIdentity;

  friend bool operator==(const KeyOwner& left, const KeyOwner& right) {
    return left.practice_id == right.practice_id && left.subject == right.subject &&
           left.purpose == right.purpose;
  }
  template <typename Hash>
  friend Hash AbslHashValue(Hash hash, const KeyOwner& owner) {
    return Hash::combine(std::move(hash), owner.practice_id, owner.subject.kind, owner.subject.id,
                         owner.purpose);
  }
};

// A copy for one operation, on the stack, zeroed when it goes.
struct DataKey {
  std::array<uint8_t, kKeyIdSize> id{};
  int64_t epoch = 0;
  std::array<uint8_t, 32> bytes{};

  DataKey() = default;
  DataKey(const DataKey&) = default;
  DataKey& operator=(const DataKey&) = default;
  ~DataKey();

  absl::string_view id_view() const { return {reinterpret_cast<const char*>(id.data()), id.size()}; }
  absl::string_view bytes_view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
};

struct KeyringOptions {
  std::string path;
  const base::Clock* clock = nullptr;
  base::RandomSource* random = nullptr;
  KeyProvider* keys = nullptr;
  Vfs* vfs = nullptr;
};

// Opened keys are dropped (and zeroed) after this long without use.
constexpr absl::Duration kKeyIdleTime = absl::Minutes(5);

// Thread-safe. A key in memory costs a shared lock; a new or dropped one costs a read or a durable write.
class Keyring {
 public:
  static absl::StatusOr<std::unique_ptr<Keyring>> Open(KeyringOptions options);
  ~Keyring();

  // A random secret of the server's own ("public-id", "login-name", ...), made durably on first use. One name
  // always goes with one size.
  absl::StatusOr<base::Secret> ServerSecret(const std::string& name, size_t size);

  // Adds a generation for new records; what older ones sealed stays readable.
  absl::Status Rotate(const KeyOwner& owner);

  // Crypto-shredding: removes every generation of the owner's key and truncates the WAL, so that no copy
  // stays in the live file. Also OK when there is none (the caller retries after a crash).
  absl::Status Destroy(const KeyOwner& owner);

  // A hash that identifies this keyring; the data file remembers it.
  const std::string& identity() const { return identity_; }

  // Drops keys that were idle for kKeyIdleTime. Called by the writer now and then.
  void DropIdle();

  // Owners whose keys are in memory.
  size_t opened_keys() const;

 private:
  friend class Sealer;  // the only user of data keys

  struct Generation {
    std::array<uint8_t, kKeyIdSize> id{};
    int64_t epoch = 0;
    LockedBlock bytes;
  };
  struct Opened {
    std::vector<Generation> generations;  // oldest first
    std::atomic<int64_t> last_use_seconds{0};
  };

  explicit Keyring(KeyringOptions options);
  absl::Status Start();

  // The newest key of the owner; made durably first if there is none.
  absl::StatusOr<DataKey> KeyForSeal(const KeyOwner& owner);
  // The owner's key with that id; NOT_FOUND if the owner has, or still has, no such key.
  absl::StatusOr<DataKey> KeyForOpen(const KeyOwner& owner, absl::string_view key_id);
  absl::optional<DataKey> FindOpened(const KeyOwner& owner, absl::optional<absl::string_view> key_id)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::Status OpenKeys(const KeyOwner& owner, bool create) ABSL_LOCKS_EXCLUDED(mutex_, database_mutex_);
  absl::StatusOr<std::vector<Generation>> Load(const KeyOwner& owner)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status Create(const KeyOwner& owner, int64_t epoch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::StatusOr<base::Secret> LoadServerSecret(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::StatusOr<base::Secret> CreateServerSecret(const std::string& name, size_t size)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);
  absl::Status AfterWrite() ABSL_EXCLUSIVE_LOCKS_REQUIRED(database_mutex_);

  const KeyringOptions options_;
  std::string identity_;

  // Order: database_mutex_ before mutex_. mutex_ is never held during I/O.
  absl::Mutex database_mutex_;
  std::unique_ptr<Database> database_ ABSL_GUARDED_BY(database_mutex_);
  LockedMemory memory_;  // before what it holds
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<KeyOwner, std::unique_ptr<Opened>> opened_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, base::Secret> secrets_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::store
