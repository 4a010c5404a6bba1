#include "tests/bench/process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace mendwork::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr double kMicrosPerSecond = 1e6;

double Micros(const timeval& time) {
  return static_cast<double>(time.tv_sec) * kMicrosPerSecond + static_cast<double>(time.tv_usec);
}

bool Connects(const std::string& target) {
  const bool is_unix = target.rfind("unix:", 0) == 0;
  const int descriptor = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);
  int result = -1;
  if (is_unix) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, target.c_str() + std::strlen("unix:"), sizeof(address.sun_path) - 1);
    result = connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  } else {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(std::atoi(target.c_str() + target.rfind(':') + 1)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    result = connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  }
  close(descriptor);
  return result == 0;
}

}  // namespace

void Fail(const std::string& what) {
  std::fprintf(stderr, "mendwork-bench: %s\n", what.c_str());
  std::exit(1);
}

WorkDirectory::WorkDirectory(const std::string& parent) {
  std::string pattern = parent + "/mb-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) {
    Fail("cannot make a directory in " + parent + " (" + std::strerror(errno) + "); see --directory");
  }
  path_ = pattern;
}

WorkDirectory::~WorkDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Process::Process(std::vector<std::string> command, const std::string& log_path) {
  std::vector<char*> arguments;
  for (std::string& argument : command) {
    arguments.push_back(argument.data());
  }
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ != 0) {
    if (pid_ < 0) {
      Fail("cannot start a process: " + std::string(std::strerror(errno)));
    }
    return;
  }
  // Between fork and exec: system calls only.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) {
    _exit(127);
  }
  const int log = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(arguments[0], arguments.data());
  _exit(127);
}

Process::~Process() { Kill(); }

bool Process::running() {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) {
    pid_ = -1;
  }
  return pid_ > 0;
}

bool Process::Stop() {
  if (pid_ <= 0) {
    return false;
  }
  kill(pid_, SIGTERM);
  int status = -1;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void Process::Kill() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
}

double Process::CpuMicros() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  // Fields 14 and 15; the name (field 2) may hold spaces, so counting starts behind its bracket.
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) {
    fields >> skipped;
  }
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) * kMicrosPerSecond / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double Process::RssKib() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (line.rfind("VmRSS:", 0) == 0) {
      return std::atof(line.c_str() + std::strlen("VmRSS:"));
    }
  }
  return 0;
}

double OwnCpuMicros() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return Micros(usage.ru_utime) + Micros(usage.ru_stime);
}

bool WaitUntilAccepting(Process& process, const std::string& target, double seconds) {
  const auto deadline = Steady::now() + std::chrono::duration<double>(seconds);
  while (!Connects(target)) {
    if (!process.running() || Steady::now() > deadline) {
      return false;
    }
    const timespec pause = {0, 200'000};
    ppoll(nullptr, 0, &pause, nullptr);
  }
  return true;
}

int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Fail("no free port on 127.0.0.1: " + std::string(std::strerror(errno)));
  }
  close(descriptor);
  return ntohs(address.sin_port);
}

long long FileBytes(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<long long>(size);
}

void DropFromPageCache(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor >= 0) {
    fdatasync(descriptor);
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    close(descriptor);
  }
}

}  // namespace mendwork::bench
