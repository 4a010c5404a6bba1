// What a command is: a row of a table. Most commands are one RPC whose request fields are filled from the
// arguments and whose reply is printed in columns; the others name a function of their own.
#pragma once

#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "admin/client.h"
#include "admin/terminal.h"

namespace mendwork::admin {

enum class ArgumentKind {
  kValue,    // one word or text
  kSwitch,   // takes no value
  kContent,  // a client's name, place or other content: never on the command line, where other users of the
             // machine and the shell's history see it; asked for, or "-" for a line of standard input
  kFile,     // a file whose text is sent, "-" for standard input
};

struct Argument {
  std::string flag;   // "couple" for a positional, "--due" for an option
  std::string field;  // where it goes in the request; empty when the command's own function reads it
  std::string help;
  ArgumentKind kind = ArgumentKind::kValue;
  std::string collection = "";  // for resource names, a pattern of names.h
  bool required = false;        // besides what the API itself requires
  bool repeated = false;        // besides repeated fields
};

struct Column {
  std::string title;
  std::string field;
};

class Values;
struct Context;
struct Command;
using RunFunction = absl::Status (*)(Context& context, const Command& command, const Values& values);

struct Command {
  std::string path;  // "couple list"
  std::string help;
  std::string example;
  std::string method;  // "CareService.ListCouples"; empty when none or several are called
  std::vector<Argument> arguments = {};
  std::vector<Column> columns = {};                                 // of the reply, or of its rows
  std::vector<std::pair<std::string, std::string>> constants = {};  // request field and text, always sent
  std::string resource =
      "";  // "appointment." when the request wraps the resource whose name and etag it sends
  std::string read_method = "";  // a Get method: reads the etag to send, and what --dry-run shows
  std::string dry_run = "";      // what would happen; makes the command take --dry-run
  std::string next = "";         // what the person does next
  RunFunction run = nullptr;     // null: RunMethod
};

// What was typed, by flag.
class Values {
 public:
  void Add(const std::string& flag, std::string value) { values_[flag].push_back(std::move(value)); }
  void Remove(const std::string& flag) { values_.erase(flag); }
  bool Has(const std::string& flag) const { return values_.count(flag) > 0; }
  std::string Get(const std::string& flag) const {
    return Has(flag) ? values_.at(flag).front() : std::string();
  }
  std::vector<std::string> All(const std::string& flag) const {
    return Has(flag) ? values_.at(flag) : std::vector<std::string>();
  }

 private:
  std::map<std::string, std::vector<std::string>> values_;
};

// What a command works with.
struct Context {
  Client& client;
  Terminal& terminal;
  std::ostream& out;
  std::ostream& err;
  bool json = false;
  std::string session_path;
  std::string practice;  // of the signed-in person; empty when nobody is
};

// One table per file; `AllCommands` (commands.cc) joins them in the order of --help.
std::vector<Command> AllCommands();
std::vector<Command> SessionCommands();
std::vector<Command> PracticeCommands();
std::vector<Command> StaffCommands();
std::vector<Command> PluginCommands();
std::vector<Command> CatalogueCommands();
std::vector<Command> CoupleCommands();
std::vector<Command> CareCommands();
std::vector<Command> EncounterCommands();
std::vector<Command> HomeworkCommands();
std::vector<Command> FlagCommands();

}  // namespace mendwork::admin
