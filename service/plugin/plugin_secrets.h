// The secrets an operator laid down for a plugin: files in SECRETS/plugins/<plugin id>/, each named like the
// manifest's secret, readable by the server's user alone. The host reads none of them: it hands over open
// descriptors.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mendwork/plugin/v1/manifest.pb.h"

namespace mendwork::plugin {

// An open secret; closed with it.
class OpenSecret {
 public:
  OpenSecret(std::string name, int fd) : name_(std::move(name)), fd_(fd) {}
  OpenSecret(OpenSecret&& other) noexcept;
  OpenSecret(const OpenSecret&) = delete;
  OpenSecret& operator=(const OpenSecret&) = delete;
  ~OpenSecret();

  const std::string& name() const { return name_; }
  int fd() const { return fd_; }

 private:
  std::string name_;
  int fd_ = -1;
};

// Those of the manifest's secrets that are there. FAILED_PRECONDITION, naming the secret, if a file is no
// regular file, or if others than its owner may read it.
absl::StatusOr<std::vector<OpenSecret>> OpenSecrets(const std::string& directory,
                                                    const std::vector<std::string>& names);

// The names a manifest asks for that can be file names: lower-case letters, digits and "_".
std::vector<std::string> SecretNames(const v1::Manifest& manifest);

}  // namespace mendwork::plugin
