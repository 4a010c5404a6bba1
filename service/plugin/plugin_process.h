// One running plugin: started through the launcher by posix_spawn (gRPC forbids a fork without exec), spoken
// to over a Unix socket in a directory of its own.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/plugin/plugin_secrets.h"

namespace mendwork::plugin {

// How long a plugin may take from its start to the handshake line (integration 9.2).
constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);

struct LaunchOptions {
  std::string launcher;    // path of mendwork-launcher
  std::string executable;  // path; its bytes must have the hash
  std::string executable_sha256;
  std::string plugin_key;                 // for the log
  std::string secrets_directory;          // where its secrets are; empty for none
  std::vector<std::string> secret_names;  // those its manifest asks for
  std::vector<int> connect_ports;         // TCP ports it may connect to; none: no network at all
  int64_t memory_bytes = 0;               // 0: no limit
  int64_t open_files = 0;
  int64_t cpu_seconds = 0;
  absl::Duration handshake_timeout = kHandshakeTimeout;
};

class PluginProcess {
 public:
  // Starts the process and waits for its handshake. Must be called on a thread that outlives the process: the
  // kernel ends it together with that thread. UNAVAILABLE, with a reason, when it does not come up.
  static absl::StatusOr<std::unique_ptr<PluginProcess>> Start(const LaunchOptions& options);

  // Asks it to end, then ends it with every process it may have made, and removes its directory.
  ~PluginProcess();
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;

  const std::string& socket_path() const { return socket_path_; }
  pid_t pid() const { return pid_; }
  // What it inherited: the same descriptor numbers hold in the plugin.
  const std::vector<OpenSecret>& secrets() const { return secrets_; }
  bool HasExited();

 private:
  PluginProcess() = default;
  absl::Status Spawn(const LaunchOptions& options);
  absl::Status AwaitHandshake(absl::Duration timeout);
  absl::Status WhyItEnded();
  absl::Status CheckPeer() const;
  void ForwardLog(const std::string& plugin_key);
  void DiscardOutput(const std::string& plugin_key);
  // Reads what there is, slowly if asked to. 0 at the end of the pipe, or of the process.
  size_t ReadSome(int fd, std::string& buffer, bool slowly) const;
  bool WaitForExit(absl::Duration timeout);
  void Reap();

  pid_t pid_ = -1;
  int process_fd_ = -1;
  int stdout_fd_ = -1;
  int stderr_fd_ = -1;
  int over_fd_ = -1;  // an eventfd, readable once the process is over
  bool reaped_ = false;
  int wait_status_ = 0;  // as waitpid tells it, once reaped
  std::vector<OpenSecret> secrets_;
  std::string directory_;
  std::string socket_path_;
  std::thread log_reader_;
  std::thread output_reader_;
};

}  // namespace mendwork::plugin
