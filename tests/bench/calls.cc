// SubmitResponse, GetResponse, AccessResponse and ListResponses beside the echo, and the raw group commit.
#include <algorithm>
#include <cstdio>
#include <map>

#include "tests/bench/echo_server.h"
#include "tests/bench/sections.h"
#include "tests/bench/sqlite_loop.h"

namespace mendwork::bench {
namespace {

const std::string kEcho = kEchoPath;

// What one submission of this benchmark puts into the file, sealed (service/store/sealing.h).
constexpr RowSizes kRows = {.content = 1841, .withheld = 305, .outcome = 817, .audit = 195};

// First guess of submissions per second, so that enough responses are open for the first round.
constexpr double kFirstGuess = 5000;

struct Method {
  const char* name;
  NextCall next;
  size_t request_bytes = 0;
  size_t reply_bytes = 0;
};

class CallRounds {
 public:
  CallRounds(const Settings& settings, const std::string& directory, const std::string& transport,
             Process& echo, const std::string& echo_target, Report& report)
      : settings_(settings),
        transport_(transport),
        echo_(echo),
        echo_target_(echo_target),
        report_(report),
        server_(settings, directory, transport, transport) {
    server_.Start();
    practice_ = std::make_unique<Practice>(server_.PracticeAt(settings.seed));
    practice_->AssignUntil(2000, server_.process());
    methods_ = {{"submit", practice_->Submit()},
                {"get", practice_->Get()},
                {"access", practice_->Access()},
                {"list", practice_->List()}};
    LearnSizes();
    const auto unwanted = [&](const Method& method) {
      const auto& wanted = settings_.methods;
      return std::find(wanted.begin(), wanted.end(), method.name) == wanted.end();
    };
    methods_.erase(std::remove_if(methods_.begin(), methods_.end(), unwanted), methods_.end());
  }

  void Round(int round) {
    for (const int in_flight : settings_.in_flight) {
      for (Method& method : methods_) {
        if (method.name == std::string("submit")) {
          PrepareSubmissions(in_flight);
        }
        // Drift within a round must not favour one side.
        if (round % 2 == 0) {
          MeasureEcho(method, in_flight);
          MeasureMethod(method, in_flight);
        } else {
          MeasureMethod(method, in_flight);
          MeasureEcho(method, in_flight);
        }
      }
    }
  }

  void End() {
    std::fprintf(stderr, "%s: %zu responses submitted, %zu left open\n", transport_.c_str(),
                 practice_->submitted(), practice_->open());
    server_.Stop();
  }

 private:
  LoadOptions Load(const std::string& target, int in_flight) const {
    LoadOptions load;
    load.target = target;
    load.in_flight = in_flight;
    load.connections = ConnectionsFor(in_flight);
    load.seconds = settings_.seconds;
    return load;
  }

  void LearnSizes() {
    for (Method& method : methods_) {
      LoadOptions load = Load(server_.api(), 16);
      load.warmup_seconds = 0;
      load.seconds = 0.1;
      const LoadResult result = RunClosedLoop(load, server_.process(), method.next);
      if (result.errors > 0 || result.calls == 0) {
        Fail(std::string(method.name) + ": no call succeeded: " + result.first_error);
      }
      method.request_bytes = result.request_bytes;
      method.reply_bytes = result.reply_bytes;
    }
  }

  void PrepareSubmissions(int in_flight) {
    const double rate = rates_.count(in_flight) > 0 ? 1.4 * rates_[in_flight] : kFirstGuess;
    const LoadOptions load = Load(server_.api(), in_flight);
    practice_->AssignUntil(static_cast<size_t>(rate * (load.warmup_seconds + load.seconds)) + 500,
                           server_.process());
  }

  void MeasureEcho(const Method& method, int in_flight) {
    const google::protobuf::BytesValue body =
        EchoRequest(method.request_bytes, static_cast<uint32_t>(method.reply_bytes));
    const NextCall next = [&body](Outgoing& outgoing) {
      outgoing.path = &kEcho;
      outgoing.Messages<google::protobuf::BytesValue, google::protobuf::BytesValue>() = body;
      return true;
    };
    report_.AddBase(method.name, transport_, in_flight,
                    RunClosedLoop(Load(echo_target_, in_flight), echo_, next));
  }

  void MeasureMethod(const Method& method, int in_flight) {
    std::fprintf(stderr, "%s: %s, %d in flight\n", transport_.c_str(), method.name, in_flight);
    const LoadResult result = RunClosedLoop(Load(server_.api(), in_flight), server_.process(), method.next);
    if (method.name == std::string("submit")) {
      rates_[in_flight] = std::max(rates_[in_flight], result.per_second);
    }
    report_.Add(method.name, transport_, in_flight, result);
  }

  const Settings& settings_;
  const std::string transport_;
  Process& echo_;
  const std::string echo_target_;
  Report& report_;
  Mendworkd server_;
  std::unique_ptr<Practice> practice_;
  std::vector<Method> methods_;
  std::map<int, double> rates_;  // of SubmitResponse, by calls in flight
};

}  // namespace

void MeasureCalls(const Settings& settings, Report& report) {
  const WorkDirectory work(settings.directory);
  const std::string echo_unix = "unix:" + work.path() + "/echo.sock";
  const std::string echo_tcp = "127.0.0.1:" + std::to_string(FreePort());
  Process echo({settings.program, "echo", echo_unix, echo_tcp}, work.path() + "/echo.log");
  if (!WaitUntilAccepting(echo, echo_unix, 10)) {
    Fail("the echo server did not start");
  }
  std::vector<std::unique_ptr<CallRounds>> transports;
  for (const std::string& transport : settings.transports) {
    transports.push_back(std::make_unique<CallRounds>(settings, work.path(), transport, echo,
                                                      transport == "tcp" ? echo_tcp : echo_unix, report));
  }
  std::map<int, std::vector<double>> group_commit;
  std::map<int, std::vector<double>> group_commit_cpu;
  for (int round = 0; round < settings.rounds; ++round) {
    std::fprintf(stderr, "round %d of %d\n", round + 1, settings.rounds);
    for (const auto& transport : transports) {
      transport->Round(round);
    }
    for (const int in_flight : settings.in_flight) {
      const GroupCommitResult result = RunGroupCommit(work.path(), kRows, in_flight, settings.seconds / 2);
      group_commit[in_flight].push_back(result.per_second);
      group_commit_cpu[in_flight].push_back(result.cpu_us);
    }
  }
  report.PrintCells();
  for (const int in_flight : settings.in_flight) {
    const std::string name = "raw_group_commit_of_" + std::to_string(in_flight);
    report.AddFigure(name, "submissions/s", group_commit[in_flight]);
    report.AddFigure(name + "_cpu", "us", group_commit_cpu[in_flight]);
  }
  for (const auto& transport : transports) {
    transport->End();
  }
  report.RatioGoal("submit", 16, 0.40);
  report.RatioGoal("submit", 64, 0.45);
  report.RatioGoal("submit", 256, 0.55);
  report.RatioGoal("get", 64, 0.80);
  report.TailGoal("submit", 64, 2.0);
}

}  // namespace mendwork::bench
