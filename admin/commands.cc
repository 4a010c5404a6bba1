// The commands in the order in which --help shows them.
#include "admin/command.h"

namespace mendwork::admin {

std::vector<Command> AllCommands() {
  std::vector<Command> all;
  for (std::vector<Command> (*table)() :
       {PracticeCommands, SessionCommands, StaffCommands, PluginCommands, CatalogueCommands, CoupleCommands,
        CareCommands, EncounterCommands, HomeworkCommands, FlagCommands}) {
    for (Command& command : table()) {
      all.push_back(std::move(command));
    }
  }
  all.push_back({.path = "completion bash",
                 .help = "Print a completion script for bash",
                 .example = "eval \"$(mendctl completion bash)\""});
  return all;
}

}  // namespace mendwork::admin
