// mendwork-bench: what the server does beside what its parts could do at best, on this machine, in one run.
// docs/performance.md says how to read it. Timed figures never decide a test.
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "tests/bench/echo_server.h"
#include "tests/bench/sections.h"

namespace mendwork::bench {
namespace {

struct CommandLine {
  Settings settings;
  std::vector<std::string> sections = {"calls", "streams", "storage"};
  bool quick = false;
};

// A minute or two: shows that everything works and roughly where it stands.
void MakeQuick(Settings& settings) {
  settings.transports = {"unix"};
  settings.methods = {"submit", "get"};
  settings.in_flight = {16, 64};
  settings.rounds = 2;
  settings.seconds = 0.5;
  settings.streams = 160;
  settings.responses = 10'000;
  settings.starts = 2;
}

void AddOptions(CLI::App& app, CommandLine& line) {
  Settings& settings = line.settings;
  app.add_flag("--quick", line.quick,
               "A minute or two with small numbers; options given beside it still count");
  app.add_option("--sections", line.sections, "What to measure: calls, streams, storage (default all)")
      ->delimiter(',')
      ->check(CLI::IsMember({"calls", "streams", "storage"}));
  app.add_option("--server", settings.server, "mendworkd to measure (default: beside this program)")
      ->check(CLI::ExistingFile);
  app.add_option("--catalog", settings.catalog, "Directory of the exercises (default: of the source tree)");
  app.add_option("--directory", settings.directory,
                 "Where data goes; on the disk under test (default: for temporary files)");
  app.add_option("--transports", settings.transports, "unix, tcp (default both)")
      ->delimiter(',')
      ->check(CLI::IsMember({"unix", "tcp"}));
  app.add_option("--methods", settings.methods, "submit, get, access, list (default all)")
      ->delimiter(',')
      ->check(CLI::IsMember({"submit", "get", "access", "list"}));
  app.add_option("--in-flight", settings.in_flight, "Calls in flight (default 1,16,64,256)")->delimiter(',');
  app.add_option("--rounds", settings.rounds, "Rounds (default 5)");
  app.add_option("--seconds", settings.seconds, "Seconds a cell is measured (default 2)");
  app.add_option("--streams", settings.streams, "Idle streams (default 1000)");
  app.add_option("--responses", settings.responses, "Responses in the large file (default 1000000)");
  app.add_option("--starts", settings.starts, "Starts of the server with each file (default 5)");
  app.add_option("--seed", settings.seed, "Seed of the request ids (default 1)");
}

int Run(CommandLine& line) {
  Settings& settings = line.settings;
  if (!std::filesystem::exists(settings.server)) {
    Fail("there is no " + settings.server + ": build mendworkd, or name it with --server");
  }
  std::fprintf(stderr, "mendwork-bench: seed %llu, server %s, data under %s\n",
               static_cast<unsigned long long>(settings.seed), settings.server.c_str(),
               settings.directory.c_str());
  // One descriptor per connection, on both sides.
  rlimit files = {};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);

  const auto wanted = [&line](const char* section) {
    return std::find(line.sections.begin(), line.sections.end(), section) != line.sections.end();
  };
  Report report;
  if (wanted("calls")) {
    MeasureCalls(settings, report);
  }
  if (wanted("streams")) {
    MeasureStreams(settings, report);
  }
  if (wanted("storage")) {
    MeasureStorage(settings, report);
  }
  report.PrintTable();
  return 0;
}

int Main(int argc, char** argv) {
  std::error_code ignored;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (argc == 4 && std::string(argv[1]) == "echo") {
    return ServeEcho(argv[2], argv[3]);
  }
  CommandLine line;
  line.settings.program = program.string();
  line.settings.server = (program.parent_path() / "mendworkd").string();
  line.settings.catalog = MENDWORK_SOURCE_DIR "/service/catalog";
  line.settings.directory = std::filesystem::temp_directory_path().string();
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--quick") {
      MakeQuick(line.settings);  // first, so that the other options win
    }
  }
  CLI::App app(
      "Measures mendworkd beside a raw gRPC echo and raw SQLite, interleaved. See docs/performance.md.",
      "mendwork-bench");
  AddOptions(app, line);
  CLI11_PARSE(app, argc, argv);
  return Run(line);
}

}  // namespace
}  // namespace mendwork::bench

int main(int argc, char** argv) { return mendwork::bench::Main(argc, argv); }
