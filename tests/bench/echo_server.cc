#include "tests/bench/echo_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/impl/service_type.h>
#include <signal.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

namespace mendwork::bench {
namespace {

using google::protobuf::BytesValue;

// The bytes of the request, cut or filled up to the size that its first four bytes ask for.
void Echo(const BytesValue& request, BytesValue* reply) {
  uint32_t size = 0;
  std::memcpy(&size, request.value().data(), std::min(sizeof(size), request.value().size()));
  reply->mutable_value()->assign(request.value(), 0, size);
  reply->mutable_value()->resize(size, 'x');
}

class EchoService : public grpc::Service {
 public:
  EchoService() {
    AddMethod(
        new grpc::internal::RpcServiceMethod(kEchoPath, grpc::internal::RpcMethod::NORMAL_RPC, nullptr));
    auto* const handler = new grpc::internal::CallbackUnaryHandler<BytesValue, BytesValue>(
        [](grpc::CallbackServerContext* context, const BytesValue* request, BytesValue* reply) {
          Echo(*request, reply);
          grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
          reactor->Finish(grpc::Status::OK);
          return reactor;
        });
    MarkMethodCallback(0, handler);
  }
};

}  // namespace

BytesValue EchoRequest(size_t request_bytes, uint32_t reply_bytes) {
  // The field's tag and length take three bytes in a message of this size.
  const auto body_size = [](size_t bytes) {
    return bytes > 3 + sizeof(uint32_t) ? bytes - 3 : sizeof(uint32_t);
  };
  BytesValue request;
  request.mutable_value()->assign(body_size(request_bytes), 'x');
  const uint32_t size = static_cast<uint32_t>(body_size(reply_bytes));
  std::memcpy(request.mutable_value()->data(), &size, sizeof(size));
  return request;
}

int ServeEcho(const std::string& unix_target, const std::string& tcp_target) {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  EchoService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(unix_target, grpc::InsecureServerCredentials());
  builder.AddListeningPort(tcp_target, grpc::InsecureServerCredentials());
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return 1;
  }
  int signal_number = 0;
  sigwait(&stop_signals, &signal_number);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  return 0;
}

}  // namespace mendwork::bench
