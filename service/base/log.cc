#include "service/base/log.h"

#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "absl/base/thread_annotations.h"
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
  nlohmann::ordered_json line;
  line["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line["severity"] = NameOf(severity);
  line["event"] = std::string(event);
  for (const LogField& field : fields) {
    if (field.is_number()) {
      line[std::string(field.key())] = field.number();
    } else {
      line[std::string(field.key())] = std::string(field.text());
    }
  }
  std::string text = line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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
