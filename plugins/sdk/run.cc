#include "plugins/sdk/run.h"

#include <fcntl.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "plugins/sdk/handshake.h"
#include "plugins/sdk/log.h"
#include "plugins/sdk/service.h"

namespace mendwork::sdk {
namespace {

constexpr int kMessageSizeMax = 16 << 20;
constexpr int kThreadsMax = 16;
constexpr size_t kSocketPathSizeMax = 107;

// Stop requests meet here, from a signal handler or from an RPC: a pipe is the one thing both may write to.
int stop_pipe[2] = {-1, -1};

void RequestStop() {
  const int kept_errno = errno;
  const char byte = 's';
  [[maybe_unused]] const ssize_t written = write(stop_pipe[1], &byte, 1);
  errno = kept_errno;
}

void WaitForStop() {
  char byte = 0;
  while (read(stop_pipe[0], &byte, 1) < 0 && errno == EINTR) {
  }
}

bool PrepareStop() {
  if (pipe2(stop_pipe, O_CLOEXEC) != 0) {
    return false;
  }
  struct sigaction action = {};
  action.sa_handler = [](int) { RequestStop(); };
  sigemptyset(&action.sa_mask);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigemptyset(&ignore.sa_mask);
  return sigaction(SIGTERM, &action, nullptr) == 0 && sigaction(SIGINT, &action, nullptr) == 0 &&
         sigaction(SIGPIPE, &ignore, nullptr) == 0;
}

bool Is(const char* variable, const char* expected) {
  const char* value = std::getenv(variable);
  return value != nullptr && std::strcmp(value, expected) == 0;
}

int ExplainItself() {
  std::fprintf(
      stderr,
      "This program is a Mendwork plugin: it is started by mendworkd, not by hand. Register it with mendctl; "
      "see docs/plugins.md. It answers --manifest and --config-schema.\n");
  return kExitNotStartedByHost;
}

int Broken(absl::string_view event) {
  Log(Severity::kError, event);
  return kExitBroken;
}

void PrintHandshake(const std::string& path) {
  const std::string line = absl::StrCat(kHandshakePrefix, path, kHandshakeSuffix, "\n");
  [[maybe_unused]] const ssize_t written = write(STDOUT_FILENO, line.data(), line.size());
  const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0) {
    dup2(null, STDOUT_FILENO);
    close(null);
  }
}

int Serve(const v1::Manifest& manifest, PluginHandler& handler, const std::string& path) {
  umask(0077);
  Service service(manifest, handler, RequestStop);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ResourceQuota quota;
  quota.SetMaxThreads(kThreadsMax);
  grpc::ServerBuilder builder;
  builder.SetResourceQuota(quota);
  builder.SetMaxReceiveMessageSize(kMessageSizeMax);
  builder.AddListeningPort(absl::StrCat("unix:", path), grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return Broken("socket_not_served");
  }
  server->GetHealthCheckService()->SetServingStatus("plugin", true);
  PrintHandshake(path);
  Log(Severity::kInfo, "serving",
      {LogField::Token("plugin", manifest.id()), LogField::Token("version", manifest.version())});
  WaitForStop();
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(1));
  server->Wait();
  Log(Severity::kInfo, "stopped");
  return 0;
}

}  // namespace

int RunPlugin(int argc, char** argv, PluginHandler& handler) {
  const absl::string_view only = argc == 2 ? argv[1] : "";
  if (only == "--manifest" || only == "--config-schema") {
    const absl::string_view text =
        only == "--manifest" ? handler.ManifestJson() : handler.ConfigurationSchema();
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : kExitBroken;
  }
  const char* socket = std::getenv(kPluginSocketVariable);
  if (!Is(kCookieVariable, kCookie) || !Is(kApiVariable, kApi) || socket == nullptr) {
    return ExplainItself();
  }
  const std::string path = socket;
  if (path.empty() || path[0] != '/' || path.size() > kSocketPathSizeMax) {
    return Broken("socket_path_unusable");
  }
  v1::Manifest manifest;
  if (!google::protobuf::util::JsonStringToMessage(std::string(handler.ManifestJson()), &manifest).ok()) {
    return Broken("manifest_unreadable");
  }
  return PrepareStop() ? Serve(manifest, handler, path) : Broken("signals_not_set");
}

}  // namespace mendwork::sdk
