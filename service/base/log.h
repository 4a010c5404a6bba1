// One-line JSON log to standard error. Values are ids, reasons, counts and durations: never content, names,
// contacts.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <type_traits>

#include "absl/strings/string_view.h"

namespace mendwork::base {

enum class Severity { kInfo, kWarning, kError };

class LogField {
 public:
  LogField(absl::string_view key, absl::string_view text) : key_(key), text_(text) {}
  LogField(absl::string_view key, const char* text) : key_(key), text_(text) {}
  LogField(absl::string_view key, const std::string& text) : key_(key), text_(text) {}
  template <typename Integer, typename = std::enable_if_t<std::is_integral_v<Integer>>>
  LogField(absl::string_view key, Integer number)
      : key_(key), number_(static_cast<int64_t>(number)), is_number_(true) {}

  absl::string_view key() const { return key_; }
  absl::string_view text() const { return text_; }
  int64_t number() const { return number_; }
  bool is_number() const { return is_number_; }

 private:
  absl::string_view key_;
  absl::string_view text_;
  int64_t number_ = 0;
  bool is_number_ = false;
};

// Thread-safe; one write per line. Usage: Log(Severity::kInfo, "server_started", {{"port", 443}, {"kek",
// "file"}});
void Log(Severity severity, absl::string_view event, std::initializer_list<LogField> fields = {});

// Sends later lines (without the newline) to `sink` instead of standard error; an empty function restores it.
void SetLogSink(std::function<void(absl::string_view)> sink);

}  // namespace mendwork::base
