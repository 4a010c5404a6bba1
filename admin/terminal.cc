#include "admin/terminal.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <iterator>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "admin/errors.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

constexpr size_t kLineSizeMax = 64 * 1024;
constexpr size_t kInputSizeMax = 1024 * 1024;

void WriteAll(int file, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(file, text.data(), text.size());
    if (count <= 0) {
      return;
    }
    text.remove_prefix(static_cast<size_t>(count));
  }
}

volatile std::sig_atomic_t caught_signal = 0;

void RememberSignal(int signal) { caught_signal = signal; }

// Hides what is typed while it lives. A signal meanwhile ends the reading, so that the terminal is never left
// silent; it takes its usual effect afterwards.
class SilentTerminal {
 public:
  explicit SilentTerminal(int tty) : tty_(tty) {
    caught_signal = 0;
    struct sigaction action = {};
    action.sa_handler = RememberSignal;
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], &action, &actions_before_[i]);
    }
    is_terminal_ = tcgetattr(tty, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (is_terminal_) {
      tcsetattr(tty, TCSAFLUSH, &silent);
    }
  }
  SilentTerminal(const SilentTerminal&) = delete;
  SilentTerminal& operator=(const SilentTerminal&) = delete;
  ~SilentTerminal() {
    if (is_terminal_) {
      tcsetattr(tty_, TCSAFLUSH, &before_);
    }
    WriteAll(tty_, "\n");
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], &actions_before_[i], nullptr);
    }
    if (caught_signal != 0) {
      raise(caught_signal);
    }
  }

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

  const int tty_;
  bool is_terminal_ = false;
  termios before_ = {};
  struct sigaction actions_before_[std::size(kSignals)] = {};
};

// Byte by byte, so that nothing after the line is taken from a pipe that somebody else reads on.
absl::StatusOr<std::string> ReadLineFrom(int file) {
  std::string line;
  for (;;) {
    char byte = 0;
    const ssize_t count = read(file, &byte, 1);
    if (count < 0 && errno == EINTR && caught_signal == 0) {
      continue;
    }
    if (caught_signal != 0) {
      return UsageError("Interrupted.");
    }
    if (count < 0 || (count == 0 && line.empty())) {
      return UsageError("The input ended before a line that is needed.");
    }
    if (count == 0 || byte == '\n') {
      break;
    }
    line += byte;
    if (line.size() > kLineSizeMax) {
      return UsageError("A line of the input is too long.");
    }
  }
  if (!line.empty() && line.back() == '\r') {
    line.pop_back();
  }
  return line;
}

}  // namespace

absl::StatusOr<bool> Terminal::Confirm(absl::string_view question) {
  MENDWORK_ASSIGN_OR_RETURN(const std::string answer, Ask(absl::StrCat(question, " [y/N] "), true));
  return absl::AsciiStrToLower(answer) == "y" || absl::AsciiStrToLower(answer) == "yes";
}

absl::StatusOr<std::string> Terminal::AskNewSecret(absl::string_view prompt) {
  MENDWORK_ASSIGN_OR_RETURN(const std::string first, Ask(prompt, false));
  MENDWORK_ASSIGN_OR_RETURN(const std::string second, Ask("The same once more: ", false));
  if (first != second) {
    return UsageError("The two secrets differ. Nothing was changed.");
  }
  return first;
}

absl::StatusOr<std::string> SystemTerminal::Ask(absl::string_view prompt, bool echo) {
  const int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (tty < 0) {
    return UsageError(
        absl::StrCat("There is no terminal to ask on (\"", absl::StripAsciiWhitespace(prompt),
                     "\"). In a script give it on standard input; the command's --help says how."));
  }
  const absl::Cleanup close_tty = [tty] { close(tty); };
  if (echo) {
    WriteAll(tty, prompt);
    return ReadLineFrom(tty);
  }
  const SilentTerminal silent(tty);
  WriteAll(tty, prompt);
  return ReadLineFrom(tty);
}

absl::StatusOr<std::string> SystemTerminal::ReadLine() { return ReadLineFrom(STDIN_FILENO); }

absl::StatusOr<std::string> SystemTerminal::ReadAll() {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t count = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return UsageError("Standard input cannot be read.");
    }
    if (count == 0) {
      return text;
    }
    text.append(buffer, static_cast<size_t>(count));
    if (text.size() > kInputSizeMax) {
      return UsageError("Standard input is too long.");
    }
  }
}

}  // namespace mendwork::admin
