// What host and plugin agree on before the first call. Constants only: the host includes this file too.
#pragma once

namespace mendwork::sdk {

// A value nobody sets by accident. It is no secret: it only tells a person who runs a plugin by hand what to
// do instead.
constexpr char kCookie[] = "mendwork-plugin-4c0b7d52e19f4a6b8d3a";
constexpr char kCookieVariable[] = "MENDWORK_PLUGIN_COOKIE";

// The contract's major version; "1" stands for the package mendwork.plugin.v1.
constexpr char kApi[] = "1";
constexpr char kApiVariable[] = "MENDWORK_PLUGIN_API";

// Absolute path of the Unix socket on which the plugin serves PluginService.
constexpr char kPluginSocketVariable[] = "MENDWORK_PLUGIN_SOCKET";
// Absolute path of the Unix socket on which the host serves HostService; may be unset.
constexpr char kHostSocketVariable[] = "MENDWORK_HOST_SOCKET";

// The one line a plugin prints on standard output, once it serves: kHandshakePrefix, the socket's path,
// kHandshakeSuffix, a line feed. Nothing else ever appears there.
constexpr char kHandshakePrefix[] = "1|1|unix|";
constexpr char kHandshakeSuffix[] = "|grpc";

// Exit statuses: not started by the host; our own fault.
constexpr int kExitNotStartedByHost = 64;
constexpr int kExitBroken = 70;

}  // namespace mendwork::sdk
