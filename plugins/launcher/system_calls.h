// System calls a plugin never needs, refused by a seccomp filter.
#pragma once

namespace mendwork::launcher {

// Refused calls answer EPERM. After the start by `executable_fd` no other program can be started and no other
// process made: a plugin is one process, and it leaves none behind. Without `network_allowed` only Unix
// sockets can be made. Returns false if the kernel has no seccomp filters.
bool RestrictSystemCalls(int executable_fd, bool network_allowed);

}  // namespace mendwork::launcher
