#include "service/rpc/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "service/base/status.h"

namespace mendwork::rpc {
namespace {

constexpr absl::string_view kUnixPrefix = "unix:";

absl::Status Refused(absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "LISTEN_ADDRESS", message);
}

absl::Status CannotListen(absl::string_view message) {
  return base::Error(absl::StatusCode::kFailedPrecondition, "CANNOT_LISTEN", message);
}

union SocketAddress {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
  sockaddr_un local;
};

bool IsLoopback(const std::string& host) {
  in_addr v4;
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) {
    return (ntohl(v4.s_addr) >> 24) == 127;
  }
  in6_addr v6;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool IsIpAddress(const std::string& host) {
  in6_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

absl::StatusOr<ListenAddress> ParseUnix(const std::string& text) {
  ListenAddress address;
  address.path = text.substr(kUnixPrefix.size());
  if (absl::StartsWith(address.path, "//")) {
    address.path = address.path.substr(2);
  }
  if (address.path.empty()) {
    return Refused(absl::StrCat("\"", text, "\" names no socket. Write unix:/path/of/the/socket."));
  }
  if (address.path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Refused(absl::StrCat("The path of the socket \"", address.path, "\" is longer than the ",
                                sizeof(sockaddr_un::sun_path) - 1,
                                " bytes that the system allows. Choose a shorter one with --listen or "
                                "--admin-listen."));
  }
  return address;
}

// A socket file that nobody answers on is left over from an earlier run; gRPC removes it.
absl::Status CheckSocketFile(const std::string& path) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) {
    return absl::OkStatus();
  }
  if (!S_ISSOCK(found.st_mode)) {
    return CannotListen(absl::StrCat(path, " exists and is not a socket. Move it away or listen elsewhere."));
  }
  SocketAddress address;
  std::memset(&address, 0, sizeof(address));
  address.local.sun_family = AF_UNIX;
  std::memcpy(address.local.sun_path, path.data(), path.size());
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const absl::Cleanup close_probe = [probe] { close(probe); };
  if (probe >= 0 && connect(probe, &address.any, sizeof(address.local)) == 0) {
    return CannotListen(absl::StrCat("Another process answers on ", path, ". Stop it or listen elsewhere."));
  }
  return absl::OkStatus();
}

absl::Status PrepareSocket(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    const std::string directory = path.substr(0, slash);
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      return CannotListen(absl::StrCat("The directory ", directory, " for the socket cannot be made (",
                                       std::strerror(errno), "). Make it, or listen elsewhere."));
    }
    struct stat found;
    if (stat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) {
      return CannotListen(absl::StrCat(directory, " is not a directory. Listen elsewhere."));
    }
    // In a sticky directory nobody removes the files of others.
    if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (found.st_mode & S_ISVTX) == 0) {
      return CannotListen(absl::StrCat("Others may write in ", directory,
                                       " and put a socket of theirs in the server's place. Take their write "
                                       "permission away, or listen elsewhere."));
    }
    if (access(directory.c_str(), W_OK | X_OK) != 0) {
      return CannotListen(
          absl::StrCat("The server may not write in ", directory,
                       ", where its socket belongs. Give it the permission, or listen elsewhere."));
    }
  }
  return CheckSocketFile(path);
}

absl::Status TryPort(const ListenAddress& address) {
  SocketAddress local;
  std::memset(&local, 0, sizeof(local));
  socklen_t size = sizeof(local.v4);
  if (inet_pton(AF_INET, address.host.c_str(), &local.v4.sin_addr) == 1) {
    local.v4.sin_family = AF_INET;
    local.v4.sin_port = htons(static_cast<uint16_t>(address.port));
  } else {
    inet_pton(AF_INET6, address.host.c_str(), &local.v6.sin6_addr);
    local.v6.sin6_family = AF_INET6;
    local.v6.sin6_port = htons(static_cast<uint16_t>(address.port));
    size = sizeof(local.v6);
  }
  const int probe = socket(local.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const absl::Cleanup close_probe = [probe] { close(probe); };
  const int on = 1;
  setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (probe < 0 || bind(probe, &local.any, size) != 0) {
    return CannotListen(absl::StrCat("The server cannot listen on ", address.Target(), " (",
                                     std::strerror(errno), "). Choose another address with --listen."));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ListenAddress::Target() const {
  if (kind == Kind::kUnix) {
    return absl::StrCat(kUnixPrefix, path);
  }
  return host.find(':') == std::string::npos ? absl::StrCat(host, ":", port)
                                             : absl::StrCat("[", host, "]:", port);
}

absl::StatusOr<ListenAddress> ParseListenAddress(const std::string& text, Network network) {
  if (absl::StartsWith(text, kUnixPrefix)) {
    return ParseUnix(text);
  }
  const size_t colon = text.rfind(':');
  ListenAddress address;
  address.kind = ListenAddress::Kind::kTcp;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &address.port) ||
      address.port < 0 || address.port > 65535) {
    return Refused(absl::StrCat("\"", text, "\" is not an address. Write unix:/path or 127.0.0.1:PORT."));
  }
  address.host = text.substr(0, colon);
  if (address.host.size() > 2 && address.host.front() == '[' && address.host.back() == ']') {
    address.host = address.host.substr(1, address.host.size() - 2);
  }
  if (address.host == "localhost") {
    address.host = "127.0.0.1";
  }
  if (!IsIpAddress(address.host)) {
    return Refused(absl::StrCat("\"", text,
                                "\" is not an IP address with a port. Write unix:/path or "
                                "127.0.0.1:PORT; names are not looked up."));
  }
  address.is_network = !IsLoopback(address.host);
  if (address.is_network && network == Network::kRefuse) {
    return Refused(absl::StrCat("The server does not listen on ", text,
                                ", which others can reach: its gRPC library can be stopped by one hostile "
                                "client, and there is no TLS. "
                                "Listen on unix:/path or 127.0.0.1:PORT and put the nginx edge in front, "
                                "which does both. If you must, "
                                "--allow-insecure-network-listener accepts the risk."));
  }
  return address;
}

absl::Status PrepareToBind(const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::kUnix) {
    return PrepareSocket(address.path);
  }
  return address.port == 0 ? absl::OkStatus() : TryPort(address);
}

}  // namespace mendwork::rpc
