#include "service/rpc/grpc_call.h"

#include <chrono>

#include "absl/time/clock.h"
#include "service/rpc/limits.h"

namespace mendwork::rpc {
namespace {

absl::Duration TimeLeft(std::chrono::system_clock::time_point deadline) {
  if (deadline == std::chrono::system_clock::time_point::max()) {
    return absl::InfiniteDuration();
  }
  return absl::FromChrono(deadline - std::chrono::system_clock::now());
}

}  // namespace

IncomingCall ReadContext(grpc::CallbackServerContext& context) {
  IncomingCall incoming;
  for (const auto& [name, value] : context.client_metadata()) {
    incoming.metadata_bytes += name.size() + value.size() + kMetadataEntryOverhead;
    if (absl::string_view(name.data(), name.size()) == "authorization") {
      ++incoming.authorization_count;
      incoming.authorization = absl::string_view(value.data(), value.size());
    }
  }
  incoming.time_left = TimeLeft(context.deadline());
  incoming.cancelled = [&context] { return context.IsCancelled(); };
  return incoming;
}

grpc::Status ToGrpcStatus(const google::rpc::Status& status) {
  if (status.code() == 0) {
    return grpc::Status::OK;
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), status.message(),
                      status.SerializeAsString());
}

grpc::ByteBuffer ToByteBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace mendwork::rpc
