// mendwork-launcher: turns itself into one plugin, confined. The host may not fork (gRPC forbids it), so it
// spawns this program, which checks the plugin's bytes, gives up every privilege, and then becomes the
// plugin.
//
//   mendwork-launcher --executable-fd N --sha256 HEX [--keep-fd N]... [--memory-bytes N] [--open-files N]
//       [--cpu-seconds N] [--uid N] [--gid N] [--parent-pid N] [--writable-directory PATH]...
//       [--connect-port N]... [--strict] -- [plugin arguments]
//
// One JSON line on standard error says which sandbox layers the kernel offered. Exit status before the plugin
// runs: 64 wrong command line, 65 wrong bytes, 70 a privilege could not be given up, 71 the program did not
// start.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "plugins/launcher/arguments.h"
#include "plugins/launcher/executable.h"
#include "plugins/launcher/landlock.h"
#include "plugins/launcher/privileges.h"
#include "plugins/launcher/system_calls.h"

namespace mendwork::launcher {
namespace {

constexpr int kExitUsage = 64;
constexpr int kExitWrongBytes = 65;
constexpr int kExitNotConfined = 70;
constexpr int kExitNotStarted = 71;

int Fail(int status, const std::string& problem) {
  std::fprintf(stderr, "{\"event\":\"plugin_not_launched\",\"status\":%d,\"problem\":\"%s\"}\n", status,
               problem.c_str());
  return status;
}

void Report(const LandlockReport& landlock, bool system_calls) {
  const auto word = [](bool claim) { return claim ? "true" : "false"; };
  std::fprintf(
      stderr,
      "{\"event\":\"plugin_launched\",\"landlock_abi\":%d,\"files_restricted\":%s,\"tcp_restricted\":%s,"
      "\"system_calls_restricted\":%s}\n",
      landlock.abi, word(landlock.files), word(landlock.tcp), word(system_calls));
}

[[noreturn]] void Become(const Program& program, const Arguments& arguments) {
  std::vector<std::string> words = program.words;
  words.insert(words.end(), arguments.plugin_arguments.begin(), arguments.plugin_arguments.end());
  std::vector<std::string> environment = PluginEnvironment();
  std::vector<char*> argv;
  for (std::string& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (std::string& variable : environment) {
    envp.push_back(variable.data());
  }
  envp.push_back(nullptr);
  // Limits last: everything before needs memory, and nothing after.
  if (!SetLimits(arguments)) {
    _exit(Fail(kExitNotConfined, "a limit could not be set"));
  }
  syscall(SYS_execveat, program.fd, "", argv.data(), envp.data(), AT_EMPTY_PATH);
  _exit(Fail(kExitNotStarted, "the program did not start, errno " + std::to_string(errno)));
}

int Launch(int argc, char** argv) {
  std::string problem;
  const std::optional<Arguments> arguments = ParseArguments(argc, argv, problem);
  if (!arguments.has_value()) {
    return Fail(kExitUsage, problem);
  }
  const std::optional<Program> program = CheckedProgram(arguments->executable_fd, arguments->sha256, problem);
  if (!program.has_value()) {
    return Fail(kExitWrongBytes, problem);
  }
  std::vector<int> kept_fds = arguments->kept_fds;
  if (program->script_fd >= 0) {
    kept_fds.push_back(program->script_fd);
  }
  umask(0077);
  setsid();  // fails only for a group leader, and then there is no terminal to leave
  if (chdir("/") != 0 || !ResetSignals() || !CloseOtherDescriptors(program->fd, kept_fds) ||
      !DropPrivileges(*arguments)) {
    return Fail(kExitNotConfined, "a privilege could not be given up, errno " + std::to_string(errno));
  }
  if (!DieWithParent(*arguments)) {
    return Fail(kExitNotConfined, "the parent is gone");
  }
  const LandlockReport landlock = RestrictByLandlock(*arguments, *program);
  // The filter last: it forbids some of the calls above.
  const bool system_calls = RestrictSystemCalls(program->fd, !arguments->connect_ports.empty());
  if (arguments->strict && (!landlock.files || !landlock.tcp || !system_calls)) {
    return Fail(kExitNotConfined, "the sandbox is not complete");
  }
  Report(landlock, system_calls);
  Become(*program, *arguments);
}

}  // namespace
}  // namespace mendwork::launcher

// Leaves without exit handlers: there is nothing to clean up, and a sanitizer's would break on the filter.
int main(int argc, char** argv) { _exit(mendwork::launcher::Launch(argc, argv)); }
