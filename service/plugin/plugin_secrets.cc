#include "service/plugin/plugin_secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/status.h"

namespace mendwork::plugin {
namespace {

constexpr size_t kNameSizeMax = 40;

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameSizeMax &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

absl::Status Unusable(const std::string& name, const char* problem) {
  return base::Error(absl::StatusCode::kFailedPrecondition, "PLUGIN_SECRET_UNUSABLE",
                     absl::StrCat("the plugin's secret ", name, " ", problem));
}

}  // namespace

OpenSecret::OpenSecret(OpenSecret&& other) noexcept
    : name_(std::move(other.name_)), fd_(std::exchange(other.fd_, -1)) {}

OpenSecret::~OpenSecret() {
  if (fd_ >= 0) {
    close(fd_);
  }
}

absl::StatusOr<std::vector<OpenSecret>> OpenSecrets(const std::string& directory,
                                                    const std::vector<std::string>& names) {
  std::vector<OpenSecret> open_secrets;
  for (const std::string& name : names) {
    const int fd =
        open(absl::StrCat(directory, "/", name).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT) {
      continue;
    }
    if (fd < 0) {
      return Unusable(name, "cannot be opened");
    }
    open_secrets.emplace_back(name, fd);
    struct stat status = {};
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
      return Unusable(name, "is no regular file");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
      return Unusable(name, "can be read by others than its owner: chmod 600");
    }
  }
  return open_secrets;
}

std::vector<std::string> SecretNames(const v1::Manifest& manifest) {
  std::vector<std::string> names;
  for (const v1::SecretWanted& wanted : manifest.secrets()) {
    if (IsName(wanted.name())) {
      names.push_back(wanted.name());
    }
  }
  return names;
}

}  // namespace mendwork::plugin
