#include "plugins/launcher/system_calls.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <vector>

namespace mendwork::launcher {
namespace {

// Looking into other processes, changing the system, new namespaces, kernel attack surface nobody here needs.
constexpr const char* kRefused[] = {
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    "kcmp",
    "mount",
    "umount2",
    "pivot_root",
    "mount_setattr",
    "move_mount",
    "open_tree",
    "fsopen",
    "fsmount",
    "fsconfig",
    "fspick",
    "chroot",
    "unshare",
    "setns",
    "bpf",
    "perf_event_open",
    "userfaultfd",
    "keyctl",
    "add_key",
    "request_key",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "reboot",
    "swapon",
    "swapoff",
    "acct",
    "quotactl",
    "quotactl_fd",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "adjtimex",
    "sethostname",
    "setdomainname",
    "iopl",
    "ioperm",
    "open_by_handle_at",
    "name_to_handle_at",
    "io_uring_setup",
    "io_uring_enter",
    "io_uring_register",
    "fanotify_init",
    "lookup_dcookie",
    "nfsservctl",
    "personality",
    "syslog",
    "vhangup",
    "modify_ldt",
    "vmsplice",
    "execve",
    "fork",
    "vfork",
};

using Filter = std::unique_ptr<void, void (*)(scmp_filter_ctx)>;

bool Refuse(scmp_filter_ctx filter, const char* name) {
  const int number = seccomp_syscall_resolve_name(name);
  return number == __NR_SCMP_ERROR || seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), number, 0) == 0;
}

// Threads may be made, processes and namespaces not. clone3 hides its flags from the filter: the C library
// falls back to clone, whose flags are visible.
bool RefuseProcesses(scmp_filter_ctx filter) {
  bool good = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
              seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                               SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)) == 0;
  for (const unsigned long flag : {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC,
                                   CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    good = good && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone), 1,
                                    SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag)) == 0;
  }
  return good;
}

bool RefuseOtherPrograms(scmp_filter_ctx filter, int executable_fd) {
  return seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 1,
                          SCMP_A0(SCMP_CMP_NE, static_cast<scmp_datum_t>(executable_fd))) == 0 &&
         seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(execveat), 1,
                          SCMP_A4(SCMP_CMP_NE, AT_EMPTY_PATH)) == 0;
}

bool RefuseSockets(scmp_filter_ctx filter, bool network_allowed) {
  std::vector<int> allowed = {AF_UNIX};
  if (network_allowed) {
    allowed.insert(allowed.end(),
                   {AF_INET, AF_INET6, AF_NETLINK});  // NETLINK: name resolution lists addresses
  }
  bool good = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                               SCMP_A0(SCMP_CMP_GE, static_cast<scmp_datum_t>(AF_MAX))) == 0;
  for (int family = 0; family < AF_MAX; ++family) {
    if (std::find(allowed.begin(), allowed.end(), family) == allowed.end()) {
      good = good && seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                      SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(family))) == 0;
    }
  }
  return good;
}

}  // namespace

bool RestrictSystemCalls(int executable_fd, bool network_allowed) {
  const Filter filter(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
  if (filter == nullptr) {
    return false;
  }
  for (const char* name : kRefused) {
    if (!Refuse(filter.get(), name)) {
      return false;
    }
  }
  return RefuseProcesses(filter.get()) && RefuseOtherPrograms(filter.get(), executable_fd) &&
         RefuseSockets(filter.get(), network_allowed) && seccomp_load(filter.get()) == 0;
}

}  // namespace mendwork::launcher
