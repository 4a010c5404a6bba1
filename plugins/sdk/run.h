// The life of a plugin's process: `int main(int argc, char** argv) { MyHandler handler; return
// RunPlugin(argc, argv, handler); }` is a whole plugin.
#pragma once

#include "plugins/sdk/handler.h"

namespace mendwork::sdk {

// Serves until the host says Stop or sends SIGTERM, and returns the exit status. Run by hand it explains
// itself, or prints what is asked: `--manifest` (plugin.json) or `--config-schema`. Standard output carries
// the handshake line only; afterwards it is closed.
int RunPlugin(int argc, char** argv, PluginHandler& handler);

}  // namespace mendwork::sdk
