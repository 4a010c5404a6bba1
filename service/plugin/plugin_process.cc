#include "service/plugin/plugin_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "plugins/sdk/handshake.h"
#include "service/base/log.h"
#include "service/base/status.h"

namespace mendwork::plugin {
namespace {

constexpr absl::Duration kStopTimeout = absl::Seconds(5);
constexpr size_t kLogLineMax = 4096;
// A plugin that writes more than this in a window is read slowly, and further lines are only counted: a flood
// costs the plugin and not the host.
constexpr int kLogLinesMax = 200;
constexpr size_t kLogBytesMax = 256 << 10;
constexpr absl::Duration kLogWindow = absl::Seconds(10);
constexpr size_t kReadSize = 64 << 10;
constexpr int kSlowReadPauseMs = 100;
// Exit statuses of mendwork-launcher (plugins/launcher/main.cc).
constexpr int kLaunchWrongBytes = 65;
constexpr int kLaunchNotStarted = 71;

absl::Status Unavailable(absl::string_view reason, const std::string& message) {
  return base::Error(absl::StatusCode::kUnavailable, reason, message);
}

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

absl::StatusOr<Pipe> MakePipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return Unavailable("PLUGIN_NOT_STARTED", "no pipe could be made for the plugin");
  }
  return Pipe{ends[0], ends[1]};
}

void CloseIfOpen(int& fd) {
  if (fd >= 0) {
    close(fd);
    fd = -1;
  }
}

// A directory of its own with a short path: the path of a Unix socket holds 107 bytes.
absl::StatusOr<std::string> MakeSocketDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "mendwork-plugin-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) {
    return Unavailable("PLUGIN_NOT_STARTED", "no directory could be made for the plugin's socket");
  }
  return pattern;
}

std::vector<std::string> Arguments(const LaunchOptions& options, int executable_fd,
                                   const std::string& directory, const std::vector<OpenSecret>& secrets) {
  std::vector<std::string> arguments = {options.launcher,
                                        "--executable-fd",
                                        absl::StrCat(executable_fd),
                                        "--sha256",
                                        options.executable_sha256,
                                        "--parent-pid",
                                        absl::StrCat(getpid()),
                                        "--writable-directory",
                                        directory};
  const auto add_limit = [&](const char* name, int64_t value) {
    if (value > 0) {
      arguments.push_back(name);
      arguments.push_back(absl::StrCat(value));
    }
  };
  add_limit("--memory-bytes", options.memory_bytes);
  add_limit("--open-files", options.open_files);
  add_limit("--cpu-seconds", options.cpu_seconds);
  for (const OpenSecret& secret : secrets) {
    add_limit("--keep-fd", secret.fd());
  }
  for (int port : options.connect_ports) {
    add_limit("--connect-port", port);
  }
  arguments.push_back("--");  // then the plugin's own arguments: none
  return arguments;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) {
    pointers.push_back(text.data());
  }
  pointers.push_back(nullptr);
  return pointers;
}

// Only the name of the event crosses into our log: a plugin's own words could hold anything.
std::string EventName(const std::string& line) {
  const auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("event") || !parsed["event"].is_string()) {
    return "unreadable";
  }
  const std::string event = parsed["event"].get<std::string>();
  const bool plain = event.size() <= 64 && std::all_of(event.begin(), event.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
                     });
  return plain ? event : "unreadable";
}

// What was read in one window of time.
struct LogWindow {
  absl::Time end = absl::Now() + kLogWindow;
  size_t bytes = 0;
  int lines = 0;

  bool IsFull() const { return lines > kLogLinesMax || bytes > kLogBytesMax; }
  void Close(const std::string& plugin_key) const {
    if (IsFull()) {
      base::Log(base::Severity::kWarning, "plugin_log_flood",
                {{"plugin", plugin_key}, {"lines", lines}, {"bytes", bytes}});
    }
  }
};

}  // namespace

absl::StatusOr<std::unique_ptr<PluginProcess>> PluginProcess::Start(const LaunchOptions& options) {
  std::unique_ptr<PluginProcess> process(new PluginProcess());
  MENDWORK_ASSIGN_OR_RETURN(process->directory_, MakeSocketDirectory());
  process->socket_path_ = absl::StrCat(process->directory_, "/plugin.sock");
  process->over_fd_ = eventfd(0, EFD_CLOEXEC);
  if (process->over_fd_ < 0) {
    return Unavailable("PLUGIN_NOT_STARTED", "no descriptor is left for the plugin");
  }
  MENDWORK_ASSIGN_OR_RETURN(process->secrets_, OpenSecrets(options.secrets_directory, options.secret_names));
  MENDWORK_RETURN_IF_ERROR(process->Spawn(options));
  process->log_reader_ =
      std::thread([raw = process.get(), key = options.plugin_key] { raw->ForwardLog(key); });
  MENDWORK_RETURN_IF_ERROR(process->AwaitHandshake(options.handshake_timeout));
  process->output_reader_ =
      std::thread([raw = process.get(), key = options.plugin_key] { raw->DiscardOutput(key); });
  MENDWORK_RETURN_IF_ERROR(process->CheckPeer());
  return process;
}

absl::Status PluginProcess::Spawn(const LaunchOptions& options) {
  int executable_fd = open(options.executable.c_str(), O_RDONLY | O_CLOEXEC);
  if (executable_fd < 0) {
    return Unavailable("PLUGIN_EXECUTABLE_MISSING", "the plugin's executable cannot be opened");
  }
  absl::StatusOr<Pipe> output = MakePipe();
  absl::StatusOr<Pipe> errors = MakePipe();
  if (!output.ok() || !errors.ok()) {
    close(executable_fd);
    return output.ok() ? errors.status() : output.status();
  }
  stdout_fd_ = output->read_end;
  stderr_fd_ = errors->read_end;

  std::vector<std::string> arguments = Arguments(options, executable_fd, directory_, secrets_);
  std::vector<std::string> environment = {absl::StrCat(sdk::kCookieVariable, "=", sdk::kCookie),
                                          absl::StrCat(sdk::kApiVariable, "=", sdk::kApi),
                                          absl::StrCat(sdk::kPluginSocketVariable, "=", socket_path_)};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output->write_end, 1);
  posix_spawn_file_actions_adddup2(&actions, errors->write_end, 2);
  posix_spawn_file_actions_adddup2(&actions, executable_fd, executable_fd);  // clears close-on-exec
  for (const OpenSecret& secret : secrets_) {
    posix_spawn_file_actions_adddup2(&actions, secret.fd(), secret.fd());
  }
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);  // the server blocks its stop signals in every thread; the plugin must get them
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int result = posix_spawn(&pid_, options.launcher.c_str(), &actions, &attributes,
                                 Pointers(arguments).data(), Pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  close(executable_fd);
  close(output->write_end);
  close(errors->write_end);
  if (result != 0) {
    pid_ = -1;
    return Unavailable("PLUGIN_NOT_STARTED",
                       absl::StrCat("the launcher cannot be started: ", std::strerror(result)));
  }
  process_fd_ =
      static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));  // glibc 2.36 declares it without C linkage
  return absl::OkStatus();
}

absl::Status PluginProcess::AwaitHandshake(absl::Duration timeout) {
  const std::string expected = absl::StrCat(sdk::kHandshakePrefix, socket_path_, sdk::kHandshakeSuffix, "\n");
  const absl::Time deadline = absl::Now() + timeout;
  std::string line;
  while (line.size() < expected.size() && line.find('\n') == std::string::npos) {
    const int64_t left_ms = absl::ToInt64Milliseconds(deadline - absl::Now());
    pollfd ready = {stdout_fd_, POLLIN, 0};
    if (left_ms <= 0 || poll(&ready, 1, static_cast<int>(left_ms)) <= 0) {
      return Unavailable(
          "PLUGIN_HANDSHAKE_TIMEOUT",
          absl::StrCat("the plugin did not say that it is ready within ", absl::FormatDuration(timeout)));
    }
    char buffer[256];
    const ssize_t count = read(stdout_fd_, buffer, std::min(sizeof(buffer), expected.size() - line.size()));
    if (count <= 0) {
      return WhyItEnded();
    }
    line.append(buffer, static_cast<size_t>(count));
  }
  if (line != expected) {
    return Unavailable("PLUGIN_HANDSHAKE_WRONG",
                       "the plugin's first line is not the handshake that was agreed");
  }
  return absl::OkStatus();
}

// The exit status is the launcher's word until the plugin runs, and the plugin's own afterwards: it serves a
// person who looks for the fault, and nothing is decided by it.
absl::Status PluginProcess::WhyItEnded() {
  const int status =
      WaitForExit(absl::Seconds(1)) && WIFEXITED(wait_status_) ? WEXITSTATUS(wait_status_) : -1;
  if (status == kLaunchWrongBytes) {
    return Unavailable("PLUGIN_EXECUTABLE_CHANGED",
                       "the executable is not the one that was registered; register the package again if the "
                       "change is wanted");
  }
  if (status == kLaunchNotStarted) {
    return Unavailable("PLUGIN_NOT_STARTED", "the system did not start the executable");
  }
  return Unavailable("PLUGIN_ENDED",
                     absl::StrCat("the plugin ended before it was ready",
                                  status >= 0 ? absl::StrCat(", with exit status ", status) : ""));
}

// Whoever answers on the socket must be the process that was started.
absl::Status PluginProcess::CheckPeer() const {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);  // it may not accept
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path_.c_str(), sizeof(address.sun_path) - 1);
  ucred peer = {};
  socklen_t length = sizeof(peer);
  const bool known = fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                     getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0;
  if (fd >= 0) {
    close(fd);
  }
  if (!known || peer.pid != pid_) {
    return Unavailable("PLUGIN_PEER_WRONG", "another process answers on the plugin's socket");
  }
  return absl::OkStatus();
}

size_t PluginProcess::ReadSome(int fd, std::string& buffer, bool slowly) const {
  pollfd either[] = {{over_fd_, POLLIN, 0}, {fd, POLLIN, 0}};
  if (slowly && poll(either, 1, kSlowReadPauseMs) != 0) {
    return 0;
  }
  while (poll(either, 2, -1) < 0 && errno == EINTR) {
  }
  if (either[1].revents == 0) {  // what was written before the end is still read
    return 0;
  }
  buffer.resize(kReadSize);
  const ssize_t count = read(fd, buffer.data(), buffer.size());
  buffer.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  return buffer.size();
}

// Drains standard error, so that a plugin that logs in measure never waits for us.
void PluginProcess::ForwardLog(const std::string& plugin_key) {
  std::string line;
  std::string buffer;
  LogWindow window;
  while (ReadSome(stderr_fd_, buffer, window.IsFull()) > 0) {
    if (absl::Now() > window.end) {
      window.Close(plugin_key);
      window = LogWindow();
    }
    window.bytes += buffer.size();
    for (const char c : buffer) {
      if (c != '\n') {
        if (line.size() < kLogLineMax) {
          line.push_back(c);
        }
        continue;
      }
      if (++window.lines <= kLogLinesMax) {
        base::Log(base::Severity::kInfo, "plugin_log",
                  {{"plugin", plugin_key}, {"plugin_event", EventName(line)}});
      }
      line.clear();
    }
  }
  window.Close(plugin_key);
}

// Nothing belongs on standard output after the handshake. It is taken away, because a full pipe would stop a
// plugin that merely forgot a line there.
void PluginProcess::DiscardOutput(const std::string& plugin_key) {
  std::string buffer;
  bool told = false;
  while (ReadSome(stdout_fd_, buffer, told) > 0) {
    if (!told) {
      base::Log(base::Severity::kWarning, "plugin_output_discarded", {{"plugin", plugin_key}});
      told = true;
    }
  }
}

bool PluginProcess::HasExited() { return WaitForExit(absl::ZeroDuration()); }

bool PluginProcess::WaitForExit(absl::Duration timeout) {
  if (reaped_ || pid_ < 0) {
    return true;
  }
  pollfd ended = {process_fd_, POLLIN, 0};
  if (process_fd_ >= 0) {
    poll(&ended, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  }
  siginfo_t info = {};
  if (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid != pid_) {
    return false;
  }
  Reap();
  return true;
}

// Ends what shares its session with it, while the session's number still belongs to it.
void PluginProcess::Reap() {
  kill(-pid_, SIGKILL);
  reaped_ = waitpid(pid_, &wait_status_, 0) == pid_;
}

PluginProcess::~PluginProcess() {
  if (pid_ > 0 && !WaitForExit(absl::ZeroDuration())) {
    kill(pid_, SIGTERM);
    if (!WaitForExit(kStopTimeout)) {
      kill(pid_, SIGKILL);
      Reap();
    }
  }
  if (over_fd_ >= 0) {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(over_fd_, &one, sizeof(one));
  }
  for (std::thread* reader : {&log_reader_, &output_reader_}) {
    if (reader->joinable()) {
      reader->join();
    }
  }
  for (int* fd : {&stdout_fd_, &stderr_fd_, &over_fd_, &process_fd_}) {
    CloseIfOpen(*fd);
  }
  if (!directory_.empty()) {
    std::error_code ignored;  // a leftover directory is empty and harmless
    std::filesystem::remove_all(directory_, ignored);
  }
}

}  // namespace mendwork::plugin
