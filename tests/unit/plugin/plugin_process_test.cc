// Starting and ending a plugin that means no good: it costs a bounded time, says why, and leaves nothing
// behind.
#include "service/plugin/plugin_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/file.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::plugin {
namespace {

// Serves on the socket without speaking gRPC, and has `ready` say the line of the handshake.
constexpr char kBeginning[] = R"(#!/usr/bin/python3 -I
import os, signal, socket, sys
path = os.environ["MENDWORK_PLUGIN_SOCKET"]
server = socket.socket(socket.AF_UNIX)
def ready():
    server.bind(path)
    server.listen(8)
    os.write(1, f"1|1|unix|{path}|grpc\n".encode())
)";

// Looks again and again for at most a minute.
bool Becomes(const std::function<bool()>& condition) {
  const absl::Time deadline = absl::Now() + absl::Minutes(1);
  while (!condition()) {
    if (absl::Now() > deadline) {
      return false;
    }
    poll(nullptr, 0, 10);
  }
  return true;
}

class PluginProcessTest : public testing::Test {
 protected:
  PluginProcessTest() {
    base::SetLogSink([this](absl::string_view line) {
      absl::MutexLock lock(&mutex_);
      log_.emplace_back(line);
    });
  }
  ~PluginProcessTest() override { base::SetLogSink({}); }

  absl::StatusOr<std::unique_ptr<PluginProcess>> Start(const std::string& statements,
                                                       absl::Duration timeout = absl::Seconds(60)) {
    const std::string text = absl::StrCat(kBeginning, statements, "\n");
    std::ofstream(directory_.File("p")) << text;
    return PluginProcess::Start({.launcher = MENDWORK_BIN_DIR "/mendwork-launcher",
                                 .executable = directory_.File("p"),
                                 .executable_sha256 = base::HexEncode(base::Sha256(text)),
                                 .plugin_key = "org.example.p",
                                 .handshake_timeout = timeout});
  }

  // The reason of a start that fails.
  std::string Refusal(const std::string& statements, absl::Duration timeout = absl::Seconds(60)) {
    const auto process = Start(statements, timeout);
    return process.ok() ? "started" : base::Reason(process.status());
  }

  int LogLines(absl::string_view text) {
    absl::MutexLock lock(&mutex_);
    int count = 0;
    for (const std::string& line : log_) {
      count += absl::StrContains(line, text) ? 1 : 0;
    }
    return count;
  }

  test::TemporaryDirectory directory_;
  absl::Mutex mutex_;
  std::vector<std::string> log_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(PluginProcessTest, ComesUpAndLeavesNothingBehind) {
  auto process = Start("ready()\nsignal.pause()");
  ASSERT_TRUE(process.ok()) << process.status();
  const pid_t pid = (*process)->pid();
  const std::string socket = (*process)->socket_path();
  EXPECT_FALSE((*process)->HasExited());
  EXPECT_EQ(kill(pid, 0), 0);
  process->reset();
  EXPECT_NE(kill(pid, 0), 0) << "neither a process nor a zombie is left";
  EXPECT_FALSE(std::filesystem::exists(std::filesystem::path(socket).parent_path()));
}

TEST_F(PluginProcessTest, LiesInTheHandshake) {
  const char* lies[] = {
      R"(os.write(1, f"1|2|unix|{path}|grpc\n".encode()))",
      R"(os.write(1, b"1|1|unix|/tmp/other.sock|grpc\n"))",
      R"(os.write(1, b"1|1|tcp|127.0.0.1:1|grpc\n"))",
      R"(os.write(1, b"hello\n"))",
      R"(os.write(1, b"x" * 60000))",
      R"(os.write(1, bytes(500)))",
  };
  for (const char* lie : lies) {
    EXPECT_EQ(Refusal(absl::StrCat(lie, "\nsignal.pause()")), "PLUGIN_HANDSHAKE_WRONG") << lie;
  }
}

TEST_F(PluginProcessTest, DoesNotComeUp) {
  EXPECT_EQ(Refusal("signal.pause()", absl::Milliseconds(300)), "PLUGIN_HANDSHAKE_TIMEOUT");
  EXPECT_EQ(Refusal("os.kill(os.getpid(), signal.SIGSEGV)"), "PLUGIN_ENDED");
  EXPECT_EQ(Refusal("os.close(1)\nos.close(2)\nsignal.pause()"), "PLUGIN_ENDED");
  const auto process = Start("sys.exit(3)");
  EXPECT_EQ(process.status().message(), "the plugin ended before it was ready, with exit status 3");
}

TEST_F(PluginProcessTest, AChangedExecutableIsToldApart) {
  std::ofstream(directory_.File("p")) << "#!/usr/bin/python3 -I\n";
  const auto process = PluginProcess::Start({.launcher = MENDWORK_BIN_DIR "/mendwork-launcher",
                                             .executable = directory_.File("p"),
                                             .executable_sha256 = std::string(64, '0'),
                                             .plugin_key = "org.example.p"});
  EXPECT_EQ(base::Reason(process.status()), "PLUGIN_EXECUTABLE_CHANGED");
}

TEST_F(PluginProcessTest, NeverAcceptsAConnection) {
  EXPECT_EQ(Refusal(R"(
server.bind(path)
server.listen(0)
clients = []
try:
    while True:
        clients.append(socket.socket(socket.AF_UNIX))
        clients[-1].setblocking(False)
        clients[-1].connect(path)
except BlockingIOError:
    os.write(1, f"1|1|unix|{path}|grpc\n".encode())
signal.pause()
)"),
            "PLUGIN_PEER_WRONG");
}

TEST_F(PluginProcessTest, FloodsItsPipes) {
  // It gets through its flood of output, without newlines and with, only if somebody takes it away.
  auto process = Start(R"(
ready()
for _ in range(40):
    os.write(1, b"x" * 4096)
for _ in range(2000):
    os.write(2, b'{"event": "again", "name": "Needle Person"}\n')
server.close()
socket.socket(socket.AF_UNIX).bind(path + ".done")
signal.pause()
)");
  ASSERT_TRUE(process.ok()) << process.status();
  const std::string done = (*process)->socket_path() + ".done";
  EXPECT_TRUE(Becomes([&] { return std::filesystem::exists(done); })) << "it is stuck in its own output";
  process->reset();
  EXPECT_EQ(LogLines("plugin_output_discarded"), 1);
  const int lines = LogLines("\"again\"");  // 200 in 10 s, of which one is the launcher's
  EXPECT_GE(lines, 199);
  EXPECT_LE(lines, 1000) << "of 2000";
  EXPECT_GE(LogLines("plugin_log_flood"), 1);
  EXPECT_EQ(LogLines("Needle"), 0);
}

TEST_F(PluginProcessTest, DoesNotWantToEnd) {
  auto process = Start("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nready()\nwhile True: signal.pause()");
  ASSERT_TRUE(process.ok()) << process.status();
  const pid_t pid = (*process)->pid();
  const absl::Time before = absl::Now();
  process->reset();
  EXPECT_LT(absl::Now() - before, absl::Seconds(30));
  EXPECT_NE(kill(pid, 0), 0);
}

TEST_F(PluginProcessTest, EndsByItself) {
  auto process = Start("ready()\nserver.accept()\nsys.exit(0)");
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_TRUE(Becomes([&] { return (*process)->HasExited(); }));
  EXPECT_NE(kill((*process)->pid(), 0), 0) << "it was reaped";
}

}  // namespace
}  // namespace mendwork::plugin
