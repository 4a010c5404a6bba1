// What a use case works with inside a read or a write: queries, the door to plaintext, and the audit log.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/domain/grant.h"
#include "service/store/audit.h"
#include "service/store/database.h"
#include "service/store/keyring.h"
#include "service/store/sealing.h"
#include "service/store/statement.h"

namespace mendwork::store {

// Lives on the stack of Store::Read or of the writer; must not be kept.
class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Unique in the process, never 0; grants are tied to it.
  uint64_t id() const { return id_; }

  // The time at which this transaction started.
  absl::Time now() const { return now_; }

  // `constant_sql` must be a named constant: statements are cached by its address. See Statement.
  Statement Query(const char* constant_sql) { return database_.Query(constant_sql); }

  // The only way to plaintext. The grant must be of this transaction and for this practice, subject and
  // purpose; otherwise it is our own mistake: INTERNAL, reason GRANT_MISMATCH, and nothing is opened.
  absl::StatusOr<std::string> Open(const domain::Grant& grant, const RecordIdentity& identity,
                                   absl::string_view sealed);

 protected:
  Transaction(Database& database, const Sealer& sealer, absl::Time now);
  ~Transaction() = default;

  Database& database_;

 private:
  const Sealer& sealer_;
  const uint64_t id_;
  const absl::Time now_;
};

class ReadTransaction : public Transaction {
 private:
  friend class Store;
  ReadTransaction(Database& database, const Sealer& sealer, absl::Time now)
      : Transaction(database, sealer, now) {}
};

class WriteTransaction : public Transaction {
 public:
  // Appends one entry; if the transaction does not commit, neither does the entry.
  absl::Status Audit(const AuditEntry& entry);

  // Runs `action` on the writer thread once the commit that holds this transaction is durable, before the
  // job's done callback; never if it is rolled back. It must neither block nor fail.
  void OnCommit(absl::AnyInvocable<void()> action) { after_commit_.push_back(std::move(action)); }

 private:
  friend class Writer;
  WriteTransaction(Database& database, const Sealer& sealer, AuditLog& audit, absl::Time now)
      : Transaction(database, sealer, now), audit_(audit) {}

  AuditLog& audit_;
  std::vector<absl::AnyInvocable<void()>> after_commit_;
};

}  // namespace mendwork::store
