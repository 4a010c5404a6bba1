// The KEK as a file, secrets/kek-<epoch>: 32 bytes, mode 0400. Protects backups and a stolen data file, not a
// stolen machine image (threat 24): the secrets directory must be kept and backed up apart from the data.
#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "service/base/random.h"
#include "service/store/key_provider.h"

namespace mendwork::store {

class FileKeyProvider : public KeyProvider {
 public:
  // `random` must outlive the provider. The directory is made (mode 0700) on first start.
  FileKeyProvider(std::string directory, base::RandomSource* random);

  // Loads the newest kek-<epoch>; on first start makes kek-1. Refuses files and directories that others may
  // read.
  absl::Status Prepare(bool first_start) override;
  int64_t current_epoch() const override;
  absl::StatusOr<std::string> Wrap(int64_t epoch, const base::Secret& key, absl::string_view aad) override;
  absl::StatusOr<base::Secret> Unwrap(int64_t epoch, absl::string_view wrapped,
                                      absl::string_view aad) override;
  absl::string_view class_name() const override { return "file"; }

 private:
  std::string PathOf(int64_t epoch) const;
  absl::Status CheckDirectory(bool first_start) const;
  absl::StatusOr<int64_t> NewestEpoch() const;
  absl::Status Load(int64_t epoch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<const base::Secret*> Key(int64_t epoch) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  base::RandomSource* const random_;
  mutable absl::Mutex mutex_;
  int64_t current_epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<int64_t, base::Secret> keys_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::store
