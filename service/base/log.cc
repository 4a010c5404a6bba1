#include "service/base/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mendwork::base {
namespace {

struct Sink {
  absl::Mutex mutex;
  std::function<void(absl::string_view)> function ABSL_GUARDED_BY(mutex);
};

// Never destroyed: threads may log until the very end.
Sink& TheSink() {
  static Sink* const sink = new Sink;
  return *sink;
}

const char* NameOf(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

// Most lines hold only keys, codes and method names.
bool IsPlain(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
}

void AppendQuoted(std::string& line, absl::string_view text) {
  if (IsPlain(text)) {
    absl::StrAppend(&line, "\"", text, "\"");
  } else {
    line += nlohmann::json(std::string(text)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
}

// Whole seconds are formatted once for all the lines of that second.
void AppendTime(std::string& line, absl::Time now) {
  thread_local int64_t formatted_second = INT64_MIN;
  thread_local std::string second_text;
  const int64_t microseconds = absl::ToUnixMicros(now);
  const int64_t second = absl::ToUnixSeconds(now);
  if (second != formatted_second) {
    formatted_second = second;
    second_text = absl::FormatTime("%Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(second), absl::UTCTimeZone());
  }
  absl::StrAppend(&line, "\"", second_text, ".",
                  absl::Dec(microseconds - second * 1'000'000, absl::kZeroPad6), "Z\"");
}

void WriteWhole(std::string line) {
  line.push_back('\n');
  size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = write(STDERR_FILENO, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return;  // There is nowhere left to complain to.
    }
    written += static_cast<size_t>(count);
  }
}

}  // namespace

void Log(Severity severity, absl::string_view event, std::initializer_list<LogField> fields) {
  std::string text;
  text.reserve(256);
  text += "{\"time\":";
  AppendTime(text, absl::Now());
  absl::StrAppend(&text, ",\"severity\":\"", NameOf(severity), "\",\"event\":");
  AppendQuoted(text, event);
  for (const LogField& field : fields) {
    text += ',';
    AppendQuoted(text, field.key());
    text += ':';
    if (field.is_number()) {
      absl::StrAppend(&text, field.number());
    } else {
      AppendQuoted(text, field.text());
    }
  }
  text += '}';
  Sink& sink = TheSink();
  absl::MutexLock lock(&sink.mutex);
  if (sink.function) {
    sink.function(text);
  } else {
    WriteWhole(std::move(text));
  }
}

void SetLogSink(std::function<void(absl::string_view)> sink) {
  Sink& current = TheSink();
  absl::MutexLock lock(&current.mutex);
  current.function = std::move(sink);
}

}  // namespace mendwork::base
