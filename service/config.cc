#include "service/config.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <system_error>

#include "service/domain/catalog_directory.h"

namespace mendwork {
namespace {

constexpr int kUsageError = 2;

// Where this program lies; empty when the system does not tell.
std::filesystem::path ProgramDirectory() {
  std::error_code ignored;
  return std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
}

void SetDefaults(Config& config) {
  const auto set = [](std::string& value, const std::string& otherwise) {
    if (value.empty()) {
      value = otherwise;
    }
  };
  set(config.secrets, config.data + "/secrets");
  set(config.listen, "unix:" + config.data + "/api.sock");
  set(config.admin_listen, "unix:" + config.data + "/admin.sock");
  set(config.catalog, domain::DefaultCatalogDirectory());
  set(config.plugin_launcher, (ProgramDirectory() / "mendwork-launcher").string());
}

base::Severity SeverityOf(const std::string& name) {
  if (name == "error") {
    return base::Severity::kError;
  }
  return name == "warning" ? base::Severity::kWarning : base::Severity::kInfo;
}

void AddOptions(CLI::App& app, Config& config) {
  app.set_config("--config", "",
                 "Read options from this file: one NAME = VALUE a line, the command line wins")
      ->type_name("FILE");
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.set_version_flag("--version", std::string("mendworkd 0.1.0"));
  app.add_option("--data", config.data, "Directory of the data, mode 0700")->required()->type_name("DIR");
  app.add_option("--secrets", config.secrets, "Directory of the key-encryption keys (default DATA/secrets)")
      ->type_name("DIR");
  app.add_option("--listen", config.listen,
                 "Address of the API: unix:/path or 127.0.0.1:PORT (default unix:DATA/api.sock)")
      ->type_name("ADDRESS");
  app.add_option("--admin-listen", config.admin_listen,
                 "Unix socket for administration (default unix:DATA/admin.sock)")
      ->type_name("ADDRESS");
  app.add_option("--catalog", config.catalog, "Directory of the exercises (default: beside the program)")
      ->type_name("DIR");
  app.add_option("--plugin-launcher", config.plugin_launcher,
                 "Program that starts plugins with few rights (default: beside this one)")
      ->type_name("FILE");
  app.add_flag("--reflection", config.reflection, "Let clients of the API list its methods");
  app.add_flag("--allow-insecure-network-listener", config.allow_insecure_network_listener,
               "Let --listen be reachable by others, without TLS and open to known attacks on gRPC 1.51");
  app.add_option_function<std::string>(
         "--log-level", [&config](const std::string& name) { config.log_level = SeverityOf(name); },
         "Least severity to log (default info)")
      ->check(CLI::IsMember({"info", "warning", "error"}))
      ->type_name("LEVEL");
}

}  // namespace

ParsedCommandLine ParseCommandLine(int argc, char** argv) {
  Config config;
  CLI::App app("The Mendwork server: homework between sessions for couples after betrayal.", "mendworkd");
  AddOptions(app, config);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {absl::nullopt, app.exit(error) == 0 ? 0 : kUsageError};
  }
  SetDefaults(config);
  return {std::move(config), 0};
}

}  // namespace mendwork
