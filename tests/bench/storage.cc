// Bytes on disk, start and insert rate with many responses in the file.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <map>

#include "grpc/health/v1/health.pb.h"
#include "tests/bench/sections.h"
#include "tests/bench/sqlite_loop.h"

namespace mendwork::bench {
namespace {

constexpr size_t kSubmissionsForSize = 10'000;
constexpr int kInFlight = 64;
constexpr double kMillisecondsPerSecond = 1000;

LoadOptions Load(const Settings& settings, const Mendworkd& server) {
  LoadOptions load;
  load.target = server.api();
  load.in_flight = kInFlight;
  load.connections = ConnectionsFor(kInFlight);
  load.seconds = settings.seconds;
  return load;
}

// Submits everything that is open.
void SubmitAll(const Settings& settings, Mendworkd& server, Practice& practice) {
  LoadOptions load = Load(settings, server);
  load.warmup_seconds = 0;
  load.seconds = 3600;
  const LoadResult result = RunClosedLoop(load, server.process(), practice.Submit());
  if (result.errors > 0) {
    Fail("SubmitResponse: " + result.first_error);
  }
}

// The growth of the data file between two clean ends.
void MeasureBytes(const Settings& settings, const std::string& directory, Report& report) {
  Mendworkd server(settings, directory, "bytes", "unix");
  server.Start();
  Practice practice(server.PracticeAt(settings.seed));
  server.Stop();
  const double empty = static_cast<double>(FileBytes(server.DataFile()));
  server.Start();
  practice.AssignUntil(kSubmissionsForSize, server.process());
  server.Stop();
  const double assigned = static_cast<double>(FileBytes(server.DataFile()));
  std::map<std::string, int64_t> tables_assigned = BytesByTable(server.DataFile());
  server.Start();
  const size_t before = practice.submitted();
  SubmitAll(settings, server, practice);
  server.Stop();
  const double submitted = static_cast<double>(FileBytes(server.DataFile()));
  const double count = static_cast<double>(practice.submitted() - before);
  report.AddFigure("payload_bytes", "bytes", {static_cast<double>(practice.answers_bytes())});
  report.AddFigure("disk_bytes_per_assignment", "bytes", {(assigned - empty) / count});
  report.AddFigure("disk_bytes_per_submit", "bytes", {(submitted - assigned) / count});
  const double payload = static_cast<double>(practice.answers_bytes());
  const double ratio = (submitted - assigned) / count / payload;
  report.AddFigure("disk_bytes_per_payload_byte", "ratio", {ratio});

  // Stored replies go after 72 hours, and their pages are used again.
  double lasting = submitted - assigned;
  for (const auto& [table, bytes] : BytesByTable(server.DataFile())) {
    const double growth = static_cast<double>(bytes) - static_cast<double>(tables_assigned[table]);
    if (growth >= count) {
      report.AddFigure("disk_bytes_per_submit_in_" + table, "bytes", {growth / count});
    }
    if (table.find("request_record") != std::string::npos) {
      lasting -= growth;
    }
  }
  report.AddFigure("disk_bytes_per_payload_byte_after_72_h", "ratio", {lasting / count / payload});
  report.Goal("disk bytes of a submit / payload, with its reply for 72 h", ratio, false, 1.5);
  report.Goal("disk bytes of a submit / payload, after 72 h", lasting / count / payload, false, 1.5);
}

// From the start of the process to the first answer.
double StartAndAsk(Mendworkd& server, double* accepting) {
  const auto start = std::chrono::steady_clock::now();
  *accepting = server.Start() * kMillisecondsPerSecond;
  Api api(server.api(), 1);
  const auto health = api.Call<grpc::health::v1::HealthCheckResponse>("grpc.health.v1.Health.Check",
                                                                      grpc::health::v1::HealthCheckRequest());
  if (health.status() != grpc::health::v1::HealthCheckResponse::SERVING) {
    Fail("the server accepts connections but says that it does not serve");
  }
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

void MeasureStarts(const Settings& settings, Mendworkd& server, const std::string& size, Report& report) {
  for (const bool forgotten : {false, true}) {
    std::vector<double> accepting;
    std::vector<double> answering;
    for (int i = 0; i < settings.starts; ++i) {
      if (forgotten) {
        DropFromPageCache(server.DataFile());
        DropFromPageCache(server.data() + "/keyring.db");
      }
      double accepted = 0;
      answering.push_back(StartAndAsk(server, &accepted));
      accepting.push_back(accepted);
      server.Stop();
    }
    const std::string name = "start_with_" + size + (forgotten ? "_from_disk" : "_cached");
    report.AddFigure(name + "_to_accept", "ms", accepting);
    report.AddFigure(name + "_to_answer", "ms", answering);
    if (size != "few") {
      report.Goal(name + " to the first answer, ms", SpreadOf(answering).median, false, 100);
    }
  }
}

}  // namespace

void MeasureStorage(const Settings& settings, Report& report) {
  const WorkDirectory work(settings.directory);
  MeasureBytes(settings, work.path(), report);

  Mendworkd small(settings, work.path(), "small", "unix");
  small.Start();
  Practice few(small.PracticeAt(settings.seed));
  small.Stop();
  Mendworkd large(settings, work.path(), "large", "unix");
  large.Start();
  Practice many(large.PracticeAt(settings.seed));
  large.Stop();

  const long long before = FileBytes(large.DataFile());
  const auto start = std::chrono::steady_clock::now();
  FillResponses(large.data(), many, settings.responses);
  report.AddFigure(
      "fill", "responses/s",
      {settings.responses / std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()});
  const double bytes = static_cast<double>(FileBytes(large.DataFile()) - before) / settings.responses;
  report.AddFigure("disk_bytes_per_response_in_large_file", "bytes", {bytes});
  const double ratio = bytes / static_cast<double>(many.answers_bytes());
  // With the assignments and their audit entries, which the goal does not count.
  report.AddFigure("disk_bytes_per_payload_byte_in_large_file", "ratio", {ratio});

  MeasureStarts(settings, small, "few", report);
  MeasureStarts(settings, large, std::to_string(settings.responses), report);
  double accepting = 0;
  StartAndAsk(large, &accepting);
  many.AssignUntil(1000, large.process());
  large.process().Kill();  // leaves a WAL behind, so that the next start reads the whole file through
  report.AddFigure("start_after_a_kill_with_" + std::to_string(settings.responses), "ms",
                   {StartAndAsk(large, &accepting)});
  StartAndAsk(small, &accepting);

  std::vector<double> ratios;
  for (int round = 0; round < settings.rounds; ++round) {
    double rates[2] = {};
    for (const int turn : {round % 2, 1 - round % 2}) {
      Mendworkd& server = turn == 0 ? small : large;
      Practice& practice = turn == 0 ? few : many;
      practice.AssignUntil(static_cast<size_t>(9000 * (settings.seconds + 0.3)), server.process());
      const LoadResult result = RunClosedLoop(Load(settings, server), server.process(), practice.Submit());
      report.Add(turn == 0 ? "submit_into_empty_file" : "submit_into_large_file", "unix", kInFlight, result);
      rates[turn] = result.per_second;
    }
    ratios.push_back(rates[1] / rates[0]);
  }
  report.PrintCells();
  report.AddFigure("insert_rate_large_to_empty", "ratio", ratios);
  report.Goal("insert rate, large / empty file, 64 in flight", SpreadOf(ratios).median, true, 0.9);
  small.Stop();
  large.Stop();
}

}  // namespace mendwork::bench
