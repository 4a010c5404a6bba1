// Where the server is, and the file that keeps a sign-in between commands.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::admin {

// Picks the address: `server`, else the administration socket of `data`, else $MENDWORK_ADMIN_SERVER, else
// the administration socket of ./data. Paths of sockets are made absolute.
std::string ResolveAddress(const std::string& server, const std::string& data);

// $XDG_STATE_HOME/mendwork/session-HASH, else below ~/.local/state; one file per address.
std::string DefaultSessionPath(absl::string_view address);

struct SavedSession {
  std::string token;
  std::string person;    // practices/{practice}/staff/{staff}, or a partner
  std::string practice;  // practices/{practice}
};

// Empty when there is no file. A file that others can read is refused: the token in it may be known.
absl::StatusOr<absl::optional<SavedSession>> LoadSession(const std::string& path);
// Mode 0600, in a directory with mode 0700 that is made when it does not exist.
absl::Status SaveSession(const std::string& path, const SavedSession& session);
absl::Status RemoveSession(const std::string& path);

}  // namespace mendwork::admin
