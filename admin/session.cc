#include "admin/session.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "admin/errors.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/file.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

constexpr mode_t kSessionMode = 0600;
constexpr mode_t kDirectoryMode = 0700;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string AbsolutePath(absl::string_view path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(std::string(path), error);
  return error ? std::string(path) : absolute.lexically_normal().string();
}

absl::Status MakePrivateDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::exists(directory, error)) {
    return absl::OkStatus();
  }
  MENDWORK_RETURN_IF_ERROR(MakePrivateDirectory(directory.parent_path()));
  if (mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST) {
    return UsageError(absl::StrCat("Cannot make the directory ", directory.string(), "."));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ResolveAddress(const std::string& server, const std::string& data) {
  std::string address = server;
  if (address.empty() && !data.empty()) {
    address = absl::StrCat("unix:", data, "/admin.sock");
  }
  if (address.empty()) {
    address = Environment("MENDWORK_ADMIN_SERVER");
  }
  if (address.empty()) {
    address = "unix:data/admin.sock";
  }
  absl::string_view path = address;
  if (!absl::ConsumePrefix(&path, "unix:")) {
    return address;
  }
  absl::ConsumePrefix(&path, "//");
  return absl::StrCat("unix:", AbsolutePath(path));
}

std::string DefaultSessionPath(absl::string_view address) {
  std::string state = Environment("XDG_STATE_HOME");
  if (state.empty() || state[0] != '/') {
    state = absl::StrCat(Environment("HOME"), "/.local/state");
  }
  return absl::StrCat(state, "/mendwork/session-", base::HexEncode(base::Sha256(address)).substr(0, 16));
}

absl::StatusOr<absl::optional<SavedSession>> LoadSession(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) {
      return absl::optional<SavedSession>();
    }
    return UsageError(absl::StrCat("Cannot read the session file ", path, "."));
  }
  if (info.st_uid != geteuid() || (info.st_mode & 077) != 0) {
    return UsageError(absl::StrCat("The session file ", path,
                                   " belongs to or can be read by others. Remove it and sign in again."));
  }
  MENDWORK_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path, 65536));
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  SavedSession session;
  for (const auto& [key, member] : {std::pair{"token", &session.token}, std::pair{"person", &session.person},
                                    std::pair{"practice", &session.practice}}) {
    if (!json.is_object() || !json.contains(key) || !json[key].is_string()) {
      return UsageError(absl::StrCat("The session file ", path, " is damaged. Remove it and sign in again."));
    }
    *member = json[key].get<std::string>();
  }
  return absl::optional<SavedSession>(session);
}

absl::Status SaveSession(const std::string& path, const SavedSession& session) {
  MENDWORK_RETURN_IF_ERROR(MakePrivateDirectory(std::filesystem::path(AbsolutePath(path)).parent_path()));
  const nlohmann::json json = {
      {"token", session.token}, {"person", session.person}, {"practice", session.practice}};
  return base::WriteFileAtomically(path, json.dump(2) + "\n", kSessionMode);
}

absl::Status RemoveSession(const std::string& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return UsageError(absl::StrCat("Cannot remove the session file ", path, "."));
  }
  return absl::OkStatus();
}

}  // namespace mendwork::admin
