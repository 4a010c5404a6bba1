// Whole small files, read and written durably.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mendwork::base {

constexpr size_t kReadFileSizeMax = size_t{64} << 20;

// NOT_FOUND when there is no such file; RESOURCE_EXHAUSTED when it is larger than `size_max`.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t size_max = kReadFileSizeMax);

// Writes beside the target, syncs, renames and syncs the directory: afterwards the file is either the old or
// the new one, whole, whatever happens.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, mode_t mode);

// Makes the directory's entries (files created, renamed or removed in it) durable.
absl::Status SyncDirectory(const std::string& directory);

}  // namespace mendwork::base
