// What was measured: samples by round, printed as JSON lines, and the goals they are held against.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/bench/load.h"

namespace mendwork::bench {

struct Spread {
  double minimum = 0;
  double median = 0;
  double maximum = 0;
};
Spread SpreadOf(std::vector<double> values);

// One thing measured in every round. `base` is another one of the same rounds, "" for none: ratios are taken
// within a round, never between rounds.
struct Cell {
  std::string name;       // "submit", "echo", ...
  std::string transport;  // "unix" or "tcp"
  int in_flight = 0;
  std::vector<LoadResult> rounds;
};

class Report {
 public:
  // Adds a round. Fails the program when a call failed: a rate of refused calls says nothing.
  void Add(const std::string& name, const std::string& transport, int in_flight, const LoadResult& result);
  void AddBase(const std::string& name, const std::string& transport, int in_flight,
               const LoadResult& result);

  // A figure without calls: one line, and one value for the goals.
  void AddFigure(const std::string& name, const std::string& unit, const std::vector<double>& values);

  // Prints one JSON line for every cell.
  void PrintCells() const;

  // A goal over the median of `value`, printed in the table at the end.
  void Goal(const std::string& text, double value, bool at_least, double bound);
  // For a goal over a cell's ratio; skipped when the cell was not run.
  void RatioGoal(const std::string& name, int in_flight, double bound);
  void TailGoal(const std::string& name, int in_flight, double bound);

  // The table for people; returns false when a goal is not met.
  bool PrintTable() const;

  Spread RatioOf(const std::string& name, const std::string& transport, int in_flight) const;

 private:
  struct GoalLine {
    std::string text;
    double value;
    bool at_least;
    double bound;
  };
  const Cell* Find(const std::vector<Cell>& cells, const std::string& name, const std::string& transport,
                   int in_flight) const;
  static void AddTo(std::vector<Cell>& cells, const std::string& name, const std::string& transport,
                    int in_flight, const LoadResult& result);

  std::vector<Cell> cells_;
  std::vector<Cell> bases_;  // the echo of each cell's own sizes, under the cell's name
  std::vector<GoalLine> goals_;
};

}  // namespace mendwork::bench
