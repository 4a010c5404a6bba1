// The bytes that will run: read once, copied to a sealed memory file, hashed there. Whoever may write to the
// original file between the check and the start changes nothing any more.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace mendwork::launcher {

// An interpreter of the system that may run a checked script. Only those are here that, started so, take no
// code from anywhere but the system and the script.
struct Interpreter {
  const char* first_line;  // of the script, to the letter
  const char* path;
  const char* option;
  const char* readable;  // a directory it reads besides what every plugin may read
};

struct Program {
  int fd = -1;         // close-on-exec: the checked copy of an ELF program, or the interpreter
  int script_fd = -1;  // the checked copy of a script, which stays open for its interpreter; -1: none
  const Interpreter* interpreter = nullptr;  // none for an ELF program
  std::vector<std::string> words;            // how the command line begins
};

// Returns what to start, or nothing with one sentence in `problem`. A script and all it brings along is one
// file, for example a Python zip application: what is hashed is what runs.
std::optional<Program> CheckedProgram(int executable_fd, const std::string& sha256, std::string& problem);

}  // namespace mendwork::launcher
