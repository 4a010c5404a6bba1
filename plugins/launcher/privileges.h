// What every kernel offers and no launch goes without: limits, user, capabilities, descriptors, environment.
#pragma once

#include <string>
#include <vector>

#include "plugins/launcher/arguments.h"

namespace mendwork::launcher {

// Each returns false if the process may not be trusted to be as confined as asked.
bool SetLimits(const Arguments& arguments);
bool CloseOtherDescriptors(int executable_fd, const std::vector<int>& kept_fds);
bool ResetSignals();
// Changes group and user if given, drops every capability for good and forbids gaining any.
bool DropPrivileges(const Arguments& arguments);
// Asks for SIGKILL when the thread that started us ends. Only after the change of user, which clears it.
bool DieWithParent(const Arguments& arguments);
// The only variables a plugin sees, as "NAME=value".
std::vector<std::string> PluginEnvironment();

}  // namespace mendwork::launcher
