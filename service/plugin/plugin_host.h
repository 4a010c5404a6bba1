// The host of all plugins: one runner for each that is enabled, started and stopped as their rows change.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "service/app/plugin_supervisor.h"
#include "service/app/runtime.h"
#include "service/plugin/plugin_process.h"
#include "service/plugin/plugin_runner.h"

namespace mendwork::plugin {

struct PluginHostOptions {
  std::string launcher;        // path of mendwork-launcher
  std::string data_directory;  // for messages only
  // Of plugins' secrets, each plugin's in a directory named like it (the last part of
  // practices/*/plugins/*).
  std::string secrets_directory;
};

class PluginHost : public app::PluginSupervisor {
 public:
  // Starts the enabled plugins, each on its own time: a plugin that does not come up never keeps the server
  // down.
  static absl::StatusOr<std::unique_ptr<PluginHost>> Start(PluginHostOptions options, app::Runtime& runtime);
  ~PluginHost() override;

  absl::StatusOr<app::PluginPackage> ReadPackage(const std::string& directory) override;
  absl::Status ValidateConfiguration(int64_t plugin_id, const std::string& configuration_json) override;
  void Refresh(int64_t plugin_id) override;
  app::PluginHealth Health(int64_t plugin_id) override;

 private:
  PluginHost(PluginHostOptions options, app::Runtime& runtime);
  void Loop();
  void Apply(int64_t plugin_id);
  OpenChannel Opener() const;

  const PluginHostOptions options_;
  app::Runtime& runtime_;
  uint64_t subscription_ = 0;

  absl::Mutex mutex_;
  std::deque<int64_t> changed_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<int64_t, std::shared_ptr<PluginRunner>> runners_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace mendwork::plugin
