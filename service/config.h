// The command line and configuration file of mendworkd.
#pragma once

#include <string>

#include "absl/types/optional.h"
#include "service/base/log.h"

namespace mendwork {

struct Config {
  std::string data;             // directory
  std::string secrets;          // directory; default DATA/secrets
  std::string listen;           // default unix:DATA/api.sock
  std::string admin_listen;     // default unix:DATA/admin.sock
  std::string catalog;          // directory; default beside the program
  std::string plugin_launcher;  // program; default beside this one
  bool reflection = false;
  bool allow_insecure_network_listener = false;
  base::Severity log_level = base::Severity::kInfo;
};

// Nothing means: exit with `exit_code` (0 after --help and --version, 2 after a usage error told on standard
// error).
struct ParsedCommandLine {
  absl::optional<Config> config;
  int exit_code = 0;
};

ParsedCommandLine ParseCommandLine(int argc, char** argv);

}  // namespace mendwork
