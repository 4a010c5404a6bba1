#include "service/store/audit.h"

#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/base/crypto.h"
#include "service/base/status.h"
#include "service/store/fields.h"

namespace mendwork::store {
namespace {

constexpr uint8_t kEncodingVersion = 1;
constexpr size_t kPseudonymSize = 16;
constexpr size_t kPseudonymKeySize = 32;

constexpr char kSelectLast[] = "SELECT COALESCE(MAX(sequence), 0) FROM audit_entry";

constexpr char kInsert[] =
    "INSERT INTO audit_entry (sequence, practice_id, entry, leaf_hash)"
    " VALUES ($sequence, $practice_id, $entry, $leaf_hash)";

}  // namespace

std::string EncodeAuditEntry(const AuditRecord& record) {
  return Fields()
      .Byte(kEncodingVersion)
      .Integer(record.sequence)
      .Integer(absl::ToUnixMicros(record.time))
      .Integer(record.practice_id)
      .Text(record.actor)
      .Text(record.action)
      .Text(record.object_kind)
      .Text(record.object)
      .Text(record.rule_id)
      .Byte(static_cast<uint8_t>(record.decision))
      .Text(record.ciphertext_hash)
      .Text(record.details_hash)
      .Take();
}

std::string LeafHash(absl::string_view encoded_entry) {
  // The zero byte keeps leaves apart from inner nodes, which start with a one (RFC 6962).
  return base::Sha256(absl::StrCat(absl::string_view("\0", 1), encoded_entry));
}

std::string AuditPseudonym(absl::string_view key, absl::string_view kind, int64_t id) {
  std::string subject = absl::StrCat(kind, absl::string_view("\0", 1));
  AppendBigEndian(subject, static_cast<uint64_t>(id), 8);
  return base::KeyedHash(key, subject, kPseudonymSize);
}

absl::Status AuditLog::Start(Database& database) {
  MENDWORK_ASSIGN_OR_RETURN(const int64_t last, database.ReadInteger(kSelectLast));
  next_sequence_ = last + 1;
  return absl::OkStatus();
}

absl::Status AuditLog::Append(Database& database, absl::Time now, const AuditEntry& entry) {
  MENDWORK_CHECK(entry.ciphertext_hash.empty() || entry.ciphertext_hash.size() == base::kSha256Size,
                 "A ciphertext hash is a SHA-256.");
  MENDWORK_ASSIGN_OR_RETURN(
      const base::Secret key,
      keyring_->ServerSecret(absl::StrCat("audit-pseudonym:", entry.practice_id), kPseudonymKeySize));
  AuditRecord record;
  record.sequence = next_sequence_;
  record.time = now;
  record.practice_id = entry.practice_id;
  record.actor = AuditPseudonym(key.view(), entry.actor_kind, entry.actor_id);
  record.action = entry.action;
  record.object_kind = entry.object_kind;
  record.object = AuditPseudonym(key.view(), entry.object_kind, entry.object_id);
  record.rule_id = entry.rule_id;
  record.decision = entry.decision;
  record.ciphertext_hash = entry.ciphertext_hash;
  record.details_hash = entry.details.empty() ? "" : base::KeyedHash(key.view(), entry.details);
  const std::string encoded = EncodeAuditEntry(record);
  MENDWORK_RETURN_IF_ERROR(database.Query(kInsert)
                               .Bind("$sequence", record.sequence)
                               .Bind("$practice_id", record.practice_id)
                               .Bind("$entry", Blob{encoded})
                               .Bind("$leaf_hash", Blob{LeafHash(encoded)})
                               .Run());
  ++next_sequence_;
  return absl::OkStatus();
}

}  // namespace mendwork::store
