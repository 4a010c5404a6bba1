// mendworkd: puts the concrete parts together, serves until told to stop, and takes them apart again.
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "service/app/runtime.h"
#include "service/base/clock.h"
#include "service/base/log.h"
#include "service/base/random.h"
#include "service/base/status.h"
#include "service/config.h"
#include "service/domain/catalog.h"
#include "service/plugin/plugin_host.h"
#include "service/rpc/server.h"
#include "service/rpc/services.h"
#include "service/store/file_key_provider.h"
#include "service/store/store.h"

namespace mendwork {
namespace {

// Memory holds keys and answers: it must not reach a core file, nor another process of the same account.
void KeepMemoryPrivate() {
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
#if !defined(__SANITIZE_ADDRESS__)  // The leak checker looks into its own process from outside.
  prctl(PR_SET_DUMPABLE, 0);
#endif
}

// Before the first thread starts, so that every thread inherits it and only sigwait sees these signals.
sigset_t BlockStopSignals() {
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  // A client or plugin that goes away is an error of that connection, not of the server.
  signal(SIGPIPE, SIG_IGN);
  return stop_signals;
}

absl::Status MakeDataDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "DATA_DIRECTORY_MISSING",
                       absl::StrCat("The data directory ", path, " cannot be made (", std::strerror(errno),
                                    "). Make it with mode 0700, or choose another with --data."));
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Catalog> LoadCatalog(const std::string& directory) {
  absl::StatusOr<domain::Catalog> catalog = domain::Catalog::Load(directory);
  if (catalog.ok()) {
    return catalog;
  }
  return base::Error(catalog.status().code(), base::Reason(catalog.status()),
                     absl::StrCat("The exercises in ", directory,
                                  " (see --catalog) cannot be loaded: ", catalog.status().message()));
}

void LimitLog(base::Severity level) {
  if (level == base::Severity::kInfo) {
    return;
  }
  base::SetLogSink([level](absl::string_view line) {
    const bool is_info = absl::StrContains(line, "\"severity\":\"info\"");
    const bool is_warning = absl::StrContains(line, "\"severity\":\"warning\"");
    if (!is_info && !(is_warning && level == base::Severity::kError)) {
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
    }
  });
}

// Every concrete part, in the order of construction; destroyed in the reverse order.
class Process {
 public:
  explicit Process(Config config) : config_(std::move(config)), keys_(config_.secrets, &random_) {}

  absl::Status Start() {
    MENDWORK_RETURN_IF_ERROR(rpc::CheckAddresses(ServerOptions()));  // before anything is written
    MENDWORK_ASSIGN_OR_RETURN(domain::Catalog catalog, LoadCatalog(config_.catalog));
    catalog_ = std::make_unique<domain::Catalog>(std::move(catalog));
    MENDWORK_RETURN_IF_ERROR(MakeDataDirectory(config_.data));

    store::StoreOptions store_options;
    store_options.directory = config_.data;
    store_options.clock = &clock_;
    store_options.random = &random_;
    store_options.keys = &keys_;
    MENDWORK_ASSIGN_OR_RETURN(store_, store::Store::Open(std::move(store_options)));

    app::RuntimeOptions runtime_options;
    runtime_options.store = store_.get();
    runtime_options.catalog = catalog_.get();
    runtime_options.clock = &clock_;
    runtime_options.random = &random_;
    MENDWORK_ASSIGN_OR_RETURN(runtime_, app::Runtime::Start(std::move(runtime_options)));
    MENDWORK_RETURN_IF_ERROR(StartPlugins());
    MENDWORK_ASSIGN_OR_RETURN(server_, rpc::Server::Start(ServerOptions(), *runtime_, rpc::AllServices()));
    return absl::OkStatus();
  }

  void LogServing() const {
    base::Log(base::Severity::kInfo, "serving",
              {{"listen", server_->address()},
               {"admin_listen", server_->admin_address()},
               {"version", runtime_->version()},
               {"key_provider", keys_.class_name()},
               {"exercises", catalog_->exercises().size()}});
  }

  // Calls first, then what they use.
  void Stop() {
    server_->Shutdown();
    server_.reset();
    runtime_->set_plugins(nullptr);
    plugins_.reset();
    runtime_.reset();
    store_.reset();
  }

 private:
  absl::Status StartPlugins() {
    plugin::PluginHostOptions options;
    options.launcher = config_.plugin_launcher;
    options.data_directory = config_.data;
    options.secrets_directory = absl::StrCat(config_.secrets, "/plugins");
    MENDWORK_ASSIGN_OR_RETURN(plugins_, plugin::PluginHost::Start(std::move(options), *runtime_));
    runtime_->set_plugins(plugins_.get());
    return absl::OkStatus();
  }

  rpc::ServerOptions ServerOptions() const {
    rpc::ServerOptions options;
    options.listen = config_.listen;
    options.admin_listen = config_.admin_listen;
    options.reflection = config_.reflection;
    options.allow_insecure_network_listener = config_.allow_insecure_network_listener;
    return options;
  }

  const Config config_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  store::FileKeyProvider keys_;
  std::unique_ptr<domain::Catalog> catalog_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<app::Runtime> runtime_;
  std::unique_ptr<plugin::PluginHost> plugins_;
  std::unique_ptr<rpc::Server> server_;
};

// gRPC 1.51 never accepts again once file descriptors have run out (CVE-2023-4785): take all that may be had.
void TakeDescriptors() {
  constexpr rlim_t kDescriptorsMax = 65536;
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, kDescriptorsMax));
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

int Main(int argc, char** argv) {
  ParsedCommandLine command_line = ParseCommandLine(argc, argv);
  if (!command_line.config.has_value()) {
    return command_line.exit_code;
  }
  const base::Severity log_level = command_line.config->log_level;
  KeepMemoryPrivate();
  TakeDescriptors();
  umask(0077);
  const sigset_t stop_signals = BlockStopSignals();
  rpc::RouteLibraryLogs();
  // Debian builds the library with the search for deadlocks on: a lock of the whole process at every lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  Process process(*std::move(command_line.config));
  const absl::Status started = process.Start();
  if (!started.ok()) {
    std::fprintf(stderr, "mendworkd: %s\n", std::string(started.message()).c_str());
    return 1;
  }
  process.LogServing();
  LimitLog(log_level);  // after the line that everyone waits for
  int signal_number = 0;
  sigwait(&stop_signals, &signal_number);
  base::Log(base::Severity::kInfo, "stopping", {{"signal", signal_number}});
  process.Stop();
  base::Log(base::Severity::kInfo, "stopped");
  return 0;
}

}  // namespace
}  // namespace mendwork

int main(int argc, char** argv) { return mendwork::Main(argc, argv); }
