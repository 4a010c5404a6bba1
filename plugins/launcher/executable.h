// The bytes that will run: read once, copied to a sealed memory file, hashed there. Whoever may write to the
// original file between the check and the start changes nothing any more.
#pragma once

#include <optional>
#include <string>

namespace mendwork::launcher {

// Returns a close-on-exec descriptor of the checked copy, or nothing with one sentence in `problem`.
std::optional<int> CheckedExecutable(int executable_fd, const std::string& sha256, std::string& problem);

}  // namespace mendwork::launcher
