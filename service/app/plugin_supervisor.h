// The seam through which use cases reach running plugins. Implemented by service/plugin; null where none can
// run.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mendwork::app {

// What a package on disk says of itself, checked against its manifest schema.
struct PluginPackage {
  std::string plugin_id;  // reverse domain name
  std::string version;
  std::string display_name;
  std::string executable_path;
  std::string executable_sha256;  // of the bytes on disk, hexadecimal
  std::string manifest_json;
  uint32_t requested_data_classes = 0;  // bit n = mendwork.admin.v1.DataClass n
};

struct PluginHealth {
  bool healthy = false;
  std::string message;
};

class PluginSupervisor {
 public:
  virtual ~PluginSupervisor() = default;
  // Reads and checks a package directory. Errors say what is wrong with which file.
  virtual absl::StatusOr<PluginPackage> ReadPackage(const std::string& directory) = 0;
  // Asks the plugin itself, in a process of its own, whether a configuration is valid: INVALID_ARGUMENT with
  // the field paths of its diagnostics. Blocks for at most the start limit of a plugin.
  virtual absl::Status ValidateConfiguration(int64_t plugin_id, const std::string& configuration_json) = 0;
  // Tells that a plugin's row changed (state, configuration or grant); returns at once.
  virtual void Refresh(int64_t plugin_id) = 0;
  virtual PluginHealth Health(int64_t plugin_id) = 0;
};

}  // namespace mendwork::app
