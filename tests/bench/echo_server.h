// The raw echo: what gRPC itself costs. Same library, same callback API; a message with one field of bytes,
// parsed and serialized on both sides, and no work in between.
#pragma once

#include <google/protobuf/wrappers.pb.h>

#include <cstdint>
#include <string>

namespace mendwork::bench {

inline constexpr char kEchoPath[] = "/mendwork.bench.Echo/Echo";

// A request of about `request_bytes` that asks for a reply of about `reply_bytes`. At least 4 bytes.
google::protobuf::BytesValue EchoRequest(size_t request_bytes, uint32_t reply_bytes);

// Serves on both addresses until SIGTERM; returns the exit status.
int ServeEcho(const std::string& unix_target, const std::string& tcp_target);

}  // namespace mendwork::bench
