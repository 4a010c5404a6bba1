// The processes under measurement, and what the system tells about them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace mendwork::bench {

// A directory (mode 0700) under `parent` that goes away with the run. Keep `parent` short: sockets lie in it.
class WorkDirectory {
 public:
  explicit WorkDirectory(const std::string& parent);
  ~WorkDirectory();
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A child process. It ends when this program ends, however that happens.
class Process {
 public:
  // Standard error goes to `log_path`.
  Process(std::vector<std::string> command, const std::string& log_path);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  bool running();
  // SIGTERM, then waits; true when it ended with status 0.
  bool Stop();
  // SIGKILL, as a power cut would end it.
  void Kill();

  // User and system time of all its threads so far, in microseconds; a granularity of 10,000.
  double CpuMicros() const;
  // Resident memory, in KiB.
  double RssKib() const;

 private:
  pid_t pid_ = -1;
};

// This program's own time on the processors, in microseconds.
double OwnCpuMicros();

// Tries until a Unix or loopback socket accepts a connection. `target` is unix:/path or 127.0.0.1:port. False
// when the process ends first or after `seconds`.
bool WaitUntilAccepting(Process& process, const std::string& target, double seconds);

// A port of 127.0.0.1 that was free a moment ago.
int FreePort();

// Bytes of a file, 0 when there is none.
long long FileBytes(const std::string& path);

// Asks the kernel to forget what it holds of a file in memory, so that the next reader meets the disk.
void DropFromPageCache(const std::string& path);

// Ends the program with one sentence on standard error.
[[noreturn]] void Fail(const std::string& what);

}  // namespace mendwork::bench
