// The real channel: a plugin process and gRPC over its Unix socket.
#pragma once

#include <memory>

#include "service/plugin/plugin_channel.h"
#include "service/plugin/plugin_process.h"

namespace mendwork::plugin {

// Starts the process on the calling thread, which must outlive it.
absl::StatusOr<std::unique_ptr<PluginChannel>> OpenPluginChannel(const LaunchOptions& options);

}  // namespace mendwork::plugin
