// One-line JSON log to standard error, which the host keeps under the plugin's id. There is no free text: a
// value is a number, a yes or no, a length of time, or a token, and a token that looks like prose is written
// as "redacted". So a name or an answer that gets here by mistake gets no further.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mendwork::sdk {

enum class Severity { kInfo, kWarning, kError };

class LogField {
 public:
  // At most 120 characters of [A-Za-z0-9_.:/()[]-]; meant for constants of the program and codes of
  // protocols.
  static LogField Token(absl::string_view key, absl::string_view token);
  static LogField Number(absl::string_view key, int64_t number);
  static LogField Flag(absl::string_view key, bool flag);
  static LogField Duration(absl::string_view key, absl::Duration duration);

  const std::string& json() const { return json_; }  // "key":value

 private:
  explicit LogField(std::string json) : json_(std::move(json)) {}
  std::string json_;
};

// Thread-safe; one write per line. `event` is a constant of the program.
void Log(Severity severity, absl::string_view event, std::initializer_list<LogField> fields = {});

// The token itself, or "redacted".
absl::string_view SafeToken(absl::string_view token);

}  // namespace mendwork::sdk
