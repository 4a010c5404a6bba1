#include "service/rpc/endpoint.h"

#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/rpc_service_method.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "service/rpc/grpc_call.h"

namespace mendwork::rpc {
namespace {

bool IsServedOn(const MethodInfo& method, Listener listener) {
  return listener == Listener::kAdministration || !method.administration;
}

// What grpc_cpp_plugin would generate for raw callback methods, as data.
class Endpoint : public grpc::Service {
 public:
  Endpoint(const ServiceInfo& service, Listener listener, Guard& guard, WatchStreams& watches)
      : guard_(guard), watches_(watches) {
    for (const MethodInfo& method : service.methods) {
      if (!IsServedOn(method, listener)) {
        continue;
      }
      if (method.handler.shape == Shape::kWatch) {
        Register(method, grpc::internal::RpcMethod::SERVER_STREAMING, WatchHandler(method));
      } else {
        Register(method, grpc::internal::RpcMethod::NORMAL_RPC, UnaryHandler(method));
      }
    }
  }

 private:
  using Bytes = grpc::ByteBuffer;

  void Register(const MethodInfo& method, grpc::internal::RpcMethod::RpcType type,
                grpc::internal::MethodHandler* handler) {
    AddMethod(new grpc::internal::RpcServiceMethod(method.path.c_str(), type, nullptr));
    MarkMethodRawCallback(next_index_++, handler);
  }

  // gRPC takes the handlers.
  grpc::internal::MethodHandler* UnaryHandler(const MethodInfo& method) {
    return new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(
        [this, &method](grpc::CallbackServerContext* context, const Bytes* request, Bytes* response) {
          return ServeUnary(method, *context, *request, response);
        });
  }

  grpc::internal::MethodHandler* WatchHandler(const MethodInfo& method) {
    return new grpc::internal::CallbackServerStreamingHandler<Bytes, Bytes>(
        [this, &method](grpc::CallbackServerContext* context, const Bytes* request) {
          return ServeWatch(method, *context, *request);
        });
  }

  grpc::ServerUnaryReactor* ServeUnary(const MethodInfo& method, grpc::CallbackServerContext& context,
                                       const Bytes& request, Bytes* response) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    Bytes body(request);  // shares the bytes; reading consumes the copy
    grpc::ProtoBufferReader reader(&body);
    IncomingCall incoming = ReadContext(context);
    incoming.body = &reader;
    // The reactor and the response live until Finish.
    guard_.Serve(method, incoming, [reactor, response](Outcome outcome) {
      if (outcome.ok()) {
        *response = ToByteBuffer(outcome.response);
      }
      reactor->Finish(ToGrpcStatus(outcome.error));
    });
    return reactor;
  }

  grpc::ServerWriteReactor<Bytes>* ServeWatch(const MethodInfo& method, grpc::CallbackServerContext& context,
                                              const Bytes& request) {
    CallReport report(guard_.runtime(), method.full_name);
    Bytes body(request);
    grpc::ProtoBufferReader reader(&body);
    IncomingCall incoming = ReadContext(context);
    incoming.body = &reader;
    return watches_.Open(method, guard_.Admit(method, incoming), std::move(report));
  }

  Guard& guard_;
  WatchStreams& watches_;
  int next_index_ = 0;
};

}  // namespace

bool IsServedOn(const ServiceInfo& service, Listener listener) {
  for (const MethodInfo& method : service.methods) {
    if (IsServedOn(method, listener)) {
      return true;
    }
  }
  return false;
}

std::unique_ptr<grpc::Service> MakeEndpoint(const ServiceInfo& service, Listener listener, Guard& guard,
                                            WatchStreams& watches) {
  return std::make_unique<Endpoint>(service, listener, guard, watches);
}

}  // namespace mendwork::rpc
