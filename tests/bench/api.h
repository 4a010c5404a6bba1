// Calls of the API one at a time, for everything that is prepared rather than measured.
#pragma once

#include <google/protobuf/message.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>

namespace mendwork::bench {

grpc::ByteBuffer ToBytes(const std::string& body);

// One connection. Not thread-safe.
class Api {
 public:
  Api(const std::string& target, uint64_t seed);

  // Ends the program when the call fails. `method` is "Service.Method" with its package, for example
  // "mendwork.v1.CareService.CreateCouple". A field `request_id` is filled in.
  template <class Response>
  Response Call(const std::string& method, google::protobuf::Message&& request,
                const std::string& authorization = "") {
    SetRequestId(request);
    Response response;
    Send(method, request, authorization, response);
    return response;
  }

  // A random UUID, version 4.
  std::string NewRequestId();

 private:
  void SetRequestId(google::protobuf::Message& request);
  void Send(const std::string& method, const google::protobuf::Message& request,
            const std::string& authorization, google::protobuf::Message& response);

  std::unique_ptr<grpc::GenericStub> stub_;
  std::mt19937_64 random_;
};

}  // namespace mendwork::bench
