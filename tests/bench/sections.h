// The parts of a run. Each adds to the report; all use fresh servers over fresh data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/practice.h"
#include "tests/bench/process.h"
#include "tests/bench/report.h"

namespace mendwork::bench {

struct Settings {
  std::string program;  // this one, for the echo server
  std::string server;   // mendworkd
  std::string catalog;
  std::string directory;  // on the disk under test
  std::vector<std::string> transports = {"unix", "tcp"};
  std::vector<std::string> methods = {"submit", "get", "access", "list"};
  std::vector<int> in_flight = {1, 16, 64, 256};
  int rounds = 5;
  double seconds = 2;
  int streams = 1000;
  int responses = 1'000'000;  // in the file of a practice that has worked for years
  int starts = 5;
  uint64_t seed = 1;
};

// One mendworkd over one data directory.
class Mendworkd {
 public:
  // `name` names its directory and sockets under `directory`.
  Mendworkd(const Settings& settings, const std::string& directory, const std::string& name,
            const std::string& transport);

  // Returns the seconds from the start of the process until it accepted a connection.
  double Start();
  // Ends it cleanly: the data file is whole afterwards and there is no WAL.
  void Stop();

  Process& process() { return *process_; }
  const std::string& api() const { return api_; }
  const std::string& data() const { return data_; }
  std::string DataFile() const { return data_ + "/mendwork.db"; }
  PracticeOptions PracticeAt(uint64_t seed) const;

 private:
  const Settings& settings_;
  std::string data_;
  std::string api_;
  std::string admin_;
  std::unique_ptr<Process> process_;
};

// SubmitResponse, GetResponse, AccessResponse and ListResponses beside an echo of the same sizes, and the raw
// group commit, round by round.
void MeasureCalls(const Settings& settings, Report& report);

// Memory of open WatchFlags streams on which nothing happens.
void MeasureStreams(const Settings& settings, Report& report);

// Bytes on disk, start and insert rate with many responses in the file.
void MeasureStorage(const Settings& settings, Report& report);

// Writes `count` submitted responses into the data directory of a stopped server: real rows, sealed with the
// directory's own keys, spread over the practice's couples.
void FillResponses(const std::string& data_directory, const Practice& practice, int count);

}  // namespace mendwork::bench
