#include "service/store/keyring.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/base/crypto.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "service/store/fields.h"
#include "service/store/migrations.h"

namespace mendwork::store {
namespace {

constexpr char kTables[] = R"sql(
PRAGMA application_id = 0x4D574B52;

CREATE TABLE key (
  key_id BLOB PRIMARY KEY CHECK (LENGTH(key_id) = 8),
  practice_id INTEGER NOT NULL,
  subject_kind INTEGER NOT NULL,
  subject_id INTEGER NOT NULL,
  purpose INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  kek_epoch INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  create_time_us INTEGER NOT NULL,
  UNIQUE (practice_id, subject_kind, subject_id, purpose, epoch)
) STRICT;

CREATE TABLE server_secret (
  name TEXT PRIMARY KEY,
  kek_epoch INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  create_time_us INTEGER NOT NULL
) STRICT;
)sql";

constexpr Migration kKeyringMigrations[] = {
    {1, kTables},
};

constexpr char kCountKeys[] = "SELECT (SELECT COUNT(*) FROM key) + (SELECT COUNT(*) FROM server_secret)";

constexpr char kSelectKeys[] =
    "SELECT key_id, epoch, kek_epoch, wrapped FROM key"
    " WHERE practice_id = $practice_id AND subject_kind = $subject_kind AND subject_id = $subject_id"
    "   AND purpose = $purpose"
    " ORDER BY epoch";

constexpr char kInsertKey[] =
    "INSERT INTO key (key_id, practice_id, subject_kind, subject_id, purpose, epoch, kek_epoch, wrapped,"
    "                 create_time_us)"
    " VALUES ($key_id, $practice_id, $subject_kind, $subject_id, $purpose, $epoch, $kek_epoch, $wrapped,"
    "         $create_time_us)";

constexpr char kDeleteKeys[] =
    "DELETE FROM key"
    " WHERE practice_id = $practice_id AND subject_kind = $subject_kind AND subject_id = $subject_id"
    "   AND purpose = $purpose";

constexpr char kSelectSecret[] = "SELECT kek_epoch, wrapped FROM server_secret WHERE name = $name";

constexpr char kInsertSecret[] =
    "INSERT INTO server_secret (name, kek_epoch, wrapped, create_time_us)"
    " VALUES ($name, $kek_epoch, $wrapped, $create_time_us)";

constexpr char kIdentitySecret[] = "keyring-identity";
constexpr size_t kDataKeySize = base::kAeadKeySize;
constexpr int kCheckpointPages = 128;

// Binds a wrapped key to its row, so that rows of the keyring cannot be swapped either.
std::string KeyAad(const KeyOwner& owner, absl::string_view key_id, int64_t epoch) {
  return Fields()
      .Text("mendwork-key-1")
      .Text(key_id)
      .Integer(owner.practice_id)
      .Integer(static_cast<int64_t>(owner.subject.kind))
      .Integer(owner.subject.id)
      .Integer(static_cast<int64_t>(owner.purpose))
      .Integer(epoch)
      .Take();
}

std::string SecretAad(absl::string_view name) { return Fields().Text("mendwork-secret-1").Text(name).Take(); }

template <typename AnyStatement>
auto BindOwner(AnyStatement&& statement, const KeyOwner& owner) {
  return std::move(statement)
      .Bind("$practice_id", owner.practice_id)
      .Bind("$subject_kind", static_cast<int64_t>(owner.subject.kind))
      .Bind("$subject_id", owner.subject.id)
      .Bind("$purpose", static_cast<int64_t>(owner.purpose));
}

}  // namespace

DataKey::~DataKey() { sodium_memzero(bytes.data(), bytes.size()); }

Keyring::Keyring(KeyringOptions options) : options_(std::move(options)) {}

Keyring::~Keyring() {
  absl::MutexLock lock(&database_mutex_);
  if (database_ != nullptr && !options_.vfs->failed()) {
    const absl::Status status = database_->RunCheckpoint(Database::Checkpoint::kTruncate);
    if (!status.ok()) {
      base::Log(base::Severity::kWarning, "keyring_checkpoint_failed", {{"reason", base::Reason(status)}});
    }
  }
}

absl::StatusOr<std::unique_ptr<Keyring>> Keyring::Open(KeyringOptions options) {
  std::unique_ptr<Keyring> keyring = absl::WrapUnique(new Keyring(std::move(options)));
  MENDWORK_RETURN_IF_ERROR(keyring->Start());
  return keyring;
}

absl::Status Keyring::Start() {
  {
    absl::MutexLock lock(&database_mutex_);
    DatabaseOptions options;
    options.path = options_.path;
    options.application_id = kKeyringApplicationId;
    MENDWORK_ASSIGN_OR_RETURN(database_, OpenMigrated(options, kKeyringMigrations, *options_.vfs));
    MENDWORK_ASSIGN_OR_RETURN(const int64_t keys, database_->ReadInteger(kCountKeys));
    MENDWORK_RETURN_IF_ERROR(options_.keys->Prepare(/*first_start=*/keys == 0));
  }
  // Unwrapped at every start: a KEK that does not belong to this keyring shows at once.
  MENDWORK_ASSIGN_OR_RETURN(const base::Secret identity, ServerSecret(kIdentitySecret, 32));
  identity_ = base::Sha256(identity.view());
  return absl::OkStatus();
}

absl::StatusOr<DataKey> Keyring::KeyForSeal(const KeyOwner& owner) {
  absl::optional<DataKey> key = FindOpened(owner, absl::nullopt);
  if (!key.has_value()) {
    MENDWORK_RETURN_IF_ERROR(OpenKeys(owner, /*create=*/true));
    key = FindOpened(owner, absl::nullopt);
  }
  if (!key.has_value()) {
    return base::Error(absl::StatusCode::kUnavailable, "KEY_REMOVED", "The key was removed meanwhile.");
  }
  return *key;
}

absl::StatusOr<DataKey> Keyring::KeyForOpen(const KeyOwner& owner, absl::string_view key_id) {
  absl::optional<DataKey> key = FindOpened(owner, key_id);
  if (!key.has_value()) {
    MENDWORK_RETURN_IF_ERROR(OpenKeys(owner, /*create=*/false));
    key = FindOpened(owner, key_id);
  }
  if (!key.has_value()) {
    return base::Error(absl::StatusCode::kNotFound, "KEY_NOT_FOUND", "The owner has no such key.");
  }
  return *key;
}

absl::optional<DataKey> Keyring::FindOpened(const KeyOwner& owner, absl::optional<absl::string_view> key_id) {
  const int64_t now_seconds = absl::ToUnixSeconds(options_.clock->Now());
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = opened_.find(owner);
  if (found == opened_.end()) {
    return absl::nullopt;
  }
  found->second->last_use_seconds.store(now_seconds, std::memory_order_relaxed);
  const std::vector<Generation>& generations = found->second->generations;
  for (auto generation = generations.rbegin(); generation != generations.rend(); ++generation) {
    if (!key_id.has_value() ||
        std::equal(generation->id.begin(), generation->id.end(), key_id->begin(), key_id->end(),
                   [](uint8_t left, char right) { return left == static_cast<uint8_t>(right); })) {
      DataKey key;
      key.id = generation->id;
      key.epoch = generation->epoch;
      std::memcpy(key.bytes.data(), generation->bytes.data(), key.bytes.size());
      return key;
    }
  }
  return absl::nullopt;
}

absl::Status Keyring::OpenKeys(const KeyOwner& owner, bool create) {
  absl::MutexLock database_lock(&database_mutex_);
  MENDWORK_ASSIGN_OR_RETURN(std::vector<Generation> generations, Load(owner));
  if (generations.empty() && create) {
    MENDWORK_RETURN_IF_ERROR(Create(owner, /*epoch=*/1));
    MENDWORK_ASSIGN_OR_RETURN(generations, Load(owner));
  }
  if (generations.empty()) {
    return absl::OkStatus();
  }
  auto opened = std::make_unique<Opened>();
  opened->generations = std::move(generations);
  opened->last_use_seconds = absl::ToUnixSeconds(options_.clock->Now());
  absl::MutexLock lock(&mutex_);
  opened_[owner] = std::move(opened);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Keyring::Generation>> Keyring::Load(const KeyOwner& owner) {
  std::vector<Generation> generations;
  Statement keys = BindOwner(database_->Query(kSelectKeys), owner);
  for (;;) {
    MENDWORK_ASSIGN_OR_RETURN(const bool row, keys.Step());
    if (!row) {
      return generations;
    }
    const std::string key_id = keys.Blob(0);
    Generation generation;
    generation.epoch = keys.Int64(1);
    MENDWORK_ASSIGN_OR_RETURN(
        const base::Secret bytes,
        options_.keys->Unwrap(keys.Int64(2), keys.Blob(3), KeyAad(owner, key_id, generation.epoch)));
    if (bytes.size() != kDataKeySize || key_id.size() != generation.id.size()) {
      return base::Error(absl::StatusCode::kDataLoss, "KEYRING_DAMAGED",
                         "A key in keyring.db has the wrong size.");
    }
    std::copy(key_id.begin(), key_id.end(), generation.id.begin());
    generation.bytes = memory_.Allocate();
    std::memcpy(generation.bytes.data(), bytes.data(), bytes.size());
    generations.push_back(std::move(generation));
  }
}

absl::Status Keyring::Create(const KeyOwner& owner, int64_t epoch) {
  const base::Secret bytes = base::Secret::Random(kDataKeySize, *options_.random);
  const std::string key_id = options_.random->Bytes(kKeyIdSize);
  const int64_t kek_epoch = options_.keys->current_epoch();
  MENDWORK_ASSIGN_OR_RETURN(const std::string wrapped,
                            options_.keys->Wrap(kek_epoch, bytes, KeyAad(owner, key_id, epoch)));
  // Durable when it returns: synchronous=FULL, and outside a transaction every statement is its own commit.
  MENDWORK_RETURN_IF_ERROR(BindOwner(database_->Query(kInsertKey), owner)
                               .Bind("$key_id", Blob{key_id})
                               .Bind("$epoch", epoch)
                               .Bind("$kek_epoch", kek_epoch)
                               .Bind("$wrapped", Blob{wrapped})
                               .Bind("$create_time_us", options_.clock->Now())
                               .Run());
  return AfterWrite();
}

absl::Status Keyring::Rotate(const KeyOwner& owner) {
  absl::MutexLock database_lock(&database_mutex_);
  MENDWORK_ASSIGN_OR_RETURN(const std::vector<Generation> generations, Load(owner));
  MENDWORK_RETURN_IF_ERROR(Create(owner, generations.empty() ? 1 : generations.back().epoch + 1));
  absl::MutexLock lock(&mutex_);
  opened_.erase(owner);
  return absl::OkStatus();
}

absl::Status Keyring::Destroy(const KeyOwner& owner) {
  absl::MutexLock database_lock(&database_mutex_);
  MENDWORK_RETURN_IF_ERROR(BindOwner(database_->Query(kDeleteKeys), owner).Run());
  {
    // Nobody can load it again: loading needs the database lock, and the row is gone.
    absl::MutexLock lock(&mutex_);
    opened_.erase(owner);
  }
  // Until the WAL is truncated it holds copies of the wrapped key (reliability.md 1.2).
  MENDWORK_RETURN_IF_ERROR(database_->RunCheckpoint(Database::Checkpoint::kTruncate));
  if (database_->wal_pages() != 0) {
    return base::Error(absl::StatusCode::kUnavailable, "STORAGE_BUSY",
                       "The keyring's WAL could not be truncated.");
  }
  return AfterWrite();
}

absl::StatusOr<base::Secret> Keyring::ServerSecret(const std::string& name, size_t size) {
  {
    absl::ReaderMutexLock lock(&mutex_);
    const auto found = secrets_.find(name);
    if (found != secrets_.end()) {
      MENDWORK_CHECK(found->second.size() == size, "A server secret has one size.");
      return found->second.Clone();
    }
  }
  absl::MutexLock database_lock(&database_mutex_);
  MENDWORK_ASSIGN_OR_RETURN(base::Secret secret, LoadServerSecret(name));
  if (secret.empty()) {
    MENDWORK_ASSIGN_OR_RETURN(secret, CreateServerSecret(name, size));
  }
  MENDWORK_CHECK(secret.size() == size, "A server secret has one size.");
  absl::MutexLock lock(&mutex_);
  secrets_[name] = secret.Clone();
  return secret;
}

// Empty when there is none.
absl::StatusOr<base::Secret> Keyring::LoadServerSecret(const std::string& name) {
  Statement secrets = database_->Query(kSelectSecret).Bind("$name", name);
  MENDWORK_ASSIGN_OR_RETURN(const bool row, secrets.Step());
  if (!row) {
    return base::Secret();
  }
  return options_.keys->Unwrap(secrets.Int64(0), secrets.Blob(1), SecretAad(name));
}

absl::StatusOr<base::Secret> Keyring::CreateServerSecret(const std::string& name, size_t size) {
  base::Secret secret = base::Secret::Random(size, *options_.random);
  const int64_t kek_epoch = options_.keys->current_epoch();
  MENDWORK_ASSIGN_OR_RETURN(const std::string wrapped,
                            options_.keys->Wrap(kek_epoch, secret, SecretAad(name)));
  MENDWORK_RETURN_IF_ERROR(database_->Query(kInsertSecret)
                               .Bind("$name", name)
                               .Bind("$kek_epoch", kek_epoch)
                               .Bind("$wrapped", Blob{wrapped})
                               .Bind("$create_time_us", options_.clock->Now())
                               .Run());
  MENDWORK_RETURN_IF_ERROR(AfterWrite());
  return secret;
}

absl::Status Keyring::AfterWrite() {
  if (options_.vfs->failed()) {
    return base::Error(absl::StatusCode::kUnavailable, "STORAGE_FAILED",
                       "The disk failed; nothing was acknowledged.");
  }
  if (database_->wal_pages_since_checkpoint() >= kCheckpointPages) {
    const absl::Status status = database_->RunCheckpoint(Database::Checkpoint::kPassive);
    if (!status.ok()) {
      // The write itself is durable in the WAL; the next one tries again.
      base::Log(base::Severity::kWarning, "keyring_checkpoint_failed", {{"reason", base::Reason(status)}});
    }
  }
  return absl::OkStatus();
}

void Keyring::DropIdle() {
  const int64_t idle_since = absl::ToUnixSeconds(options_.clock->Now() - kKeyIdleTime);
  absl::MutexLock lock(&mutex_);
  absl::erase_if(opened_, [idle_since](const auto& entry) {
    return entry.second->last_use_seconds.load(std::memory_order_relaxed) <= idle_since;
  });
}

size_t Keyring::opened_keys() const {
  absl::ReaderMutexLock lock(&mutex_);
  return opened_.size();
}

}  // namespace mendwork::store
