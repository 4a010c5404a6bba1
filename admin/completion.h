// Shell completion, generated from the parser itself so that it never differs from it.
#pragma once

#include <string>

#include "admin/cli.h"

namespace mendwork::admin {

std::string BashCompletion(const CommandLine& line);

}  // namespace mendwork::admin
