// The homework catalogue: what is on the server, and checks of files before they get there.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/exercise_text.h"
#include "admin/form_paper.h"
#include "admin/form_text.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/v1/catalog_service.pb.h"
#include "service/base/file.h"
#include "service/base/status.h"
#include "service/domain/catalog.h"
#include "service/domain/catalog_directory.h"

namespace mendwork::admin {
namespace {

namespace fs = std::filesystem;
namespace v1 = mendwork::v1;

constexpr char kStandardInput[] = "-";

// The file itself, or every *.yaml below a directory, in order.
absl::StatusOr<std::vector<std::string>> FilesAt(const std::string& path) {
  std::error_code error;
  if (path == kStandardInput || !fs::is_directory(path, error)) {
    return std::vector<std::string>{path};
  }
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() == ".yaml") {
      files.push_back(entry->path().string());
    }
  }
  if (error) {
    return UsageError(absl::StrCat("Cannot read the directory ", path, "."));
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The rules that were asked for; a whole catalogue brings its own, as for the server; else the program's.
absl::StatusOr<domain::HarmRules> RulesFor(const std::string& path, const Values& values) {
  std::error_code ignored;
  std::string file = values.Get("--rules");
  if (file.empty() && fs::exists(absl::StrCat(path, "/", domain::kHarmRulesFile), ignored)) {
    file = absl::StrCat(path, "/", domain::kHarmRulesFile);
  }
  if (file.empty()) {
    file = absl::StrCat(domain::DefaultCatalogDirectory(), "/", domain::kHarmRulesFile);
  }
  const absl::StatusOr<std::string> text = base::ReadFile(file);
  if (!text.ok()) {
    return UsageError(absl::StrCat("Cannot read the harm rules ", file, ": name them with --rules."));
  }
  const absl::StatusOr<domain::HarmRules> rules = domain::Catalog::ParseRules(file, *text);
  return rules.ok() ? rules : RefusedError(rules.status().message());
}

struct CheckedFile {
  std::string path;
  std::string revision;             // "KEY@REVISION" when it is right
  std::vector<std::string> errors;  // "file:line: rule: explanation"
};

absl::StatusOr<CheckedFile> CheckFile(Context& context, const std::string& path,
                                      const domain::HarmRules& rules) {
  const bool from_input = path == kStandardInput;
  CheckedFile checked = {.path = from_input ? "standard input" : path};
  MENDWORK_ASSIGN_OR_RETURN(const std::string text,
                            from_input ? context.terminal.ReadAll() : base::ReadFile(path));
  if (absl::EndsWith(path, absl::StrCat("/", domain::kHarmRulesFile))) {
    checked.revision = absl::StrCat(rules.rules.size(), " harm rules");  // already read
    return checked;
  }
  const absl::StatusOr<domain::ExerciseRevision> revision = domain::Catalog::Parse(checked.path, text, rules);
  if (revision.ok()) {
    checked.revision = absl::StrCat(revision->key, "@", revision->revision);
  } else {
    checked.errors = absl::StrSplit(std::string(revision.status().message()), '\n', absl::SkipEmpty());
  }
  return checked;
}

void PrintChecked(Context& context, const std::vector<CheckedFile>& files) {
  nlohmann::json json = {{"files", nlohmann::json::array()}};
  for (const CheckedFile& file : files) {
    if (context.json) {
      json["files"].push_back({{"file", file.path}, {"revision", file.revision}, {"errors", file.errors}});
      continue;
    }
    for (const std::string& error : file.errors) {
      context.out << Clean(error) << "\n";
    }
    if (file.errors.empty()) {
      context.out << Clean(file.path) << ": " << Clean(file.revision) << ", right\n";
    }
  }
  if (context.json) {
    context.out << json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  }
}

absl::Status CheckFiles(Context& context, const Command&, const Values& values) {
  std::vector<CheckedFile> checked;
  for (const std::string& path : values.All("file")) {
    MENDWORK_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesAt(path));
    MENDWORK_ASSIGN_OR_RETURN(const domain::HarmRules rules, RulesFor(path, values));
    for (const std::string& file : files) {
      MENDWORK_ASSIGN_OR_RETURN(CheckedFile result, CheckFile(context, file, rules));
      checked.push_back(std::move(result));
    }
  }
  PrintChecked(context, checked);
  const auto wrong = std::count_if(checked.begin(), checked.end(),
                                   [](const CheckedFile& file) { return !file.errors.empty(); });
  return wrong == 0 ? absl::OkStatus()
                    : RefusedError(absl::StrCat(wrong, " of ", checked.size(), " files have errors."));
}

absl::StatusOr<v1::Exercise> ReadExercise(Context& context, const Command& command, const Values& values) {
  v1::GetExerciseRequest request;
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_name(), ResourceName(context, command, values, "exercise"));
  request.set_language(values.Get("--language"));
  return context.client.Call<v1::Exercise>("CatalogService.GetExercise", request);
}

absl::Status AcceptExercise(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  MENDWORK_ASSIGN_OR_RETURN(const auto exercise, context.client.Call<v1::Exercise>(command.method, *request));
  context.out << (context.json ? Json(exercise) : ExerciseText(exercise));
  return absl::OkStatus();
}

absl::Status ShowExercise(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const v1::Exercise exercise, ReadExercise(context, command, values));
  context.out << (context.json ? Json(exercise) : ExerciseText(exercise));
  return absl::OkStatus();
}

// The variant that was asked for by code or by role; the only one when neither was.
absl::StatusOr<std::string> ChosenVariant(const v1::Exercise& exercise, const Values& values) {
  if (values.Has("--variant") && values.Has("--role")) {
    return UsageError("Give only one of --variant and --role.");
  }
  if (values.Has("--variant")) {
    return values.Get("--variant");
  }
  if (!values.Has("--role")) {
    return exercise.variants_size() == 1
               ? absl::StatusOr<std::string>(exercise.variants(0).code())
               : UsageError(absl::StrCat("It has several forms, ", VariantWords(exercise),
                                         ": choose one with --role or --variant."));
  }
  v1::EventRole role = v1::EVENT_ROLE_UNSPECIFIED;
  const std::string word = values.Get("--role");
  const bool known = v1::EventRole_Parse(absl::StrCat("EVENT_ROLE_", absl::AsciiStrToUpper(word)), &role);
  if (!known || (role != v1::EVENT_ROLE_BETRAYED && role != v1::EVENT_ROLE_INVOLVED)) {
    return UsageError("--role is one of: betrayed, involved.");
  }
  for (const v1::EventRole wanted : {role, v1::EVENT_ROLE_UNSPECIFIED}) {
    for (const v1::Exercise::Variant& variant : exercise.variants()) {
      if (variant.role() == wanted) {
        return variant.code();
      }
    }
  }
  return UsageError(absl::StrCat("It has no form for that role, only ", VariantWords(exercise), "."));
}

absl::Status PreviewForm(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const v1::Exercise exercise, ReadExercise(context, command, values));
  v1::PreviewFormRequest request;
  request.set_name(exercise.name());
  request.set_language(values.Get("--language"));
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_variant(), ChosenVariant(exercise, values));
  MENDWORK_ASSIGN_OR_RETURN(const auto form, context.client.Call<v1::Form>(command.method, request));
  if (context.json) {
    context.out << Json(form);
  } else if (values.Has("--print")) {
    context.out << FormPaper(form);
  } else {
    context.out << ExerciseText(exercise) << "\n" << std::string(80, '-') << "\n\n" << FormText(form);
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> CatalogueCommands() {
  const Argument exercise = {.flag = "exercise",
                             .field = "name",
                             .help = "The revision, as the list shows it",
                             .collection = "exercises"};
  const Argument language = {.flag = "--language",
                             .field = "language",
                             .help = "Language of the texts, such as es; English when left out"};
  return {
      {.path = "catalogue list",
       .help = "List every revision of every exercise and instrument",
       .example = "mendctl catalogue list --language es",
       .method = "CatalogService.ListExercises",
       .arguments = {language},
       .columns = {{"Exercise", "name"},
                   {"Strategy", "strategy"},
                   {"Stage", "stage"},
                   {"Languages", "languages"},
                   {"Accepted", "accepted"},
                   {"Not assignable here, lacks", "missing_capabilities"},
                   {"Title", "title"}}},
      {.path = "catalogue show",
       .help = "Show one revision, with what to weigh before giving it",
       .example = "mendctl catalogue show s2-responsibility@1",
       .method = "CatalogService.GetExercise",
       .arguments = {exercise, language},
       .run = ShowExercise},
      {.path = "catalogue check",
       .help = "Check catalogue files on this machine, their form and the harm rules; needs no server",
       .example = "mendctl catalogue check my-exercise.yaml",
       .arguments = {{.flag = "file",
                      .help = "A file, or a directory with *.yaml files",
                      .kind = ArgumentKind::kFile,
                      .required = true,
                      .repeated = true},
                     {.flag = "--rules",
                      .help = "File with the harm rules; without it those of the directory that is checked, "
                              "or of this program"}},
       .run = CheckFiles},
      {.path = "catalogue accept",
       .help = "Record that you, a clinician of the practice, reviewed a revision and accept it",
       .example =
           "mendctl catalogue accept s2-responsibility@1 --licence \"own wording, Apache-2.0\" --language en",
       .method = "CatalogService.AcceptExercise",
       .arguments = {exercise,
                     {.flag = "--licence",
                      .field = "licence",
                      .help = "The right under which the text is used"},
                     {.flag = "--language", .field = "language", .help = "The language that was reviewed"}},
       .run = AcceptExercise},
      {.path = "catalogue preview",
       .help = "Show the form as a client sees it, and what to weigh before giving it",
       .example = "mendctl catalogue preview s2-responsibility@1 --role betrayed\n"
                  "mendctl catalogue preview s7-self-care@1 --print",
       .method = "CatalogService.PreviewForm",
       .arguments = {exercise,
                     {.flag = "--variant",
                      .field = "variant",
                      .help = "Code of the variant; the only one when left out"},
                     {.flag = "--role", .help = "Instead of the code: betrayed or involved"},
                     {.flag = "--print",
                      .help = "For pen and paper: boxes and blanks, and no names",
                      .kind = ArgumentKind::kSwitch},
                     language},
       .run = PreviewForm},
  };
}

}  // namespace mendwork::admin
