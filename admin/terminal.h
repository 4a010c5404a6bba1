// What a person is asked: on the controlling terminal, or line by line on standard input for scripts.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mendwork::admin {

class Terminal {
 public:
  virtual ~Terminal() = default;
  // Shows `prompt` on the terminal and reads a line there; `echo` false hides what is typed.
  virtual absl::StatusOr<std::string> Ask(absl::string_view prompt, bool echo) = 0;
  // The next line of standard input, without its end. Fails at the end of the input.
  virtual absl::StatusOr<std::string> ReadLine() = 0;
  // The rest of standard input.
  virtual absl::StatusOr<std::string> ReadAll() = 0;

  absl::StatusOr<bool> Confirm(absl::string_view question);
  // Asks twice and compares.
  absl::StatusOr<std::string> AskNewSecret(absl::string_view prompt);
};

class SystemTerminal : public Terminal {
 public:
  absl::StatusOr<std::string> Ask(absl::string_view prompt, bool echo) override;
  absl::StatusOr<std::string> ReadLine() override;
  absl::StatusOr<std::string> ReadAll() override;
};

}  // namespace mendwork::admin
