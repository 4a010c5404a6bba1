// The two listeners. The API listener serves people; the administration listener is a Unix socket for the
// server's own account and serves every method and reflection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/app/runtime.h"
#include "service/rpc/limits.h"
#include "service/rpc/method_table.h"

namespace mendwork::rpc {

struct ServerOptions {
  std::string listen;        // see ParseListenAddress
  std::string admin_listen;  // a Unix socket
  bool reflection = false;   // on the API listener too
  bool allow_insecure_network_listener = false;
  absl::Duration session_check_interval = kSessionCheckInterval;
  absl::Duration drain_max = kDrainMax;
};

// INVALID_ARGUMENT when the server would not listen there at all; binds nothing.
absl::Status CheckAddresses(const ServerOptions& options);

class Server {
 public:
  // Serves as soon as it returns. Errors are sentences that say what to do. `runtime` must outlive the
  // server.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options, app::Runtime& runtime,
                                                       std::vector<ServiceHandlers> services);
  // Shuts down when nobody did.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // With the real port where 0 was asked for.
  const std::string& address() const;
  const std::string& admin_address() const;

  // Health says NOT_SERVING, streams end, calls in flight may finish within the drain time, the rest is
  // cancelled. Returns when every handler has returned.
  void Shutdown();

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);

  std::unique_ptr<Implementation> implementation_;
};

// Sends the logs of gRPC and protobuf through ours, with the place in their source and nothing else: their
// texts can hold metadata values and addresses. Before any other use of gRPC.
void RouteLibraryLogs();

}  // namespace mendwork::rpc
