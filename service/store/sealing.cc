#include "service/store/sealing.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "service/base/crypto.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "service/store/fields.h"

namespace mendwork::store {
namespace {

constexpr char kFormat = 0x01;
constexpr char kPaddingMark = '\x80';
constexpr size_t kSizeClassMin = 256;
constexpr size_t kHeaderSize = 1 + kKeyIdSize + base::kAeadNonceSize;

std::string RecordAad(const RecordIdentity& identity, int64_t key_epoch) {
  return Fields()
      .Text("mendwork-record-1")
      .Integer(identity.practice_id)
      .Text(identity.table)
      .Integer(identity.row_id)
      .Text(identity.column)
      .Integer(static_cast<int64_t>(identity.subject.kind))
      .Integer(identity.subject.id)
      .Integer(static_cast<int64_t>(identity.purpose))
      .Integer(key_epoch)
      .Integer(identity.row_version)
      .Take();
}

std::string Pad(absl::string_view plaintext) {
  std::string padded;
  padded.reserve(SizeClass(plaintext.size() + 1));
  padded.assign(plaintext.data(), plaintext.size());
  padded.push_back(kPaddingMark);
  padded.resize(SizeClass(padded.size()), '\0');
  return padded;
}

// The length without its padding, or npos when there is no padding mark.
size_t UnpaddedSize(absl::string_view padded) {
  const size_t mark = padded.find_last_not_of('\0');
  if (mark == absl::string_view::npos || padded[mark] != kPaddingMark) {
    return absl::string_view::npos;
  }
  return mark;
}

absl::Status Unreadable(const RecordIdentity& identity, absl::string_view problem) {
  base::Log(base::Severity::kError, "sealed_record_unreadable",
            {{"practice_id", identity.practice_id},
             {"table", identity.table},
             {"row_id", identity.row_id},
             {"column", identity.column},
             {"row_version", identity.row_version},
             {"problem", problem}});
  return base::Error(absl::StatusCode::kDataLoss, "SEALED_RECORD_UNREADABLE",
                     absl::StrCat("The record ", identity.table, "/", identity.row_id, "/", identity.column,
                                  " cannot be read (", problem, ")."));
}

}  // namespace

size_t SizeClass(size_t size) {
  size_t base = kSizeClassMin;
  while (base * 2 < size) {
    base *= 2;
  }
  if (size <= base) {
    return base;
  }
  const size_t step = base / 4;
  return base + (size - base + step - 1) / step * step;
}

absl::StatusOr<std::string> Sealer::Seal(const RecordIdentity& identity, absl::string_view plaintext) const {
  if (plaintext.size() > kPlaintextSizeMax) {
    return base::Error(absl::StatusCode::kInvalidArgument, "RECORD_TOO_LARGE",
                       absl::StrCat("A record has at most ", kPlaintextSizeMax, " bytes."));
  }
  MENDWORK_ASSIGN_OR_RETURN(const DataKey key, keyring_->KeyForSeal(identity.owner()));
  const std::string nonce = random_->Bytes(base::kAeadNonceSize);
  std::string padded = Pad(plaintext);
  std::string ciphertext = base::AeadSeal(key.bytes_view(), nonce, RecordAad(identity, key.epoch), padded);
  base::Wipe(padded);
  return absl::StrCat(absl::string_view(&kFormat, 1), key.id_view(), nonce, ciphertext);
}

absl::StatusOr<std::string> Sealer::Open(const RecordIdentity& identity, absl::string_view sealed) const {
  if (sealed.size() < kHeaderSize + base::kAeadTagSize || sealed[0] != kFormat) {
    return Unreadable(identity, "unknown format");
  }
  // The owner comes from the row; the record only says which of the owner's keys.
  const absl::StatusOr<DataKey> key = keyring_->KeyForOpen(identity.owner(), sealed.substr(1, kKeyIdSize));
  if (absl::IsNotFound(key.status())) {
    return Unreadable(identity, "no such key");
  }
  MENDWORK_RETURN_IF_ERROR(key.status());
  absl::optional<std::string> padded =
      base::AeadOpen(key->bytes_view(), sealed.substr(1 + kKeyIdSize, base::kAeadNonceSize),
                     RecordAad(identity, key->epoch), sealed.substr(kHeaderSize));
  if (!padded.has_value()) {
    return Unreadable(identity, "damaged or from another place");
  }
  const size_t size = UnpaddedSize(*padded);
  if (size == absl::string_view::npos) {
    return Unreadable(identity, "padding");
  }
  padded->resize(size);
  return *std::move(padded);
}

}  // namespace mendwork::store
