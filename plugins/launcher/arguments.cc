#include "plugins/launcher/arguments.h"

#include <charconv>
#include <cstring>
#include <functional>
#include <limits>
#include <map>

namespace mendwork::launcher {
namespace {

std::optional<int64_t> Number(const char* text, int64_t minimum, int64_t maximum) {
  int64_t value = 0;
  const char* end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stop != end || value < minimum || value > maximum) {
    return std::nullopt;
  }
  return value;
}

bool IsSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// One handler per option that takes a value; it returns false if the value is not acceptable.
std::map<std::string, std::function<bool(const char*)>> Handlers(Arguments& out) {
  constexpr int64_t kFdMaximum = 1023;
  constexpr int64_t kAnything = std::numeric_limits<int64_t>::max();
  constexpr int64_t kIdMaximum = std::numeric_limits<uint32_t>::max() - 1;  // the last one means "unchanged"
  const auto into = [](auto& target, int64_t minimum, int64_t maximum) {
    return [&target, minimum, maximum](const char* text) {
      const std::optional<int64_t> value = Number(text, minimum, maximum);
      if (value.has_value()) {
        target = static_cast<std::decay_t<decltype(target)>>(*value);
      }
      return value.has_value();
    };
  };
  const auto append = [](auto& list, int64_t minimum, int64_t maximum) {
    return [&list, minimum, maximum](const char* text) {
      const std::optional<int64_t> value = Number(text, minimum, maximum);
      if (value.has_value()) {
        list.push_back(static_cast<typename std::decay_t<decltype(list)>::value_type>(*value));
      }
      return value.has_value();
    };
  };
  const auto optional = [](auto& target, int64_t minimum, int64_t maximum) {
    return [&target, minimum, maximum](const char* text) {
      const std::optional<int64_t> value = Number(text, minimum, maximum);
      if (value.has_value()) {
        target = static_cast<typename std::decay_t<decltype(target)>::value_type>(*value);
      }
      return value.has_value();
    };
  };
  return {
      {"--executable-fd", into(out.executable_fd, 3, kFdMaximum)},
      {"--sha256", [&out](const char* text) { return IsSha256(out.sha256 = text); }},
      {"--keep-fd", append(out.kept_fds, 3, kFdMaximum)},
      {"--memory-bytes", into(out.memory_bytes, 0, kAnything)},
      {"--open-files", into(out.open_files, 16, 4096)},
      {"--cpu-seconds", into(out.cpu_seconds, 0, kAnything)},
      {"--uid", optional(out.uid, 1, kIdMaximum)},
      {"--gid", optional(out.gid, 1, kIdMaximum)},
      {"--parent-pid", optional(out.parent_pid, 1, std::numeric_limits<pid_t>::max())},
      {"--writable-directory",
       [&out](const char* text) {
         out.writable_directories.emplace_back(text);
         return text[0] == '/';
       }},
      {"--connect-port", append(out.connect_ports, 1, 65535)},
  };
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, char** argv, std::string& problem) {
  Arguments out;
  const auto handlers = Handlers(out);
  int index = 1;
  for (; index < argc && std::strcmp(argv[index], "--") != 0; ++index) {
    const std::string name = argv[index];
    if (name == "--strict") {
      out.strict = true;
      continue;
    }
    const auto handler = handlers.find(name);
    if (handler == handlers.end() || index + 1 == argc || !handler->second(argv[index + 1])) {
      problem = "argument " + std::to_string(index) + " is unknown or its value is";
      return std::nullopt;
    }
    ++index;
  }
  if (index == argc || out.executable_fd < 0 || out.sha256.empty()) {
    problem = "--executable-fd, --sha256 and -- are needed";
    return std::nullopt;
  }
  out.plugin_arguments.assign(argv + index + 1, argv + argc);
  return out;
}

}  // namespace mendwork::launcher
