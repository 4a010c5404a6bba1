#include "tests/bench/api.h"

#include <cstdio>

#include "tests/bench/process.h"

namespace mendwork::bench {
namespace {

constexpr auto kConnectMax = std::chrono::seconds(20);
constexpr auto kCallMax = std::chrono::seconds(60);

// "mendwork.v1.CareService.CreateCouple" is called at "/mendwork.v1.CareService/CreateCouple".
std::string PathOf(const std::string& method) {
  const size_t dot = method.rfind('.');
  std::string path = method;
  path[dot] = '/';
  path.insert(path.begin(), '/');
  return path;
}

}  // namespace

grpc::ByteBuffer ToBytes(const std::string& body) {
  const grpc::Slice slice(body);
  return grpc::ByteBuffer(&slice, 1);
}

Api::Api(const std::string& target, uint64_t seed) : random_(seed) {
  auto channel = grpc::CreateChannel(target, grpc::InsecureChannelCredentials());
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectMax)) {
    Fail("no connection to " + target);
  }
  stub_ = std::make_unique<grpc::GenericStub>(channel);
}

std::string Api::NewRequestId() {
  const uint64_t high = (random_() & ~0xF000ull) | 0x4000ull;
  const uint64_t low = (random_() & ~(0xC0ull << 56)) | (0x80ull << 56);
  char text[40];
  std::snprintf(text, sizeof(text), "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xFFFF), static_cast<unsigned>(high & 0xFFFF),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFull));
  return text;
}

void Api::SetRequestId(google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field != nullptr) {
    request.GetReflection()->SetString(&request, field, NewRequestId());
  }
}

void Api::Send(const std::string& method, const google::protobuf::Message& request,
               const std::string& authorization, google::protobuf::Message& response) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kCallMax);
  if (!authorization.empty()) {
    context.AddMetadata("authorization", authorization);
  }
  grpc::CompletionQueue queue;
  auto reader =
      stub_->PrepareUnaryCall(&context, PathOf(method), ToBytes(request.SerializeAsString()), &queue);
  grpc::ByteBuffer reply;
  grpc::Status status;
  reader->StartCall();
  reader->Finish(&reply, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  grpc::Slice whole;
  if (status.ok() && (reply.Length() == 0 || reply.DumpToSingleSlice(&whole).ok()) &&
      response.ParseFromArray(whole.begin(), static_cast<int>(whole.size()))) {
    return;
  }
  Fail(method + " failed: " + std::to_string(status.error_code()) + " " + status.error_message());
}

}  // namespace mendwork::bench
