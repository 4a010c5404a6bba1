#include "plugins/sdk/log.h"

#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mendwork::sdk {
namespace {

constexpr size_t kTokenSizeMax = 120;

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("_.:/()[]-").find(c) != absl::string_view::npos;
}

absl::string_view Word(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "info";
}

}  // namespace

absl::string_view SafeToken(absl::string_view token) {
  const bool safe =
      token.size() <= kTokenSizeMax && std::all_of(token.begin(), token.end(), IsTokenCharacter);
  return safe ? token : "redacted";
}

LogField LogField::Token(absl::string_view key, absl::string_view token) {
  return LogField(absl::StrCat("\"", SafeToken(key), "\":\"", SafeToken(token), "\""));
}

LogField LogField::Number(absl::string_view key, int64_t number) {
  return LogField(absl::StrCat("\"", SafeToken(key), "\":", number));
}

LogField LogField::Flag(absl::string_view key, bool flag) {
  return LogField(absl::StrCat("\"", SafeToken(key), "\":", flag ? "true" : "false"));
}

LogField LogField::Duration(absl::string_view key, absl::Duration duration) {
  return LogField(absl::StrCat("\"", SafeToken(key), "_ms\":", absl::ToInt64Milliseconds(duration)));
}

void Log(Severity severity, absl::string_view event, std::initializer_list<LogField> fields) {
  std::string line =
      absl::StrCat("{\"severity\":\"", Word(severity), "\",\"event\":\"", SafeToken(event), "\"");
  for (const LogField& field : fields) {
    absl::StrAppend(&line, ",", field.json());
  }
  line += "}\n";
  // A log that cannot be written must not stop the work.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace mendwork::sdk
