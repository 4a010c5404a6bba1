// The command line: one CLI11 subcommand per row of the command tables.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/command.h"

namespace mendwork::admin {

struct GlobalOptions {
  std::string server;
  std::string data;
  std::string session_file;
  std::string ca_file;
  double timeout_seconds = 30;
  bool json = false;
};

// The parser of all commands. Lends the tables, and does not move: the parser writes into it.
class CommandLine {
 public:
  explicit CommandLine(const std::vector<Command>& commands);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  CLI::App& app() { return app_; }
  const CLI::App& app() const { return app_; }
  const GlobalOptions& options() const { return options_; }

  // After a failed parse: what is wrong, and where help is.
  std::string ErrorText(const CLI::ParseError& error) const;

  // After parsing: the command that was named, null when there is none; and what was typed for it.
  const Command* command() const;
  Values values() const;

  // The words that an option takes; empty when it takes anything.
  std::vector<std::string> Choices(const CLI::Option* option) const;

 private:
  struct Parsed {
    const Command* command;
    std::map<std::string, CLI::Option*> options;  // by flag
  };

  void AddGlobalOptions();
  CLI::App* Group(const std::string& name);
  void AddCommand(const Command& command);
  void AddArgument(const Command& command, const Argument& argument, CLI::App& app, Parsed& parsed);
  const CLI::App* LastApp() const;
  const Parsed* FindParsed() const;

  CLI::App app_;
  GlobalOptions options_;
  std::map<const CLI::App*, Parsed> commands_;
  std::map<const CLI::Option*, std::vector<std::string>> choices_;
};

}  // namespace mendwork::admin
