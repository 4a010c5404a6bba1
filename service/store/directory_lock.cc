#include "service/store/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "service/base/status.h"

namespace mendwork::store {
namespace {

absl::Status Refuse(absl::string_view reason, absl::string_view message) {
  return base::Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

absl::Status ReadOnly(const std::string& directory) {
  return Refuse(
      "DATA_DIRECTORY_READ_ONLY",
      absl::StrCat("The data directory ", directory,
                   " cannot be written. Give it to the user of the server (chown), allow the owner to write "
                   "(chmod 700), and check that the disk is not mounted read-only."));
}

absl::Status CheckDirectory(const std::string& directory) {
  struct stat attributes;
  if (stat(directory.c_str(), &attributes) != 0) {
    return Refuse("DATA_DIRECTORY_MISSING",
                  absl::StrCat("The data directory ", directory, " cannot be found (", std::strerror(errno),
                               "). Create it with: mkdir -m 700 ", directory));
  }
  if (!S_ISDIR(attributes.st_mode)) {
    return Refuse("DATA_DIRECTORY_MISSING",
                  absl::StrCat(directory, " is not a directory. Name one with mode 700."));
  }
  if ((attributes.st_mode & 077) != 0) {
    return Refuse("DATA_DIRECTORY_PERMISSIONS",
                  absl::StrCat("The data directory ", directory,
                               " can be entered by other users. Close it with: chmod 700 ", directory));
  }
  if (access(directory.c_str(), R_OK | W_OK | X_OK) != 0) {
    return ReadOnly(directory);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DirectoryLock>> DirectoryLock::Acquire(const std::string& directory) {
  MENDWORK_RETURN_IF_ERROR(CheckDirectory(directory));
  const std::string path = absl::StrCat(directory, "/lock");
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) {
    if (errno == ENOSPC) {
      return Refuse("STORAGE_FULL",
                    absl::StrCat("The disk of ", directory, " is full. Free some space, then start again."));
    }
    return ReadOnly(directory);
  }
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    close(file);
    return Refuse("DATA_DIRECTORY_IN_USE",
                  absl::StrCat("Another Mendwork server is using the data directory ", directory,
                               ". Stop it first, or give this one a directory of its own."));
  }
  return absl::WrapUnique(new DirectoryLock(file));
}

DirectoryLock::~DirectoryLock() { close(file_); }

}  // namespace mendwork::store
