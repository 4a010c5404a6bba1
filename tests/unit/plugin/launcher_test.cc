// mendwork-launcher itself, with scripts as plugins: what runs is what was hashed, and it can do no more than
// it needs.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "tests/support/temporary_directory.h"

namespace mendwork {
namespace {

constexpr char kFirstLine[] = "#!/usr/bin/python3 -I\n";
constexpr int kWrongBytes = 65;

std::string ReadAll(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

class LauncherTest : public testing::Test {
 protected:
  struct Result {
    int status = -1;  // exit status; 128 + n for signal n, as a shell says it
    std::string output;
    std::string errors;
  };

  static std::string Hash(const std::string& path) { return base::HexEncode(base::Sha256(ReadAll(path))); }

  Result Launch(const std::string& path, const std::string& sha256, const std::string& options = "") {
    const std::string command =
        absl::StrCat("exec ", MENDWORK_BIN_DIR, "/mendwork-launcher --executable-fd 3 --sha256 ", sha256, " ",
                     options, " -- 3<", path, " 2>", directory_.File("errors"));
    Result result;
    FILE* pipe = popen(command.c_str(), "r");
    std::array<char, 4096> buffer;
    while (const size_t count = fread(buffer.data(), 1, buffer.size(), pipe)) {
      result.output.append(buffer.data(), count);
    }
    const int status = pclose(pipe);
    result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    result.errors = ReadAll(directory_.File("errors"));
    return result;
  }

  Result LaunchText(const std::string& text, const std::string& options = "") {
    std::ofstream(directory_.File("script"), std::ios::binary) << text;
    return Launch(directory_.File("script"), Hash(directory_.File("script")), options);
  }

  // Runs statements, of which the last prints, and returns what they printed.
  std::string Python(const std::string& text, const std::string& options = "") {
    const Result result = LaunchText(absl::StrCat(kFirstLine, text, "\n"), options);
    EXPECT_EQ(result.status, 0) << result.errors;
    return result.output;
  }

  // "done", or the name of the exception that one statement raises.
  std::string Attempt(const std::string& statement, const std::string& options = "") {
    return Python(
        absl::StrCat("import os, socket, subprocess, sys, threading\ntry:\n  ", statement,
                     "\n  print('done')\nexcept BaseException as error:\n  print(type(error).__name__)"),
        options);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(LauncherTest, RunsAScriptWithItsInterpreter) {
  EXPECT_EQ(Python("import sys; print(sys.flags.isolated, sys.orig_argv[:2], len(sys.argv))"),
            "1 ['/usr/bin/python3', '-I'] 1\n");
}

TEST_F(LauncherTest, RunsAZipApplicationWithItsModules) {
  const std::string source = directory_.File("source");
  std::filesystem::create_directories(source + "/inner/deeper");
  std::ofstream(source + "/__main__.py") << "import inner.deeper.thing\n";
  std::ofstream(source + "/inner/deeper/thing.py") << "print('from within', __file__.split('/')[1])\n";
  const std::string program = directory_.File("program");
  ASSERT_EQ(std::system(absl::StrCat("/usr/bin/python3 -I -m zipapp ", source,
                                     " -p '/usr/bin/python3 -I' -o ", program)
                            .c_str()),
            0);
  const std::string sha256 = Hash(program);
  const Result good = Launch(program, sha256);
  EXPECT_EQ(good.output, "from within proc\n") << good.errors;

  std::ofstream(program, std::ios::app | std::ios::binary) << "x";  // one byte more than was hashed
  const Result changed = Launch(program, sha256);
  EXPECT_EQ(changed.status, kWrongBytes);
  EXPECT_EQ(changed.output, "");
  EXPECT_TRUE(absl::StrContains(changed.errors, "is not the registered one")) << changed.errors;
}

TEST_F(LauncherTest, RefusesEveryOtherInterpreter) {
  for (const char* line : {"#!/bin/sh", "#!/usr/bin/env python3", "#!/usr/bin/python3",
                           "#!/usr/bin/python3 -I -i", "#!/usr/bin/python3.11 -I", "# no line at all"}) {
    const Result result = LaunchText(absl::StrCat(line, "\nprint('it runs')\n"));
    EXPECT_EQ(result.status, kWrongBytes) << line;
    EXPECT_EQ(result.output, "") << line;
    EXPECT_TRUE(absl::StrContains(result.errors, "neither an ELF program nor a script")) << result.errors;
  }
}

TEST_F(LauncherTest, AScriptCannotBeRewrittenWhileItRuns) {
  EXPECT_EQ(Attempt("open(sys.orig_argv[2], 'r+b').write(b'#')"), "PermissionError\n");
  EXPECT_EQ(Attempt("os.write(int(sys.orig_argv[2].rsplit('/')[-1]), b'#')"), "PermissionError\n");
  EXPECT_EQ(Attempt("assert open(sys.orig_argv[2], 'rb').read(2) == b'#!'"), "done\n");
}

TEST_F(LauncherTest, IsOneProcessForGood) {
  EXPECT_EQ(Attempt("os.fork()"), "PermissionError\n");
  EXPECT_EQ(Attempt("subprocess.run(['/bin/true'])"), "PermissionError\n");
  EXPECT_EQ(Attempt("os.posix_spawn('/bin/true', ['true'], {})"), "PermissionError\n");
  EXPECT_EQ(Attempt("os.execv('/bin/true', ['true'])"), "PermissionError\n");
  EXPECT_EQ(Attempt("t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()"),
            "thread\ndone\n");
}

TEST_F(LauncherTest, HasNoNetworkUnlessAPortIsGranted) {
  EXPECT_EQ(Attempt("socket.socket(socket.AF_INET)"), "OSError\n");
  EXPECT_EQ(Attempt("socket.socket(socket.AF_INET6)"), "OSError\n");
  EXPECT_EQ(Attempt("socket.socket(socket.AF_UNIX)"), "done\n");
  EXPECT_EQ(Attempt("socket.socket(socket.AF_INET)", "--connect-port 1"), "done\n");
}

TEST_F(LauncherTest, ReadsTheSystemOnly) {
  const std::string secret = directory_.File("secret");
  std::ofstream(secret) << "secret";
  if (!absl::StrContains(LaunchText(kFirstLine).errors, "\"files_restricted\":true")) {
    GTEST_SKIP() << "this kernel has no Landlock";
  }
  EXPECT_EQ(Attempt(absl::StrCat("open('", secret, "')")), "PermissionError\n");
  EXPECT_EQ(Attempt("open('/etc/passwd')"), "PermissionError\n");
  EXPECT_EQ(Attempt("open('/tmp/planted', 'w')"), "PermissionError\n");
  EXPECT_EQ(Attempt("import grpc, google.protobuf"), "done\n");
}

TEST_F(LauncherTest, StaysWithinItsLimits) {
  EXPECT_EQ(Attempt("bytearray(1 << 30)", "--memory-bytes 536870912"), "MemoryError\n");
  EXPECT_EQ(Attempt("bytearray(1 << 30)", "--memory-bytes 2147483648"), "done\n");
  EXPECT_EQ(Attempt("[open('/dev/null') for _ in range(40)]", "--open-files 32"), "OSError\n");
  EXPECT_EQ(LaunchText(absl::StrCat(kFirstLine, "while True: pass\n"), "--cpu-seconds 1").status,
            128 + SIGKILL);
}

}  // namespace
}  // namespace mendwork
