// One RPC on the wire: bytes out, bytes in. The only part of mendctl that knows gRPC.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mendwork::admin {

class Transport {
 public:
  virtual ~Transport() = default;
  // `token` may be empty. Errors are made by ServerError and UnreachableError.
  virtual absl::StatusOr<std::string> Call(const std::string& method_path, const std::string& request,
                                           const std::string& token) = 0;
};

struct ConnectionOptions {
  std::string address;  // "unix:/path" or "host:port"
  std::string ca_file;  // trusted certificates (PEM) for a network address; empty means those of the system
  absl::Duration timeout = absl::Seconds(30);
};

// A Unix socket or a loopback address is spoken to in plain text; anything else only over TLS, so that a
// session token never crosses a network in the clear.
std::unique_ptr<Transport> NewGrpcTransport(ConnectionOptions options);

bool IsLocalAddress(absl::string_view address);

}  // namespace mendwork::admin
