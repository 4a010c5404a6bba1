// The homework catalogue: what is on the server, and checks of files before they get there.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/form_text.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/v1/catalog_service.pb.h"
#include "service/base/file.h"
#include "service/base/status.h"
#include "service/domain/catalog.h"

namespace mendwork::admin {
namespace {

namespace fs = std::filesystem;

// The file itself, or every *.yaml below a directory, in order.
absl::StatusOr<std::vector<std::string>> FilesAt(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
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

struct CheckedFile {
  std::string path;
  std::string revision;             // "KEY@REVISION" when it is right
  std::vector<std::string> errors;  // "file:line: rule: explanation"
};

absl::StatusOr<CheckedFile> CheckFile(const std::string& path) {
  MENDWORK_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path));
  CheckedFile checked = {.path = path};
  const absl::StatusOr<domain::ExerciseRevision> revision = domain::Catalog::Parse(path, text);
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
      context.out << Clean(file.path) << ": " << Clean(file.revision) << " is right\n";
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
    for (const std::string& file : files) {
      MENDWORK_ASSIGN_OR_RETURN(CheckedFile result, CheckFile(file));
      checked.push_back(std::move(result));
    }
  }
  PrintChecked(context, checked);
  const auto wrong = std::count_if(checked.begin(), checked.end(),
                                   [](const CheckedFile& file) { return !file.errors.empty(); });
  return wrong == 0 ? absl::OkStatus()
                    : RefusedError(absl::StrCat(wrong, " of ", checked.size(), " files have errors."));
}

absl::Status PreviewForm(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  MENDWORK_ASSIGN_OR_RETURN(const auto form,
                            context.client.Call<mendwork::v1::Form>(command.method, *request));
  context.out << (context.json ? Json(form) : FormText(form));
  return absl::OkStatus();
}

const std::vector<Column>& ExerciseColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Exercise", "name"},
      {"Title", "title"},
      {"Purpose", "purpose"},
      {"Strategy", "strategy"},
      {"Stage", "stage"},
      {"Minutes, least", "minutes_min"},
      {"Minutes, most", "minutes_max"},
      {"Languages", "languages"},
      {"Variants", "variants.code"},
      {"Variants are for", "variants.role"},
      {"One person alone", "solo"},
      {"Not to be given", "contraindications"},
      {"Needs", "required_capabilities"},
      {"Missing here", "missing_capabilities"},
      {"Review", "review_step"},
      {"Accepted", "accepted"},
      {"Accepted on", "accept_time"},
      {"SHA-256", "content_hash"},
      {"Notice", "third_party_notice"},
  };
  return columns;
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
                   {"Missing here", "missing_capabilities"},
                   {"Title", "title"}}},
      {.path = "catalogue show",
       .help = "Show one revision, with what to weigh before giving it",
       .example = "mendctl catalogue show s2-responsibility@1",
       .method = "CatalogService.GetExercise",
       .arguments = {exercise, language},
       .columns = ExerciseColumns()},
      {.path = "catalogue check",
       .help = "Check catalogue files on this machine; needs no server",
       .example = "mendctl catalogue check my-exercise.yaml",
       .arguments = {{.flag = "file",
                      .help = "A file, or a directory with *.yaml files",
                      .kind = ArgumentKind::kFile,
                      .required = true,
                      .repeated = true}},
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
       .columns = ExerciseColumns()},
      {.path = "catalogue preview",
       .help = "Show the form as a client sees it",
       .example = "mendctl catalogue preview s2-responsibility@1 --variant b --language ru",
       .method = "CatalogService.PreviewForm",
       .arguments = {exercise,
                     {.flag = "--variant",
                      .field = "variant",
                      .help = "Code of the variant; the only one when left out"},
                     language},
       .run = PreviewForm},
  };
}

}  // namespace mendwork::admin
