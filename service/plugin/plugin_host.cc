#include "service/plugin/plugin_host.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/app/names.h"
#include "service/app/plugin_registry.h"
#include "service/base/log.h"
#include "service/base/status.h"
#include "service/plugin/grpc_plugin_channel.h"
#include "service/plugin/plugin_package.h"

namespace mendwork::plugin {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kLimitMemory = false;  // the sanitizer reserves terabytes of address space
#else
constexpr bool kLimitMemory = true;
#endif

// Ports of the granted hosts. The sandbox limits ports; names are checked when the grant is made.
std::vector<int> GrantedPorts(const std::string& egress) {
  std::vector<int> ports;
  for (absl::string_view entry : absl::StrSplit(egress, '\n', absl::SkipEmpty())) {
    const std::vector<absl::string_view> parts = absl::StrSplit(entry, ':');
    int port = 0;
    if (parts.size() == 2 && absl::SimpleAtoi(parts[1], &port)) {
      ports.push_back(port);
    }
  }
  return ports;
}

LaunchOptions OptionsFor(const PluginHostOptions& host, const app::Runtime& runtime,
                         const store::PluginRow& plugin) {
  LaunchOptions options = {.launcher = host.launcher,
                           .executable = plugin.executable_path,
                           .executable_sha256 = plugin.executable_sha256,
                           .plugin_key = plugin.plugin_key,
                           .connect_ports = GrantedPorts(plugin.granted_egress)};
  const absl::StatusOr<v1::Manifest> manifest = ParseManifest(plugin.manifest);
  if (manifest.ok()) {
    options.memory_bytes = kLimitMemory ? manifest->limits().memory_bytes() : 0;
    options.open_files = manifest->limits().open_files();
    options.cpu_seconds = manifest->limits().cpu_seconds();
    options.secrets_directory =
        absl::StrCat(host.secrets_directory, "/",
                     runtime.ids().Encode(static_cast<uint8_t>(app::Kind::kPlugin), plugin.plugin_id));
    options.secret_names = SecretNames(*manifest);
  }
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PluginHost>> PluginHost::Start(PluginHostOptions options,
                                                              app::Runtime& runtime) {
  if (access(options.launcher.c_str(), X_OK) != 0) {
    base::Log(base::Severity::kWarning, "plugin_launcher_missing");
  }
  MENDWORK_ASSIGN_OR_RETURN(std::vector<store::PluginRow> enabled, app::LoadEnabledPlugins(runtime));
  auto host = absl::WrapUnique(new PluginHost(std::move(options), runtime));
  for (const store::PluginRow& plugin : enabled) {
    host->Refresh(plugin.plugin_id);
  }
  return host;
}

PluginHost::PluginHost(PluginHostOptions options, app::Runtime& runtime)
    : options_(std::move(options)), runtime_(runtime) {
  subscription_ = runtime_.delivery_feed().Subscribe([this] {
    absl::MutexLock lock(&mutex_);
    for (const auto& [plugin_id, runner] : runners_) {
      runner->Wake();
    }
  });
  thread_ = std::thread([this] { Loop(); });
}

PluginHost::~PluginHost() {
  runtime_.delivery_feed().Unsubscribe(subscription_);
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  std::map<int64_t, std::shared_ptr<PluginRunner>> runners;
  {
    absl::MutexLock lock(&mutex_);
    runners.swap(runners_);
  }
}

absl::StatusOr<app::PluginPackage> PluginHost::ReadPackage(const std::string& directory) {
  return plugin::ReadPackage(directory);
}

absl::Status PluginHost::ValidateConfiguration(int64_t plugin_id, const std::string& configuration_json) {
  MENDWORK_ASSIGN_OR_RETURN(auto plugin, app::LoadPlugin(runtime_, plugin_id));
  if (!plugin.has_value()) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(std::unique_ptr<PluginChannel> channel, Opener()(*plugin));
  v1::ValidateConfigRequest request;
  request.set_configuration(configuration_json);
  MENDWORK_ASSIGN_OR_RETURN(v1::ValidateConfigResponse response, channel->ValidateConfig(request));
  std::vector<base::Violation> violations;
  for (const v1::Diagnostic& diagnostic : response.diagnostics()) {
    if (diagnostic.severity() == v1::DIAGNOSTIC_SEVERITY_ERROR) {
      violations.push_back(
          {absl::StrCat("configuration_json", diagnostic.field().empty() ? "" : ".", diagnostic.field()),
           diagnostic.code(), diagnostic.message()});
    }
  }
  return violations.empty() ? absl::OkStatus() : base::InvalidArgument(std::move(violations));
}

void PluginHost::Refresh(int64_t plugin_id) {
  absl::MutexLock lock(&mutex_);
  changed_.push_back(plugin_id);
}

app::PluginHealth PluginHost::Health(int64_t plugin_id) {
  std::shared_ptr<PluginRunner> runner;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = runners_.find(plugin_id);
    if (found == runners_.end()) {
      return {.healthy = false, .message = "not running"};
    }
    runner = found->second;
  }
  return runner->Health();
}

void PluginHost::Loop() {
  for (;;) {
    int64_t plugin_id = 0;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]()
                             ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopping_ || !changed_.empty(); };
      mutex_.Await(absl::Condition(&ready));
      if (stopping_) {
        return;
      }
      plugin_id = changed_.front();
      changed_.pop_front();
    }
    Apply(plugin_id);
  }
}

// A changed row means a new runner: grant and configuration hold from its start.
void PluginHost::Apply(int64_t plugin_id) {
  const absl::StatusOr<absl::optional<store::PluginRow>> plugin = app::LoadPlugin(runtime_, plugin_id);
  std::shared_ptr<PluginRunner> old;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = runners_.find(plugin_id);
    if (found != runners_.end()) {
      old = std::move(found->second);
      runners_.erase(found);
    }
  }
  old.reset();  // ends the plugin, outside the lock
  if (!plugin.ok() || !plugin->has_value() || (*plugin)->state != store::PluginState::kEnabled) {
    return;
  }
  auto runner = std::make_shared<PluginRunner>(runtime_, **plugin, Opener());
  absl::MutexLock lock(&mutex_);
  runners_[plugin_id] = std::move(runner);
}

OpenChannel PluginHost::Opener() const {
  return [this](const store::PluginRow& plugin) {
    return OpenPluginChannel(OptionsFor(options_, runtime_, plugin));
  };
}

}  // namespace mendwork::plugin
