// Between gRPC's types and ours.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/status.h>

#include <string>

#include "google/rpc/status.pb.h"
#include "service/rpc/guard.h"

namespace mendwork::rpc {

// The views in the result live as long as the context. `body` is left to the caller.
IncomingCall ReadContext(grpc::CallbackServerContext& context);

grpc::Status ToGrpcStatus(const google::rpc::Status& status);

grpc::ByteBuffer ToByteBuffer(const std::string& bytes);

}  // namespace mendwork::rpc
