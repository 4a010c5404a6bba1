#include "service/store/store.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "service/base/check.h"
#include "service/base/status.h"
#include "service/store/migrations.h"

namespace mendwork::store {
namespace {

using absl::StatusCode;
using base::Error;

constexpr char kDataFile[] = "mendwork.db";
constexpr char kDataWalFile[] = "mendwork.db-wal";
constexpr char kKeyringFile[] = "keyring.db";

constexpr char kBegin[] = "BEGIN";
constexpr char kEnd[] = "ROLLBACK";
constexpr char kSelectKeyringIdentity[] = "SELECT keyring_identity FROM engine_state WHERE id = 1";
constexpr char kUpdateKeyringIdentity[] = "UPDATE engine_state SET keyring_identity = $identity WHERE id = 1";

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

}  // namespace

Store::Store(StoreOptions options) : options_(std::move(options)) {
  MENDWORK_CHECK(options_.clock != nullptr && options_.random != nullptr && options_.keys != nullptr,
                 "A store has a clock, randomness and keys.");
  MENDWORK_CHECK(options_.reader_limit > 0 && options_.queue_limit > 0 && options_.batch_limit > 0,
                 "A store's limits are above zero.");
}

Store::~Store() {
  if (writer_ != nullptr) {
    writer_->Stop();
  }
}

absl::StatusOr<std::unique_ptr<Store>> Store::Open(StoreOptions options) {
  std::unique_ptr<Store> store = absl::WrapUnique(new Store(std::move(options)));
  MENDWORK_RETURN_IF_ERROR(store->Start());
  return store;
}

absl::Status Store::Start() {
  MENDWORK_ASSIGN_OR_RETURN(lock_, DirectoryLock::Acquire(options_.directory));
  vfs_ = std::make_unique<Vfs>(options_.vfs);
  MENDWORK_RETURN_IF_ERROR(OpenKeyring());
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, OpenData());
  MENDWORK_RETURN_IF_ERROR(MatchKeyring(*database));
  sealer_ = std::make_unique<Sealer>(keyring_.get(), options_.random);
  WriterOptions writer;
  writer.clock = options_.clock;
  writer.keyring = keyring_.get();
  writer.sealer = sealer_.get();
  writer.ids = &ids_;
  writer.vfs = vfs_.get();
  writer.queue_limit = options_.queue_limit;
  writer.batch_limit = options_.batch_limit;
  MENDWORK_ASSIGN_OR_RETURN(writer_, Writer::Start(writer, std::move(database)));
  return absl::OkStatus();
}

absl::Status Store::OpenKeyring() {
  if (Exists(PathOf(kDataFile)) && !Exists(PathOf(kKeyringFile))) {
    return Error(
        StatusCode::kFailedPrecondition, "KEYRING_MISSING",
        absl::StrCat("The data directory ", options_.directory, " has ", kDataFile, " but no ", kKeyringFile,
                     ": without its keys the data cannot be opened. Restore the keyring from its backup."));
  }
  KeyringOptions keyring;
  keyring.path = PathOf(kKeyringFile);
  keyring.clock = options_.clock;
  keyring.random = options_.random;
  keyring.keys = options_.keys;
  keyring.vfs = vfs_.get();
  MENDWORK_ASSIGN_OR_RETURN(keyring_, Keyring::Open(std::move(keyring)));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Database>> Store::OpenData() {
  DatabaseOptions data;
  data.path = PathOf(kDataFile);
  data.application_id = kDataApplicationId;
  return OpenMigrated(data, DataMigrations(), *vfs_);
}

// A data file opened with another keyring would answer every read with "unreadable": better said once, at the
// start.
absl::Status Store::MatchKeyring(Database& database) {
  std::string identity;
  {
    Statement statement = database.Query(kSelectKeyringIdentity);
    MENDWORK_ASSIGN_OR_RETURN(const bool row, statement.Step());
    identity = row ? statement.Blob(0) : "";
  }
  if (identity.empty()) {
    return database.Query(kUpdateKeyringIdentity).Bind("$identity", Blob{keyring_->identity()}).Run();
  }
  if (identity != keyring_->identity()) {
    return Error(StatusCode::kFailedPrecondition, "KEYRING_MISMATCH",
                 absl::StrCat(kKeyringFile, " does not belong to ", kDataFile, " in ", options_.directory,
                              ". Restore both from backups of the same server."));
  }
  return absl::OkStatus();
}

void Store::Write(absl::Time deadline, absl::AnyInvocable<absl::Status(WriteTransaction&)> body,
                  absl::AnyInvocable<void(absl::Status)> done) {
  writer_->Write(deadline, std::move(body), std::move(done));
}

absl::Status Store::WriteAndWait(absl::FunctionRef<absl::Status(WriteTransaction&)> body) {
  MENDWORK_CHECK(!writer_->OnWriterThread(), "The writer does not wait for itself.");
  absl::Notification finished;
  absl::Status result;
  writer_->Write(
      absl::InfiniteFuture(), [body](WriteTransaction& transaction) { return body(transaction); },
      [&finished, &result](absl::Status status) {
        result = std::move(status);
        finished.Notify();
      });
  finished.WaitForNotification();
  return result;
}

absl::Status Store::Read(absl::FunctionRef<absl::Status(ReadTransaction&)> body) {
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<Database> reader, TakeReader());
  const absl::Cleanup give_back = [this, &reader] { ReturnReader(std::move(reader)); };
  reader->ResetStepLimit();
  MENDWORK_RETURN_IF_ERROR(reader->Query(kBegin).Run());
  absl::Status status;
  {
    ReadTransaction transaction(*reader, *sealer_, options_.clock->Now());
    status = body(transaction);
  }
  reader->ResetStepLimit();
  const absl::Status ended = reader->Query(kEnd).Run();
  return status.ok() ? ended : status;
}

absl::StatusOr<std::string> Store::Seal(const RecordIdentity& identity, absl::string_view plaintext) {
  return sealer_->Seal(identity, plaintext);
}

absl::Status Store::CheckIntegrity() {
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<Database> reader, OpenReader(/*step_limit=*/0));
  return reader->QuickCheck();
}

absl::StatusOr<std::unique_ptr<Database>> Store::OpenReader(int64_t step_limit) {
  DatabaseOptions reader;
  reader.path = PathOf(kDataFile);
  reader.role = DatabaseOptions::Role::kReader;
  reader.application_id = kDataApplicationId;
  reader.step_limit = step_limit;
  return Database::Open(reader, *vfs_);
}

absl::StatusOr<std::unique_ptr<Database>> Store::TakeReader() {
  {
    absl::MutexLock lock(&readers_mutex_);
    const auto available = [this] { return !idle_readers_.empty() || open_readers_ < options_.reader_limit; };
    readers_mutex_.Await(absl::Condition(&available));
    if (!idle_readers_.empty()) {
      std::unique_ptr<Database> reader = std::move(idle_readers_.back());
      idle_readers_.pop_back();
      return reader;
    }
    ++open_readers_;
  }
  absl::StatusOr<std::unique_ptr<Database>> reader = OpenReader(options_.read_step_limit);
  if (!reader.ok()) {
    absl::MutexLock lock(&readers_mutex_);
    --open_readers_;
  }
  return reader;
}

void Store::ReturnReader(std::unique_ptr<Database> reader) {
  absl::MutexLock lock(&readers_mutex_);
  if (reader->in_transaction()) {
    // Could not be ended: it would hold its snapshot, and the WAL, for ever.
    --open_readers_;
    return;
  }
  idle_readers_.push_back(std::move(reader));
}

std::string Store::PathOf(absl::string_view file) const {
  return absl::StrCat(options_.directory, "/", file);
}

StoreFacts Store::Facts() const {
  StoreFacts facts;
  facts.schema_version = static_cast<int>(DataMigrations().back().version);
  facts.key_provider = std::string(options_.keys->class_name());
  facts.writer_queue_length = static_cast<int64_t>(writer_->counters().queued);
  std::error_code ignored;  // a file that is not there yet counts as empty
  for (const char* file : {kDataFile, kDataWalFile}) {
    const auto size = std::filesystem::file_size(PathOf(file), ignored);
    facts.database_bytes += ignored ? 0 : static_cast<int64_t>(size);
  }
  facts.free_bytes = static_cast<int64_t>(std::filesystem::space(options_.directory, ignored).available);
  return facts;
}

}  // namespace mendwork::store
