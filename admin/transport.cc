#include "admin/transport.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "admin/errors.h"
#include "service/base/file.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

constexpr char kSystemCertificates[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr absl::Duration kConnectTimeoutMax = absl::Seconds(10);

// Says why a Unix socket cannot be reached; empty when nothing is wrong with the file.
std::string SocketProblem(absl::string_view address) {
  if (!absl::ConsumePrefix(&address, "unix:")) {
    return "";
  }
  const std::string path(address);
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0) {
    return errno == EACCES ? " This user may not enter its directory; run mendctl as the user of the server."
                           : " There is no such socket.";
  }
  return access(path.c_str(), W_OK) != 0
             ? " This user may not use the socket; run mendctl as the user of the server."
             : "";
}

class GrpcTransport : public Transport {
 public:
  explicit GrpcTransport(ConnectionOptions options) : options_(std::move(options)) {}

  absl::StatusOr<std::string> Call(const std::string& method_path, const std::string& request,
                                   const std::string& token) override {
    MENDWORK_RETURN_IF_ERROR(Connect());
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + options_.timeout));
    if (!token.empty()) {
      context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
    }
    const grpc::Slice slice(request);
    const grpc::ByteBuffer request_bytes(&slice, 1);
    grpc::ByteBuffer reply_bytes;
    const grpc::Status status = Unary(context, method_path, request_bytes, reply_bytes);
    if (!status.ok()) {
      return ServerError(static_cast<absl::StatusCode>(status.error_code()), status.error_message(),
                         status.error_details());
    }
    return Joined(reply_bytes);
  }

 private:
  absl::Status Connect() {
    if (channel_ == nullptr) {
      MENDWORK_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials, Credentials());
      grpc::ChannelArguments arguments;
      if (IsLocalAddress(options_.address)) {
        arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
      }
      channel_ = grpc::CreateCustomChannel(options_.address, credentials, arguments);
    }
    const absl::Duration timeout = std::min(options_.timeout, kConnectTimeoutMax);
    const auto deadline = absl::ToChronoTime(absl::Now() + timeout);
    for (;;) {
      const grpc_connectivity_state state = channel_->GetState(/*try_to_connect=*/true);
      if (state == GRPC_CHANNEL_READY) {
        return absl::OkStatus();
      }
      if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN ||
          !channel_->WaitForStateChange(state, deadline)) {
        return UnreachableError(absl::StrCat("Cannot reach a server at ", options_.address, ".",
                                             SocketProblem(options_.address)));
      }
    }
  }

  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials() const {
    if (IsLocalAddress(options_.address)) {
      return grpc::InsecureChannelCredentials();
    }
    grpc::SslCredentialsOptions tls;
    MENDWORK_ASSIGN_OR_RETURN(
        tls.pem_root_certs,
        base::ReadFile(options_.ca_file.empty() ? kSystemCertificates : options_.ca_file));
    return grpc::SslCredentials(tls);
  }

  grpc::Status Unary(grpc::ClientContext& context, const std::string& method_path,
                     const grpc::ByteBuffer& request, grpc::ByteBuffer& reply) {
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    grpc::Status status;
    const auto call = stub.PrepareUnaryCall(&context, method_path, request, &queue);
    call->StartCall();
    call->Finish(&reply, &status, this);
    void* tag = nullptr;
    bool is_ok = false;
    queue.Next(&tag, &is_ok);
    return status;
  }

  static std::string Joined(const grpc::ByteBuffer& buffer) {
    std::vector<grpc::Slice> slices;
    std::string bytes;
    if (buffer.Valid() && buffer.Dump(&slices).ok()) {
      for (const grpc::Slice& slice : slices) {
        bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
    }
    return bytes;
  }

  const ConnectionOptions options_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace

std::unique_ptr<Transport> NewGrpcTransport(ConnectionOptions options) {
  return std::make_unique<GrpcTransport>(std::move(options));
}

bool IsLocalAddress(absl::string_view address) {
  const absl::string_view host = address.substr(0, address.rfind(':'));
  return absl::StartsWith(address, "unix:") || host == "localhost" || host == "[::1]" ||
         (absl::StartsWith(host, "127.") && host.find_first_not_of("0123456789.") == absl::string_view::npos);
}

}  // namespace mendwork::admin
