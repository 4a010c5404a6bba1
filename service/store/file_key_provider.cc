#include "service/store/file_key_provider.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/base/crypto.h"
#include "service/base/file.h"
#include "service/base/status.h"

namespace mendwork::store {
namespace {

using absl::StatusCode;
using base::Error;

constexpr absl::string_view kFilePrefix = "kek-";
constexpr size_t kKekSize = base::kAeadKeySize;

absl::Status CheckPrivate(const std::string& path) {
  struct stat attributes;
  if (stat(path.c_str(), &attributes) != 0) {
    return Error(
        StatusCode::kFailedPrecondition, "KEY_FILE_MISSING",
        absl::StrCat("The key file or directory ", path, " cannot be read (", std::strerror(errno),
                     "). Restore it from the backup of the secrets: without it nothing that is stored can be "
                     "opened."));
  }
  if ((attributes.st_mode & 077) != 0) {
    return Error(StatusCode::kFailedPrecondition, "KEY_FILE_PERMISSIONS",
                 absl::StrCat(path, " can be read or changed by other users. Close it with: chmod ",
                              S_ISDIR(attributes.st_mode) ? "700 " : "400 ", path));
  }
  return absl::OkStatus();
}

}  // namespace

FileKeyProvider::FileKeyProvider(std::string directory, base::RandomSource* random)
    : directory_(std::move(directory)), random_(random) {}

std::string FileKeyProvider::PathOf(int64_t epoch) const {
  return absl::StrCat(directory_, "/", kFilePrefix, epoch);
}

absl::Status FileKeyProvider::CheckDirectory(bool first_start) const {
  if (first_start && mkdir(directory_.c_str(), 0700) != 0 && errno != EEXIST) {
    return Error(StatusCode::kFailedPrecondition, "KEY_DIRECTORY_MISSING",
                 absl::StrCat("The secrets directory ", directory_, " cannot be made (", std::strerror(errno),
                              "). Create it with: mkdir -m 700 ", directory_));
  }
  return CheckPrivate(directory_);
}

absl::StatusOr<int64_t> FileKeyProvider::NewestEpoch() const {
  int64_t newest = 0;
  std::error_code error;
  for (std::filesystem::directory_iterator file(directory_, error), end; !error && file != end;
       file.increment(error)) {
    const std::string name = file->path().filename().string();
    absl::string_view number = name;
    int64_t epoch = 0;
    if (absl::ConsumePrefix(&number, kFilePrefix) && absl::SimpleAtoi(number, &epoch) &&
        absl::StrCat(epoch) == number) {
      newest = std::max(newest, epoch);
    }
  }
  if (error) {
    return Error(
        StatusCode::kFailedPrecondition, "KEY_DIRECTORY_MISSING",
        absl::StrCat("The secrets directory ", directory_, " cannot be listed (", error.message(), ")."));
  }
  return newest;
}

absl::Status FileKeyProvider::Prepare(bool first_start) {
  MENDWORK_RETURN_IF_ERROR(CheckDirectory(first_start));
  MENDWORK_ASSIGN_OR_RETURN(int64_t epoch, NewestEpoch());
  if (epoch == 0) {
    epoch = 1;
    if (first_start) {
      const base::Secret key = base::Secret::Random(kKekSize, *random_);
      MENDWORK_RETURN_IF_ERROR(base::WriteFileAtomically(PathOf(epoch), key.view(), 0400));
    }
  }
  absl::MutexLock lock(&mutex_);
  MENDWORK_RETURN_IF_ERROR(Load(epoch));
  current_epoch_ = epoch;
  return absl::OkStatus();
}

int64_t FileKeyProvider::current_epoch() const {
  absl::MutexLock lock(&mutex_);
  return current_epoch_;
}

absl::Status FileKeyProvider::Load(int64_t epoch) {
  const std::string path = PathOf(epoch);
  MENDWORK_RETURN_IF_ERROR(CheckPrivate(path));
  MENDWORK_ASSIGN_OR_RETURN(std::string bytes, base::ReadFile(path, kKekSize + 1));
  base::Secret key = base::Secret::CopyOf(bytes);
  base::Wipe(bytes);
  if (key.size() != kKekSize) {
    return Error(StatusCode::kFailedPrecondition, "KEY_FILE_DAMAGED",
                 absl::StrCat("The key file ", path, " does not have ", kKekSize,
                              " bytes. Restore it from the backup of the secrets."));
  }
  keys_[epoch] = std::move(key);
  return absl::OkStatus();
}

absl::StatusOr<const base::Secret*> FileKeyProvider::Key(int64_t epoch) {
  auto found = keys_.find(epoch);
  if (found == keys_.end()) {
    MENDWORK_RETURN_IF_ERROR(Load(epoch));
    found = keys_.find(epoch);
  }
  return &found->second;
}

absl::StatusOr<std::string> FileKeyProvider::Wrap(int64_t epoch, const base::Secret& key,
                                                  absl::string_view aad) {
  const std::string nonce = random_->Bytes(base::kAeadNonceSize);
  absl::MutexLock lock(&mutex_);
  MENDWORK_ASSIGN_OR_RETURN(const base::Secret* kek, Key(epoch));
  return absl::StrCat(nonce, base::AeadSeal(kek->view(), nonce, aad, key.view()));
}

absl::StatusOr<base::Secret> FileKeyProvider::Unwrap(int64_t epoch, absl::string_view wrapped,
                                                     absl::string_view aad) {
  absl::MutexLock lock(&mutex_);
  MENDWORK_ASSIGN_OR_RETURN(const base::Secret* kek, Key(epoch));
  absl::optional<std::string> bytes;
  if (wrapped.size() > base::kAeadNonceSize) {
    bytes = base::AeadOpen(kek->view(), wrapped.substr(0, base::kAeadNonceSize), aad,
                           wrapped.substr(base::kAeadNonceSize));
  }
  if (!bytes.has_value()) {
    return Error(
        StatusCode::kDataLoss, "KEY_NOT_UNWRAPPED",
        absl::StrCat("A stored key does not open with ", kFilePrefix, epoch,
                     ": the key file and keyring.db do not belong together, or one of them is damaged."));
  }
  base::Secret key = base::Secret::CopyOf(*bytes);
  base::Wipe(*bytes);
  return key;
}

}  // namespace mendwork::store
