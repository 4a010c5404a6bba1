// mendctl: parses the command line, carries one command out, and turns its outcome into words and an exit
// code.
#include <sys/resource.h>

#include <cstdlib>
#include <iostream>

#include "admin/cli.h"
#include "admin/completion.h"
#include "admin/errors.h"
#include "admin/print.h"
#include "admin/run.h"
#include "admin/session.h"
#include "admin/transport.h"
#include "service/base/random.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

absl::Status Run(const CommandLine& line) {
  const GlobalOptions& options = line.options();
  const Command& command = *line.command();
  if (command.path == "completion bash") {
    std::cout << BashCompletion(line);
    return absl::OkStatus();
  }
  const std::string address = ResolveAddress(options.server, options.data);
  const std::string session_path =
      options.session_file.empty() ? DefaultSessionPath(address) : options.session_file;
  const std::unique_ptr<Transport> transport = NewGrpcTransport(
      {.address = address, .ca_file = options.ca_file, .timeout = absl::Seconds(options.timeout_seconds)});
  base::SystemRandom random;
  Client client(*transport, random, [](absl::string_view notice) { std::cerr << notice << "\n"; });
  SystemTerminal terminal;
  Context context = {.client = client,
                     .terminal = terminal,
                     .out = std::cout,
                     .err = std::cerr,
                     .json = options.json,
                     .session_path = session_path};
  if (!command.method.empty()) {
    MENDWORK_ASSIGN_OR_RETURN(const absl::optional<SavedSession> session, LoadSession(session_path));
    if (session.has_value()) {
      client.set_token(session->token);
      context.practice = session->practice;
    }
  }
  return RunCommand(context, command, line.values());
}

int Main(int argument_count, char** arguments) {
  // A core file would hold names and secrets.
  const rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // Not for people; errors are reported by mendctl itself.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // The resolver of the system: it reads /etc/hosts and nsswitch.conf as every other program does.
  setenv("GRPC_DNS_RESOLVER", "native", /*overwrite=*/0);
  const std::vector<Command> commands = AllCommands();
  CommandLine line(commands);
  try {
    line.app().parse(argument_count, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
      return line.app().exit(error);  // --help, --version
    }
    std::cerr << line.ErrorText(error);
    return static_cast<int>(ExitCode::kUsage);
  }
  const absl::Status status = Run(line);
  std::cout.flush();
  if (status.ok()) {
    return static_cast<int>(ExitCode::kOk);
  }
  Failure failure = Explain(status, line.command()->path);
  NameFlags(*line.command(), failure);
  std::cerr << (line.options().json ? FailureJson(failure) : FailureText(failure));
  return static_cast<int>(failure.exit_code);
}

}  // namespace
}  // namespace mendwork::admin

int main(int argument_count, char** arguments) { return mendwork::admin::Main(argument_count, arguments); }
