// Where a listener may be bound. Debian's gRPC carries denial-of-service bugs that one client can use, so the
// server itself stays on Unix sockets and loopback, behind an edge proxy.
#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mendwork::rpc {

struct ListenAddress {
  enum class Kind { kUnix, kTcp };
  Kind kind = Kind::kUnix;
  std::string path;         // kUnix
  std::string host;         // kTcp: an IP address, without brackets
  int port = 0;             // kTcp; 0: any free one
  bool is_network = false;  // kTcp that others can reach

  std::string Target() const;  // as gRPC wants it
};

enum class Network { kRefuse, kAllow };

// Reads `unix:/path`, `127.0.0.1:PORT`, `[::1]:PORT` or `localhost:PORT`. Any other address is refused with a
// message that names the risk, unless networks are allowed. Host names are not looked up.
absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text, Network network);

// Finds out, with a plain message, what would keep gRPC from binding: a missing directory, somebody else
// listening, a port in use. Makes the directory of a socket (mode 0700) when it is missing.
absl::Status PrepareToBind(const ListenAddress& address);

}  // namespace mendwork::rpc
