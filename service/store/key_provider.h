// Where the key-encryption key (KEK) lives: one interface over a file, a systemd credential, a token or a
// vault.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/base/secret.h"

namespace mendwork::store {

// Implementations are thread-safe.
class KeyProvider {
 public:
  virtual ~KeyProvider() = default;

  // Called once before the first Wrap or Unwrap. `first_start`: the keyring holds no key yet, so a new KEK
  // may be made. Otherwise a missing KEK is an error: a new one could open nothing that exists.
  virtual absl::Status Prepare(bool first_start) = 0;

  // The KEK epoch for new keys.
  virtual int64_t current_epoch() const = 0;

  virtual absl::StatusOr<std::string> Wrap(int64_t epoch, const base::Secret& key, absl::string_view aad) = 0;
  virtual absl::StatusOr<base::Secret> Unwrap(int64_t epoch, absl::string_view wrapped,
                                              absl::string_view aad) = 0;

  // For the start line and health: "file", ...
  virtual absl::string_view class_name() const = 0;
};

}  // namespace mendwork::store
