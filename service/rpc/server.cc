#include "service/rpc/server.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "service/rpc/endpoint.h"
#include "service/rpc/guard.h"
#include "service/rpc/health.h"
#include "service/rpc/listen_address.h"
#include "service/rpc/watch_streams.h"

namespace mendwork::rpc {
namespace {

// Linking gRPC's reflection library turns reflection on for every server of the process; this decides for
// each.
class ReflectionChoice : public grpc::ServerBuilderOption {
 public:
  explicit ReflectionChoice(bool wanted) : wanted_(wanted) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    const auto is_reflection = [](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
      return plugin->name() == "proto_server_reflection";
    };
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(), is_reflection), plugins->end());
    if (wanted_) {
      plugins->push_back(std::make_unique<grpc::reflection::ProtoServerReflectionPlugin>());
    }
  }

 private:
  const bool wanted_;
};

int Milliseconds(absl::Duration duration) { return static_cast<int>(absl::ToInt64Milliseconds(duration)); }

void ApplyLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kRequestBytesMax);
  builder.SetDefaultCompressionAlgorithm(GRPC_COMPRESS_NONE);
  // A compressed request could grow a thousandfold.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  const std::pair<const char*, int> arguments[] = {
      {GRPC_ARG_MAX_METADATA_SIZE, static_cast<int>(kMetadataBytesMax)},
      {GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentStreamsMax},
      {GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(kConnectionAgeMax)},
      {GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, Milliseconds(kConnectionAgeGrace)},
      {GRPC_ARG_MAX_CONNECTION_IDLE_MS, Milliseconds(kConnectionIdleMax)},
      {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(kHandshakeMax)},
      {GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepaliveInterval)},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kKeepaliveTimeout)},
      {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, Milliseconds(kPingIntervalMin)},
      {GRPC_ARG_HTTP2_MAX_PING_STRIKES, kPingStrikesMax},
      // Two servers must not share a port without noticing.
      {GRPC_ARG_ALLOW_REUSEPORT, 0},
  };
  for (const auto& [name, value] : arguments) {
    builder.AddChannelArgument(name, value);
  }
}

// New files belong to the server's account alone while it lives, so that nobody can connect to a socket
// before its mode is set. The mask belongs to the whole process: only for the moment of binding.
class PrivateFiles {
 public:
  PrivateFiles() : earlier_(umask(0077)) {}
  ~PrivateFiles() { umask(earlier_); }
  PrivateFiles(const PrivateFiles&) = delete;
  PrivateFiles& operator=(const PrivateFiles&) = delete;

 private:
  const mode_t earlier_;
};

// One listener with its own services over the shared guard.
class ListeningServer {
 public:
  ListeningServer(const std::vector<ServiceInfo>& table, Listener listener, Guard& guard,
                  WatchStreams& watches) {
    std::vector<std::string> names;
    for (const ServiceInfo& service : table) {
      if (IsServedOn(service, listener)) {
        endpoints_.push_back(MakeEndpoint(service, listener, guard, watches));
        names.push_back(service.full_name);
      }
    }
    health_ = std::make_unique<HealthService>(names);
  }

  absl::Status Start(const ListenAddress& address, mode_t mode, bool reflection,
                     const grpc::ResourceQuota& quota) {
    MENDWORK_RETURN_IF_ERROR(PrepareToBind(address));
    grpc::ServerBuilder builder;
    ApplyLimits(builder);
    builder.SetResourceQuota(quota);
    builder.SetOption(std::make_unique<ReflectionChoice>(reflection));
    for (const std::unique_ptr<grpc::Service>& endpoint : endpoints_) {
      builder.RegisterService(endpoint.get());
    }
    builder.RegisterService(health_.get());
    int port = 0;
    builder.AddListeningPort(address.Target(), grpc::InsecureServerCredentials(), &port);
    {
      const PrivateFiles private_files;
      server_ = builder.BuildAndStart();
    }
    if (server_ == nullptr || port == 0) {
      return base::Error(absl::StatusCode::kFailedPrecondition, "CANNOT_LISTEN",
                         absl::StrCat("The server cannot listen on ", address.Target(),
                                      ". Check that the address is free and that the server may use it."));
    }
    if (address.kind == ListenAddress::Kind::kUnix && chmod(address.path.c_str(), mode) != 0) {
      return base::Error(absl::StatusCode::kFailedPrecondition, "CANNOT_LISTEN",
                         absl::StrCat("The mode of ", address.path, " cannot be set (", std::strerror(errno),
                                      "). Listen on a file system with modes."));
    }
    ListenAddress bound = address;
    bound.port = port;
    address_ = bound.Target();
    return absl::OkStatus();
  }

  const std::string& address() const { return address_; }
  HealthService& health() { return *health_; }
  void Shutdown(std::chrono::system_clock::time_point deadline) {
    if (server_ != nullptr) {
      server_->Shutdown(deadline);
      server_->Wait();
    }
  }

 private:
  std::vector<std::unique_ptr<grpc::Service>> endpoints_;
  std::unique_ptr<HealthService> health_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;  // last: it uses the services
};

struct Addresses {
  ListenAddress api;
  ListenAddress administration;
};

absl::StatusOr<Addresses> ParseAddresses(const ServerOptions& options) {
  const Network network = options.allow_insecure_network_listener ? Network::kAllow : Network::kRefuse;
  Addresses addresses;
  MENDWORK_ASSIGN_OR_RETURN(addresses.api, ParseListenAddress(options.listen, network));
  MENDWORK_ASSIGN_OR_RETURN(addresses.administration,
                            ParseListenAddress(options.admin_listen, Network::kRefuse));
  if (addresses.administration.kind != ListenAddress::Kind::kUnix) {
    return base::Error(absl::StatusCode::kInvalidArgument, "LISTEN_ADDRESS",
                       "The administration listener must be a Unix socket: --admin-listen unix:/path.");
  }
  return addresses;
}

}  // namespace

class Server::Implementation {
 public:
  Implementation(ServerOptions options, app::Runtime& runtime, std::vector<ServiceInfo> table)
      : options_(std::move(options)),
        table_(std::move(table)),
        guard_(runtime),
        watches_(runtime, {options_.session_check_interval}),
        api_(table_, Listener::kApi, guard_, watches_),
        administration_(table_, Listener::kAdministration, guard_, watches_) {}
  ~Implementation() { Shutdown(); }

  absl::Status Start() {
    MENDWORK_ASSIGN_OR_RETURN(const Addresses addresses, ParseAddresses(options_));
    grpc::ResourceQuota quota("mendwork");
    quota.Resize(kResourceQuotaBytes);
    quota.SetMaxThreads(kSynchronousThreadsMax);
    MENDWORK_RETURN_IF_ERROR(
        administration_.Start(addresses.administration, 0600, /*reflection=*/true, quota));
    // The edge's account joins the group of the server's to reach the socket; the directory decides with it.
    MENDWORK_RETURN_IF_ERROR(api_.Start(addresses.api, 0660, options_.reflection, quota));
    if (addresses.api.is_network) {
      base::Log(base::Severity::kWarning, "insecure_network_listener", {{"address", api_.address()}});
    }
    administration_.health().SetServing();
    api_.health().SetServing();
    return absl::OkStatus();
  }

  void Shutdown() {
    api_.health().Stop();
    administration_.health().Stop();
    watches_.EndAll();
    const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(options_.drain_max);
    api_.Shutdown(deadline);
    administration_.Shutdown(deadline);
  }

  const ListeningServer& api() const { return api_; }
  const ListeningServer& administration() const { return administration_; }

 private:
  const ServerOptions options_;
  const std::vector<ServiceInfo> table_;
  Guard guard_;
  WatchStreams watches_;
  ListeningServer api_;
  ListeningServer administration_;
};

absl::Status CheckAddresses(const ServerOptions& options) { return ParseAddresses(options).status(); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, app::Runtime& runtime,
                                                      std::vector<ServiceHandlers> services) {
  MENDWORK_ASSIGN_OR_RETURN(std::vector<ServiceInfo> table, BuildMethodTable(std::move(services)));
  grpc::EnableDefaultHealthCheckService(false);
  auto implementation = std::make_unique<Implementation>(std::move(options), runtime, std::move(table));
  MENDWORK_RETURN_IF_ERROR(implementation->Start());
  return std::unique_ptr<Server>(new Server(std::move(implementation)));
}

Server::Server(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
Server::~Server() = default;

const std::string& Server::address() const { return implementation_->api().address(); }
const std::string& Server::admin_address() const { return implementation_->administration().address(); }
void Server::Shutdown() { implementation_->Shutdown(); }

void RouteLibraryLogs() {
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  gpr_set_log_function([](gpr_log_func_args* line) {
    const char* const slash = std::strrchr(line->file, '/');
    base::Log(base::Severity::kWarning, "grpc",
              {{"file", slash == nullptr ? line->file : slash + 1}, {"line", line->line}});
  });
  google::protobuf::SetLogHandler(
      [](google::protobuf::LogLevel level, const char* file, int line, const std::string&) {
        if (level >= google::protobuf::LOGLEVEL_FATAL) {
          base::Log(base::Severity::kError, "protobuf", {{"file", file}, {"line", line}});
        }
      });
}

}  // namespace mendwork::rpc
