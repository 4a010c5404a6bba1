// The launcher's command line. The host is its only caller, so a mistake ends the launch instead of being
// guessed at.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mendwork::launcher {

struct Arguments {
  int executable_fd = -1;
  std::string sha256;         // 64 lower-case hex digits
  std::vector<int> kept_fds;  // secrets; handed to the plugin under the same numbers
  int64_t memory_bytes = 0;   // 0: no limit (AddressSanitizer reserves terabytes)
  int64_t open_files = 256;
  int64_t cpu_seconds = 0;  // 0: no limit
  std::optional<uid_t> uid;
  std::optional<gid_t> gid;
  std::optional<pid_t> parent_pid;  // the launch ends if the parent is already another one
  std::vector<std::string> writable_directories;
  std::vector<uint16_t> connect_ports;  // none: no network at all
  bool strict = false;                  // refuse to start where a sandbox layer is missing
  std::vector<std::string> plugin_arguments;
};

// Returns nothing and sets `problem` to one sentence if the command line is wrong.
std::optional<Arguments> ParseArguments(int argc, char** argv, std::string& problem);

}  // namespace mendwork::launcher
