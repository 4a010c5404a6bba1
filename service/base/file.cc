#include "service/base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "service/base/status.h"

namespace mendwork::base {
namespace {

absl::Status ErrnoStatus(int error, absl::string_view what, const std::string& path) {
  return absl::ErrnoToStatus(error, absl::StrCat("Cannot ", what, " ", path));
}

absl::Status WriteAndSync(int file, absl::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return ErrnoStatus(errno, "write", path);
    }
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  if (fsync(file) != 0) {
    return ErrnoStatus(errno, "sync", path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t size_max) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return ErrnoStatus(errno, "open", path);
  }
  const absl::Cleanup close_file = [file] { close(file); };
  std::string bytes;
  char buffer[16384];
  for (;;) {
    const ssize_t count = read(file, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return ErrnoStatus(errno, "read", path);
    }
    if (count == 0) {
      return bytes;
    }
    if (bytes.size() + static_cast<size_t>(count) > size_max) {
      return Error(absl::StatusCode::kResourceExhausted, "FILE_TOO_LARGE",
                   absl::StrCat("The file ", path, " is larger than ", size_max, " bytes."));
    }
    bytes.append(buffer, static_cast<size_t>(count));
  }
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, mode_t mode) {
  std::string temporary = absl::StrCat(path, ".XXXXXX");
  const int file = mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) {
    return ErrnoStatus(errno, "create a file beside", path);
  }
  absl::Cleanup remove = [&temporary] { unlink(temporary.c_str()); };
  absl::Status status = fchmod(file, mode) == 0 ? WriteAndSync(file, bytes, temporary)
                                                : ErrnoStatus(errno, "set the mode of", temporary);
  if (close(file) != 0 && status.ok()) {
    status = ErrnoStatus(errno, "close", temporary);
  }
  MENDWORK_RETURN_IF_ERROR(status);
  if (rename(temporary.c_str(), path.c_str()) != 0) {
    return ErrnoStatus(errno, "put in place", path);
  }
  std::move(remove).Cancel();
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return SyncDirectory(directory.empty() ? "." : directory);
}

absl::Status SyncDirectory(const std::string& directory) {
  const int file = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) {
    return ErrnoStatus(errno, "open the directory", directory);
  }
  const absl::Cleanup close_file = [file] { close(file); };
  if (fsync(file) != 0) {
    return ErrnoStatus(errno, "sync the directory", directory);
  }
  return absl::OkStatus();
}

}  // namespace mendwork::base
