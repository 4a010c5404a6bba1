// A KEK that lives in the test: outlives the store, so that a data directory can be opened again.
#pragma once

#include <string>

#include "absl/strings/str_cat.h"
#include "service/base/crypto.h"
#include "service/base/random.h"
#include "service/base/secret.h"
#include "service/base/status.h"
#include "service/store/key_provider.h"

namespace mendwork::test {

class MemoryKeyProvider : public store::KeyProvider {
 public:
  explicit MemoryKeyProvider(base::RandomSource* random)
      : random_(random), kek_(base::Secret::Random(32, *random)) {}

  absl::Status Prepare(bool /*first_start*/) override { return absl::OkStatus(); }
  int64_t current_epoch() const override { return 1; }
  absl::StatusOr<std::string> Wrap(int64_t /*epoch*/, const base::Secret& key,
                                   absl::string_view aad) override {
    const std::string nonce = random_->Bytes(base::kAeadNonceSize);
    return absl::StrCat(nonce, base::AeadSeal(kek_.view(), nonce, aad, key.view()));
  }
  absl::StatusOr<base::Secret> Unwrap(int64_t /*epoch*/, absl::string_view wrapped,
                                      absl::string_view aad) override {
    const absl::optional<std::string> bytes = base::AeadOpen(
        kek_.view(), wrapped.substr(0, base::kAeadNonceSize), aad, wrapped.substr(base::kAeadNonceSize));
    if (!bytes.has_value()) {
      return base::Error(absl::StatusCode::kDataLoss, "KEY_NOT_UNWRAPPED", "A stored key does not open.");
    }
    return base::Secret::CopyOf(*bytes);
  }
  absl::string_view class_name() const override { return "memory"; }

 private:
  base::RandomSource* const random_;
  const base::Secret kek_;
};

}  // namespace mendwork::test
