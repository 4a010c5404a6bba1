#include "tests/bench/report.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

namespace mendwork::bench {
namespace {

using Json = nlohmann::ordered_json;
using Measure = std::function<double(const LoadResult&)>;

std::vector<double> Values(const Cell& cell, const Measure& measure) {
  std::vector<double> values;
  for (const LoadResult& round : cell.rounds) {
    values.push_back(measure(round));
  }
  return values;
}

// Round by round.
std::vector<double> Ratios(const Cell& cell, const Cell& base, const Measure& measure) {
  std::vector<double> ratios;
  for (size_t i = 0; i < std::min(cell.rounds.size(), base.rounds.size()); ++i) {
    ratios.push_back(measure(cell.rounds[i]) / measure(base.rounds[i]));
  }
  return ratios;
}

double PerSecond(const LoadResult& round) { return round.per_second; }
double Tail(const LoadResult& round) { return round.p99_us; }
// Of both sides: what a call takes of a machine that does nothing else.
double Processor(const LoadResult& round) { return round.server_cpu_us + round.client_cpu_us; }

double Rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return std::strtod(text, nullptr);
}

Json ToJson(const Spread& spread) {
  return {
      {"min", Rounded(spread.minimum)}, {"median", Rounded(spread.median)}, {"max", Rounded(spread.maximum)}};
}

void PrintLine(const Json& line) {
  std::printf("%s\n", line.dump().c_str());
  std::fflush(stdout);
}

Json CellLine(const Cell& cell, const Cell* base) {
  const LoadResult& last = cell.rounds.back();
  const Spread rate = SpreadOf(Values(cell, PerSecond));
  const auto median = [&cell](const Measure& measure) {
    return Rounded(SpreadOf(Values(cell, measure)).median);
  };
  Json line = {{"name", cell.name},
               {"transport", cell.transport},
               {"in_flight", cell.in_flight},
               {"connections", ConnectionsFor(cell.in_flight)},
               {"request_bytes", last.request_bytes},
               {"reply_bytes", last.reply_bytes},
               {"rounds", cell.rounds.size()},
               {"unit", "calls/s"},
               {"min", Rounded(rate.minimum)},
               {"median", Rounded(rate.median)},
               {"max", Rounded(rate.maximum)},
               {"p50_us", median([](const LoadResult& round) { return round.p50_us; })},
               {"p99_us", median(Tail)},
               {"server_cpu_us", median([](const LoadResult& round) { return round.server_cpu_us; })},
               {"client_cpu_us", median([](const LoadResult& round) { return round.client_cpu_us; })}};
  if (base != nullptr) {
    line["ratio_to_echo"] = ToJson(SpreadOf(Ratios(cell, *base, PerSecond)));
    // The rate that the same processors would give if nothing ever waited: less noisy than the rate itself.
    line["echo_cpu_to_cpu"] = ToJson(SpreadOf(Ratios(*base, cell, Processor)));
    line["p99_to_echo"] = ToJson(SpreadOf(Ratios(cell, *base, Tail)));
    line["echo_median"] = Rounded(SpreadOf(Values(*base, PerSecond)).median);
    line["echo_p99_us"] = Rounded(SpreadOf(Values(*base, Tail)).median);
    line["echo_server_cpu_us"] =
        Rounded(SpreadOf(Values(*base, [](const LoadResult& round) { return round.server_cpu_us; })).median);
  }
  return line;
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  if (values.empty()) {
    return {};
  }
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  const double median = values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {values.front(), median, values.back()};
}

const Cell* Report::Find(const std::vector<Cell>& cells, const std::string& name,
                         const std::string& transport, int in_flight) const {
  for (const Cell& cell : cells) {
    if (cell.name == name && cell.transport == transport && cell.in_flight == in_flight) {
      return &cell;
    }
  }
  return nullptr;
}

void Report::AddTo(std::vector<Cell>& cells, const std::string& name, const std::string& transport,
                   int in_flight, const LoadResult& result) {
  if (result.errors > 0) {
    Fail(name + " at " + std::to_string(in_flight) + " in flight: " + std::to_string(result.errors) +
         " calls failed, the first with " + result.first_error);
  }
  if (result.calls == 0) {
    Fail(name + " at " + std::to_string(in_flight) + " in flight: no call was answered in time");
  }
  for (Cell& cell : cells) {
    if (cell.name == name && cell.transport == transport && cell.in_flight == in_flight) {
      cell.rounds.push_back(result);
      return;
    }
  }
  cells.push_back({name, transport, in_flight, {result}});
}

void Report::Add(const std::string& name, const std::string& transport, int in_flight,
                 const LoadResult& result) {
  AddTo(cells_, name, transport, in_flight, result);
}

void Report::AddBase(const std::string& name, const std::string& transport, int in_flight,
                     const LoadResult& result) {
  AddTo(bases_, name, transport, in_flight, result);
}

void Report::AddFigure(const std::string& name, const std::string& unit, const std::vector<double>& values) {
  const Spread spread = SpreadOf(values);
  PrintLine({{"name", name},
             {"unit", unit},
             {"rounds", values.size()},
             {"min", Rounded(spread.minimum)},
             {"median", Rounded(spread.median)},
             {"max", Rounded(spread.maximum)}});
}

void Report::PrintCells() const {
  for (const Cell& cell : cells_) {
    PrintLine(CellLine(cell, Find(bases_, cell.name, cell.transport, cell.in_flight)));
  }
}

void Report::Goal(const std::string& text, double value, bool at_least, double bound) {
  goals_.push_back({text, value, at_least, bound});
}

Spread Report::RatioOf(const std::string& name, const std::string& transport, int in_flight) const {
  const Cell* cell = Find(cells_, name, transport, in_flight);
  const Cell* base = Find(bases_, name, transport, in_flight);
  return cell == nullptr || base == nullptr ? Spread() : SpreadOf(Ratios(*cell, *base, PerSecond));
}

void Report::RatioGoal(const std::string& name, int in_flight, double bound) {
  for (const char* transport : {"unix", "tcp"}) {
    if (Find(cells_, name, transport, in_flight) != nullptr) {
      Goal(name + " / echo, " + std::to_string(in_flight) + " in flight, " + transport,
           RatioOf(name, transport, in_flight).median, true, bound);
    }
  }
}

void Report::TailGoal(const std::string& name, int in_flight, double bound) {
  for (const char* transport : {"unix", "tcp"}) {
    const Cell* cell = Find(cells_, name, transport, in_flight);
    const Cell* base = Find(bases_, name, transport, in_flight);
    if (cell != nullptr && base != nullptr) {
      Goal(name + " p99 / echo p99, " + std::to_string(in_flight) + " in flight, " + transport,
           SpreadOf(Ratios(*cell, *base, Tail)).median, false, bound);
    }
  }
}

bool Report::PrintTable() const {
  bool all_met = true;
  std::printf("\n%-58s %10s %10s  %s\n", "goal", "median", "bound", "met");
  for (const GoalLine& goal : goals_) {
    const bool met = goal.at_least ? goal.value >= goal.bound : goal.value <= goal.bound;
    all_met = all_met && met;
    std::printf("%-58s %10.3g %s %7.3g  %s\n", goal.text.c_str(), goal.value,
                goal.at_least ? ">=" : "<=", goal.bound, met ? "yes" : "NO");
  }
  return all_met;
}

}  // namespace mendwork::bench
