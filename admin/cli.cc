#include "admin/cli.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "admin/fields.h"
#include "admin/methods.h"
#include "admin/print.h"
#include "admin/run.h"

namespace mendwork::admin {
namespace {

using google::protobuf::FieldDescriptor;

constexpr char kDescription[] =
    "Administers a Mendwork server, and carries out a therapist's work from the command line.";

constexpr char kFooter[] =
    "First steps: start mendworkd, then\n"
    "  mendctl init --practice \"Harbour Practice\" --administrator \"Ana Ruiz\"\n"
    "  mendctl enroll\n"
    "  mendctl sign-in --name NAME\n"
    "\n"
    "Names: resources are named as lists show them, relative to your practice (couples/ID/partners/ID); full "
    "names\n"
    "and, where it is clear, bare ids work too. Times: \"2025-01-31 14:05\" in the zone of this machine, or "
    "RFC 3339.\n"
    "\n"
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused: by the server, or by a check of mendctl itself\n"
    "  2  usage: the command line, or a file or terminal it names, cannot be used\n"
    "  3  the server cannot be reached, or did not answer in time\n"
    "  4  not signed in, or the sign-in was refused\n"
    "\n"
    "Environment: MENDWORK_ADMIN_SERVER (address), XDG_STATE_HOME (session files, mode 0600).\n"
    "Shell completion: eval \"$(mendctl completion bash)\"";

const std::string kDryRunHelp = "Show what would happen and change nothing";

struct GroupHelp {
  const char* name;
  const char* help;
};

constexpr GroupHelp kGroups[] = {
    {"practice", "The practice and its settings"},
    {"staff", "The people who work in the practice"},
    {"plugin", "Plugins: what they are, what they are granted, what they were given"},
    {"catalogue", "The homework catalogue"},
    {"couple", "Couples in care"},
    {"partner", "The partners of a couple"},
    {"relation", "Who treats a couple"},
    {"event", "Betrayal events, as the therapist records them"},
    {"suitability", "Decisions about joint work"},
    {"appointment", "Planned meetings"},
    {"assignment", "Homework given to partners"},
    {"response", "What partners handed in: states and times, no answers"},
    {"release", "Releases of responses to the practice's other tools"},
    {"flag", "Safety concerns"},
    {"completion", "Shell completion"},
};

std::vector<std::string> ChoicesOf(const FieldDescriptor* field) {
  return field != nullptr && field->enum_type() != nullptr ? EnumChoices(*field->enum_type())
                                                           : std::vector<std::string>();
}

// What stands for the value in --help.
std::string TypeName(const Argument& argument, const FieldDescriptor* field) {
  if (argument.kind == ArgumentKind::kContent) {
    return "-";
  }
  if (argument.kind == ArgumentKind::kFile) {
    return "FILE";
  }
  if (!argument.collection.empty()) {
    return argument.collection == "exercises" ? "KEY@REVISION" : "NAME";
  }
  if (field != nullptr && field->message_type() != nullptr) {
    return field->message_type()->name() == "Duration" ? "DURATION" : "TIME";
  }
  return field != nullptr && field->enum_type() != nullptr ? "WORD" : "TEXT";
}

std::string HelpText(const Command& command, const Argument& argument, const FieldDescriptor* field) {
  std::string help = argument.help;
  const std::vector<std::string> choices = ChoicesOf(field);
  if (!choices.empty()) {
    absl::StrAppend(&help, "; one of: ", absl::StrJoin(choices, ", "));
  }
  if (argument.kind == ArgumentKind::kContent) {
    absl::StrAppend(&help, IsRequired(command, argument) ? "; asked for when left out, " : "; ",
                    "- reads a line of standard input");
  } else if (argument.kind == ArgumentKind::kFile) {
    absl::StrAppend(&help, "; - reads standard input");
  }
  return help;
}

std::string CommandFooter(const Command& command) {
  std::string footer = absl::StrCat("Example:\n  ", command.example);
  if (command.method.empty()) {
    return footer;
  }
  const google::protobuf::MethodDescriptor& method = *FindMethod(command.method);
  const std::string roles = RolesText(method);
  if (!roles.empty()) {
    absl::StrAppend(&footer, "\nNeeds a role: ", roles);
  } else if (!AllowsAnonymous(method)) {
    absl::StrAppend(&footer, "\nFor everybody who is signed in");
  }
  return footer;
}

// Options keep their own results; nothing is converted while parsing.
const CLI::callback_t kKeep = [](const CLI::results_t&) { return true; };

}  // namespace

CommandLine::CommandLine(const std::vector<Command>& commands) : app_(kDescription, "mendctl") {
  app_.fallthrough();
  app_.require_subcommand(1);
  app_.get_formatter()->column_width(36);
  app_.footer(kFooter);
  AddGlobalOptions();
  for (const Command& command : commands) {
    AddCommand(command);
  }
}

void CommandLine::AddGlobalOptions() {
  app_.set_version_flag("--version", MENDWORK_VERSION, "Print the version and exit");
  CLI::Option* server = app_.add_option(
      "--server", options_.server,
      "Address of the server: unix:PATH or HOST:PORT (TLS unless it is this machine). Default: "
      "$MENDWORK_ADMIN_SERVER, else unix:data/admin.sock");
  app_.add_option("--data", options_.data,
                  "Data directory of a server on this machine: short for unix:DIR/admin.sock")
      ->type_name("DIR")
      ->excludes(server);
  server->type_name("ADDRESS");
  app_.add_option("--session-file", options_.session_file, "Where the sign-in is kept between commands")
      ->type_name("FILE");
  app_.add_option("--ca-file", options_.ca_file, "Trusted certificates (PEM) for a server elsewhere")
      ->type_name("FILE");
  app_.add_option("--timeout", options_.timeout_seconds, "How long to wait for an answer")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0).description(""));
  app_.add_flag("--json", options_.json, "Print JSON: the reply, or the error on standard error");
}

CLI::App* CommandLine::Group(const std::string& name) {
  const auto present =
      app_.get_subcommands([&](CLI::App* subcommand) { return subcommand->get_name() == name; });
  if (!present.empty()) {
    return present.front();
  }
  std::string help;
  for (const GroupHelp& entry : kGroups) {
    if (name == entry.name) {
      help = entry.help;
    }
  }
  CLI::App* group = app_.add_subcommand(name, help);
  group->footer("");
  group->require_subcommand(1);
  return group;
}

void CommandLine::AddCommand(const Command& command) {
  const std::vector<std::string> words = absl::StrSplit(command.path, ' ');
  CLI::App* parent = words.size() > 1 ? Group(words.front()) : &app_;
  CLI::App* app = parent->add_subcommand(words.back(), command.help);
  app->footer(CommandFooter(command));
  Parsed parsed = {&command, {}};
  for (const Argument& argument : command.arguments) {
    AddArgument(command, argument, *app, parsed);
  }
  if (!command.dry_run.empty()) {
    parsed.options["--dry-run"] = app->add_flag("--dry-run", kDryRunHelp);
  }
  if (IsList(command)) {
    CLI::Option* limit =
        app->add_option("--limit", kKeep, "Stop after about so many rows; 0 lists everything");
    parsed.options["--limit"] = limit->type_name("COUNT");
  }
  commands_[app] = parsed;
}

void CommandLine::AddArgument(const Command& command, const Argument& argument, CLI::App& app,
                              Parsed& parsed) {
  const FieldDescriptor* field = FieldOf(command, argument);
  const std::string help = HelpText(command, argument, field);
  const bool is_switch = argument.kind == ArgumentKind::kSwitch ||
                         (field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL);
  if (is_switch) {
    parsed.options[argument.flag] = app.add_flag(argument.flag, help);
    return;
  }
  CLI::Option* option = app.add_option(argument.flag, kKeep, help);
  option->type_name(TypeName(argument, field));
  if (argument.repeated || (field != nullptr && field->is_repeated())) {
    option->expected(1, CLI::detail::expected_max_vector_size);
    option->allow_extra_args(IsPositional(argument));
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  option->required(argument.kind != ArgumentKind::kContent && IsRequired(command, argument));
  choices_[option] = ChoicesOf(field);
  parsed.options[argument.flag] = option;
}

const CLI::App* CommandLine::LastApp() const {
  const CLI::App* app = &app_;
  while (!app->get_subcommands().empty()) {
    app = app->get_subcommands().front();
  }
  return app;
}

const CommandLine::Parsed* CommandLine::FindParsed() const {
  const auto found = commands_.find(LastApp());
  return found == commands_.end() ? nullptr : &found->second;
}

std::string CommandLine::ErrorText(const CLI::ParseError& error) const {
  std::string path;
  for (const CLI::App* app = LastApp(); app != nullptr; app = app->get_parent()) {
    path = path.empty() ? app->get_name() : absl::StrCat(app->get_name(), " ", path);
  }
  std::string what = error.what();
  const std::vector<std::string> remaining = app_.remaining(/*recurse=*/true);
  if (FindParsed() == nullptr) {
    what = remaining.empty() ? "Name a command."
                             : absl::StrCat("There is no command \"", remaining.front(), "\".");
  }
  return absl::StrCat("mendctl: ", Clean(what), "\nSee: ", path, " --help\n");
}

const Command* CommandLine::command() const {
  const Parsed* parsed = FindParsed();
  return parsed == nullptr ? nullptr : parsed->command;
}

Values CommandLine::values() const {
  Values values;
  const Parsed* parsed = FindParsed();
  if (parsed == nullptr) {
    return values;
  }
  for (const auto& [flag, option] : parsed->options) {
    for (const std::string& text : option->results()) {
      values.Add(flag, text);
    }
  }
  return values;
}

std::vector<std::string> CommandLine::Choices(const CLI::Option* option) const {
  const auto found = choices_.find(option);
  return found == choices_.end() ? std::vector<std::string>() : found->second;
}

}  // namespace mendwork::admin
