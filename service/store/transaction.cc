#include "service/store/transaction.h"

#include <atomic>

#include "service/base/log.h"
#include "service/base/status.h"

namespace mendwork::store {
namespace {

uint64_t NextTransactionId() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

Transaction::Transaction(Database& database, const Sealer& sealer, absl::Time now)
    : database_(database), sealer_(sealer), id_(NextTransactionId()), now_(now) {}

absl::StatusOr<std::string> Transaction::Open(const domain::Grant& grant, const RecordIdentity& identity,
                                              absl::string_view sealed) {
  const bool matches = grant.transaction_id() == id_ && grant.practice_id() == identity.practice_id &&
                       grant.subject() == identity.subject && grant.purpose() == identity.purpose;
  if (!matches) {
    base::Log(base::Severity::kError, "grant_mismatch",
              {{"rule_id", grant.rule_id()},
               {"table", identity.table},
               {"row_id", identity.row_id},
               {"same_transaction", grant.transaction_id() == id_}});
    return base::Error(absl::StatusCode::kInternal, "GRANT_MISMATCH",
                       "The server tried to open a record without the decision for it.");
  }
  return sealer_.Open(identity, sealed);
}

absl::Status WriteTransaction::Audit(const AuditEntry& entry) {
  return audit_.Append(database_, now(), entry);
}

}  // namespace mendwork::store
