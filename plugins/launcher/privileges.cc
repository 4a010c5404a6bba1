#include "plugins/launcher/privileges.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

namespace mendwork::launcher {
namespace {

bool SetLimit(__rlimit_resource resource, rlim_t value) {
  const struct rlimit limit = {value, value};
  return setrlimit(resource, &limit) == 0;
}

bool DropCapabilities() {
  // The bounding set needs CAP_SETPCAP; without it no capability can come back through a file either, because
  // no_new_privs is on.
  for (cap_value_t capability = 0; cap_get_bound(capability) >= 0; ++capability) {
    if (cap_get_bound(capability) > 0 && cap_drop_bound(capability) != 0 && errno != EPERM) {
      return false;
    }
  }
  cap_reset_ambient();
  const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> none(cap_init(), cap_free);
  return none != nullptr && cap_set_proc(none.get()) == 0;
}

}  // namespace

bool SetLimits(const Arguments& arguments) {
  return SetLimit(RLIMIT_CORE, 0) && SetLimit(RLIMIT_NOFILE, static_cast<rlim_t>(arguments.open_files)) &&
         (arguments.cpu_seconds == 0 || SetLimit(RLIMIT_CPU, static_cast<rlim_t>(arguments.cpu_seconds))) &&
         (arguments.memory_bytes == 0 || SetLimit(RLIMIT_AS, static_cast<rlim_t>(arguments.memory_bytes)));
}

bool CloseOtherDescriptors(int executable_fd, const std::vector<int>& kept_fds) {
  std::vector<int> kept = kept_fds;
  kept.push_back(executable_fd);
  std::sort(kept.begin(), kept.end());
  unsigned next = 3;
  for (const int fd : kept) {
    const unsigned number = static_cast<unsigned>(fd);
    if (number > next && close_range(next, number - 1, 0) != 0) {
      return false;
    }
    next = std::max(next, number + 1);
    const int flags = fcntl(fd, F_GETFD);
    const int wanted = fd == executable_fd ? FD_CLOEXEC : 0;
    if (flags < 0 || fcntl(fd, F_SETFD, wanted) != 0) {
      return false;
    }
  }
  if (close_range(next, ~0U, 0) != 0) {
    return false;
  }
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0) {
    return false;
  }
  return close(null) == 0;
}

bool ResetSignals() {
  for (int number = 1; number < NSIG; ++number) {
    signal(number, SIG_DFL);  // fails for the few that cannot be changed, which are at their default anyway
  }
  sigset_t none;
  sigemptyset(&none);
  return sigprocmask(SIG_SETMASK, &none, nullptr) == 0;
}

bool DropPrivileges(const Arguments& arguments) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return false;
  }
  for (cap_value_t capability = 0; cap_get_bound(capability) >= 0; ++capability) {
    cap_drop_bound(capability);  // while we may; checked in DropCapabilities
  }
  if (arguments.gid.has_value() &&
      (setgroups(0, nullptr) != 0 || setresgid(*arguments.gid, *arguments.gid, *arguments.gid) != 0)) {
    return false;
  }
  if (arguments.uid.has_value() && setresuid(*arguments.uid, *arguments.uid, *arguments.uid) != 0) {
    return false;
  }
  return DropCapabilities();
}

bool DieWithParent(const Arguments& arguments) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) {
    return false;
  }
  return !arguments.parent_pid.has_value() || getppid() == *arguments.parent_pid;
}

std::vector<std::string> PluginEnvironment() {
  std::vector<std::string> out;
  for (const char* name :
       {"MENDWORK_PLUGIN_COOKIE", "MENDWORK_PLUGIN_API", "MENDWORK_PLUGIN_SOCKET", "MENDWORK_HOST_SOCKET"}) {
    if (const char* value = std::getenv(name)) {
      out.push_back(std::string(name) + "=" + value);
    }
  }
  return out;
}

}  // namespace mendwork::launcher
