// File and TCP rules by Landlock, as far as the running kernel has them.
#pragma once

#include <string>

#include "plugins/launcher/arguments.h"
#include "plugins/launcher/executable.h"

namespace mendwork::launcher {

struct LandlockReport {
  int abi = 0;         // 0: the kernel has no Landlock
  bool files = false;  // reading is limited to the system's programs, libraries and settings
  bool tcp = false;    // connecting is limited to the ports given; accepting is forbidden
};

// Needs no_new_privs. Applies what there is and says what that was.
LandlockReport RestrictByLandlock(const Arguments& arguments, const Program& program);

}  // namespace mendwork::launcher
