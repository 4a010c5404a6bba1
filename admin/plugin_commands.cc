// Plugins: registration, grants, configuration, deliveries.
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/admin/v1/plugin_admin_service.pb.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/file.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

namespace fs = std::filesystem;

constexpr size_t kExecutableSizeMax = size_t{512} << 20;

// A package holds one executable; its other files are not executable.
absl::StatusOr<std::string> FindExecutable(const fs::path& directory) {
  std::vector<std::string> found;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const fs::file_status status = entry->status(ignored);
    const bool is_executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
    if (fs::is_regular_file(status) && is_executable) {
      found.push_back(entry->path().string());
    }
  }
  if (error) {
    return UsageError(absl::StrCat("Cannot read the directory ", directory.string(),
                                   ". When it is on another machine, give --sha256."));
  }
  if (found.size() != 1) {
    return UsageError(absl::StrCat(directory.string(), " holds ", found.size(),
                                   " executable files instead of one. Give --sha256 of the right one."));
  }
  return found.front();
}

// The hash to pin: given, or computed here and shown to the person, who decides.
absl::StatusOr<std::string> ConfirmedHash(Context& context, const Values& values, const fs::path& directory) {
  if (values.Has("--sha256")) {
    return absl::AsciiStrToLower(values.Get("--sha256"));
  }
  MENDWORK_ASSIGN_OR_RETURN(const std::string path, FindExecutable(directory));
  MENDWORK_ASSIGN_OR_RETURN(const std::string bytes, base::ReadFile(path, kExecutableSizeMax));
  const std::string hash = base::HexEncode(base::Sha256(bytes));
  context.err << "Executable: " << Clean(path) << "\nSHA-256:    " << hash << "\n";
  if (values.Has("--yes")) {
    return hash;
  }
  MENDWORK_ASSIGN_OR_RETURN(const bool is_confirmed,
                            context.terminal.Confirm("Is this the hash that the plugin's maker published?"));
  if (!is_confirmed) {
    return RefusedError("Not confirmed. Nothing was registered.");
  }
  return hash;
}

absl::Status RegisterPlugin(Context& context, const Command& command, const Values& values) {
  std::error_code error;
  fs::path directory = fs::absolute(values.Get("directory"), error).lexically_normal();
  if (!directory.has_filename()) {
    directory = directory.parent_path();  // "plugin/" and "plugin" name the same package
  }
  v1::RegisterPluginRequest request;
  request.set_parent(context.practice);
  request.set_package_directory(directory.string());
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_executable_sha256(), ConfirmedHash(context, values, directory));
  return SendAndPrint(context, command, request);
}

absl::Status GrantPlugin(Context& context, const Command& command, const Values& values) {
  const bool grants = values.Has("--data-class") || values.Has("--egress");
  if (grants == values.Has("--nothing")) {
    return UsageError(
        "Say everything that is granted from now on with --data-class and --egress, or --nothing alone.");
  }
  return RunMethod(context, command, values);
}

const std::vector<Column>& PluginColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Plugin", "name"},
      {"Id", "plugin_id"},
      {"Version", "version"},
      {"Title", "display_name"},
      {"State", "state"},
      {"Asks for", "requested_data_classes"},
      {"Is granted", "granted_data_classes"},
      {"May reach", "granted_egress"},
      {"Configured", "configured"},
      {"Healthy", "healthy"},
      {"Problem", "health_message"},
      {"SHA-256", "executable_sha256"},
      {"Registered", "create_time"},
  };
  return columns;
}

const std::vector<Column>& DeliveryColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Delivery", "name"},
      {"Kind", "kind"},
      {"State", "state"},
      {"Attempts", "attempt_count"},
      {"Next", "next_attempt_time"},
      {"Error", "last_error"},
      {"Queued", "create_time"},
      {"Delivered", "deliver_time"},
  };
  return columns;
}

}  // namespace

std::vector<Command> PluginCommands() {
  const Argument plugin = {.flag = "plugin", .field = "name", .help = "The plugin", .collection = "plugins"};
  const std::string read = "PluginAdminService.GetPlugin";
  return {
      {.path = "plugin register",
       .help = "Register a plugin by its package directory and the SHA-256 of its executable",
       .example = "mendctl plugin register /usr/lib/mendwork/plugins/fhir",
       .method = "PluginAdminService.RegisterPlugin",
       .arguments =
           {{.flag = "directory", .help = "The package directory on the server", .required = true},
            {.flag = "--sha256",
             .help = "Expected SHA-256 of the executable, in hexadecimal; when left out it is computed here "
                     "and shown for confirmation"},
            {.flag = "--yes",
             .help = "Take the computed hash without asking",
             .kind = ArgumentKind::kSwitch}},
       .columns = PluginColumns(),
       .next = "It is granted nothing and does not run yet. Next: mendctl plugin grant, configure, enable.",
       .run = RegisterPlugin},
      {.path = "plugin list",
       .help = "List plugins, in the order of registration",
       .example = "mendctl plugin list",
       .method = "PluginAdminService.ListPlugins",
       .columns = {{"Plugin", "name"},
                   {"Id", "plugin_id"},
                   {"Version", "version"},
                   {"State", "state"},
                   {"Is granted", "granted_data_classes"},
                   {"Healthy", "healthy"},
                   {"Problem", "health_message"}}},
      {.path = "plugin show",
       .help = "Show a plugin, what it asks for and what it is granted",
       .example = "mendctl plugin show plugins/ID",
       .method = read,
       .arguments = {plugin},
       .columns = PluginColumns()},
      {.path = "plugin grant",
       .help = "Replace everything that a plugin is granted",
       .example =
           "mendctl plugin grant plugins/ID --data-class ids --data-class answers --egress ehr.example:443",
       .method = "PluginAdminService.GrantPlugin",
       .arguments =
           {plugin,
            {.flag = "--data-class", .field = "data_classes", .help = "A class of data; repeat for several"},
            {.flag = "--egress", .field = "egress", .help = "HOST:PORT it may reach; repeat for several"},
            {.flag = "--nothing", .help = "Take every grant back", .kind = ArgumentKind::kSwitch}},
       .columns = PluginColumns(),
       .read_method = read,
       .run = GrantPlugin},
      {.path = "plugin configure",
       .help = "Replace a plugin's configuration; the plugin checks it",
       .example = "mendctl plugin configure plugins/ID --file config.json",
       .method = "PluginAdminService.ConfigurePlugin",
       .arguments = {plugin,
                     {.flag = "--file",
                      .field = "configuration_json",
                      .help = "The configuration as JSON, by the plugin's own schema",
                      .kind = ArgumentKind::kFile}},
       .columns = PluginColumns(),
       .read_method = read},
      {.path = "plugin enable",
       .help = "Start a plugin and keep it running",
       .example = "mendctl plugin enable plugins/ID",
       .method = "PluginAdminService.EnablePlugin",
       .arguments = {plugin},
       .columns = PluginColumns()},
      {.path = "plugin disable",
       .help = "Stop a plugin; its deliveries wait",
       .example = "mendctl plugin disable plugins/ID --dry-run",
       .method = "PluginAdminService.DisablePlugin",
       .arguments = {plugin},
       .columns = PluginColumns(),
       .read_method = read,
       .dry_run = "This plugin would be stopped; its deliveries would wait, withdrawals among them."},
      {.path = "plugin deliveries",
       .help = "List the deliveries of a plugin, newest first: ids and states, no content",
       .example = "mendctl plugin deliveries plugins/ID",
       .method = "PluginAdminService.ListDeliveries",
       .arguments = {{.flag = "plugin", .field = "parent", .help = "The plugin", .collection = "plugins"}},
       .columns = DeliveryColumns()},
      {.path = "plugin retry",
       .help = "Put a given-up delivery back in the queue; consent is checked anew at each attempt",
       .example = "mendctl plugin retry plugins/ID/deliveries/ID",
       .method = "PluginAdminService.RetryDelivery",
       .arguments = {{.flag = "delivery",
                      .field = "name",
                      .help = "The delivery",
                      .collection = "plugins/*/deliveries"}},
       .columns = DeliveryColumns()},
  };
}

}  // namespace mendwork::admin
