#include "plugins/launcher/landlock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace mendwork::launcher {
namespace {

// Debian 12's headers stop at ABI 2; the numbers are the kernel's user-space interface and never change.
constexpr uint64_t kExecute = 1U << 0;
constexpr uint64_t kWriteFile = 1U << 1;
constexpr uint64_t kReadFile = 1U << 2;
constexpr uint64_t kReadDirectory = 1U << 3;
constexpr uint64_t kRemoveFile = 1U << 5;
constexpr uint64_t kMakeSocket = 1U << 9;
constexpr uint64_t kFilesAbi1 = (1U << 13) - 1;
constexpr uint64_t kRefer = 1U << 13;        // ABI 2
constexpr uint64_t kTruncate = 1U << 14;     // ABI 3
constexpr uint64_t kDeviceIoctl = 1U << 15;  // ABI 5
constexpr uint64_t kBindTcp = 1U << 0;       // ABI 4
constexpr uint64_t kConnectTcp = 1U << 1;
constexpr uint64_t kScopeAll = 3;  // ABI 6: abstract Unix sockets and signals of outside processes
constexpr int kRulePathBeneath = 1;
constexpr int kRuleNetPort = 2;
constexpr uint32_t kCreateRulesetVersion = 1;

// Libraries, certificates, name resolution and what the C library, gRPC and sanitizers ask about the process
// itself. /proc/self is this process, which keeps its number when it becomes the plugin.
constexpr const char* kReadable[] = {
    "/usr",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/ssl",
    "/etc/ca-certificates",
    "/etc/resolv.conf",
    "/run/systemd/resolve",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/localtime",
    "/proc/self",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/net/core/somaxconn",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
};

struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t net = 0;
  uint64_t scoped = 0;
};

struct __attribute__((packed)) PathBeneath {
  uint64_t allowed;
  int32_t parent_fd;
};

struct NetPort {
  uint64_t allowed;
  uint64_t port;
};

RulesetAttributes Handled(int abi) {
  RulesetAttributes out;
  out.files =
      kFilesAbi1 | (abi >= 2 ? kRefer : 0) | (abi >= 3 ? kTruncate : 0) | (abi >= 5 ? kDeviceIoctl : 0);
  out.net = abi >= 4 ? kBindTcp | kConnectTcp : 0;
  out.scoped = abi >= 6 ? kScopeAll : 0;
  return out;
}

size_t AttributesSize(int abi) { return abi >= 6 ? 24 : abi >= 4 ? 16 : 8; }

// A path that does not exist needs no rule.
bool AllowPath(int ruleset, const std::string& path, uint64_t access) {
  const int fd = open(path.c_str(), O_PATH | O_CLOEXEC);
  if (fd < 0) {
    return true;
  }
  struct stat status;
  const bool is_directory = fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
  const uint64_t possible = is_directory ? access : access & (kExecute | kWriteFile | kReadFile);
  const PathBeneath rule = {possible, fd};
  const bool added = syscall(SYS_landlock_add_rule, ruleset, kRulePathBeneath, &rule, 0) == 0;
  close(fd);
  return added;
}

bool AllowFiles(int ruleset, const Arguments& arguments, const Program& program) {
  bool good = true;
  for (const char* path : kReadable) {
    good = good && AllowPath(ruleset, path, kReadFile | kReadDirectory);
  }
  if (program.interpreter != nullptr) {
    good = good && AllowPath(ruleset, program.interpreter->path, kExecute | kReadFile) &&
           AllowPath(ruleset, program.interpreter->readable, kReadFile | kReadDirectory);
  }
  // The dynamic loader is the one program the kernel starts on the plugin's behalf.
  good = good && AllowPath(ruleset, "/lib64/ld-linux-x86-64.so.2", kExecute | kReadFile) &&
         AllowPath(ruleset, "/lib/ld-linux-aarch64.so.1", kExecute | kReadFile);
  for (const char* path : {"/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"}) {
    good = good && AllowPath(ruleset, path, kReadFile | kWriteFile);
  }
  for (const std::string& path : arguments.writable_directories) {
    good =
        good && AllowPath(ruleset, path, kReadFile | kReadDirectory | kWriteFile | kMakeSocket | kRemoveFile);
  }
  return good;
}

bool AllowPorts(int ruleset, const Arguments& arguments) {
  bool good = true;
  for (const uint16_t port : arguments.connect_ports) {
    const NetPort rule = {kConnectTcp, port};
    good = good && syscall(SYS_landlock_add_rule, ruleset, kRuleNetPort, &rule, 0) == 0;
  }
  return good;
}

}  // namespace

LandlockReport RestrictByLandlock(const Arguments& arguments, const Program& program) {
  LandlockReport report;
  const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, kCreateRulesetVersion);
  if (abi < 1) {
    return report;
  }
  report.abi = static_cast<int>(abi);
  const RulesetAttributes handled = Handled(report.abi);
  const int ruleset =
      static_cast<int>(syscall(SYS_landlock_create_ruleset, &handled, AttributesSize(report.abi), 0));
  if (ruleset < 0) {
    return report;
  }
  const bool has_tcp = handled.net != 0;
  if (AllowFiles(ruleset, arguments, program) && (!has_tcp || AllowPorts(ruleset, arguments)) &&
      syscall(SYS_landlock_restrict_self, ruleset, 0) == 0) {
    report.files = true;
    report.tcp = has_tcp;
  }
  close(ruleset);
  return report;
}

}  // namespace mendwork::launcher
