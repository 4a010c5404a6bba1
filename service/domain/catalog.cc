#include "service/domain/catalog.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/base/file.h"
#include "service/base/status.h"
#include "service/domain/catalog_exercise.h"
#include "service/domain/validation_limits.h"

namespace mendwork::domain {
namespace {

absl::Status InvalidCatalog(absl::string_view message) {
  return base::Error(absl::StatusCode::kInvalidArgument, "INVALID_CATALOG", message);
}

// What lies in the directory of the rules is no exercise.
bool IsRules(const std::string& file) { return absl::StartsWith(file, "lint/"); }

// Paths of exercises relative to the directory, in a stable order.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  auto entry = std::filesystem::recursive_directory_iterator(directory, error);
  for (; !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    const std::filesystem::path& path = entry->path();
    if (path.extension() != ".yaml") continue;
    files.push_back(path.lexically_relative(directory).string());
    if (IsRules(files.back())) files.pop_back();
    if (files.size() > static_cast<size_t>(kCatalogFilesMax))
      return InvalidCatalog("there are too many files");
  }
  if (error) return InvalidCatalog(absl::StrCat("the catalogue directory cannot be read: ", error.message()));
  if (files.empty()) return InvalidCatalog("the catalogue directory holds no *.yaml file");
  std::sort(files.begin(), files.end());
  return files;
}

// A catalogue without its rules is not served: nothing would hold it to them.
absl::StatusOr<HarmRules> LoadRules(const std::string& directory) {
  const absl::StatusOr<std::string> text = base::ReadFile(absl::StrCat(directory, "/", kHarmRulesFile));
  if (!text.ok()) {
    return InvalidCatalog(absl::StrCat("the catalogue directory has no readable ", kHarmRulesFile,
                                       ": copy the one that came with this program"));
  }
  return Catalog::ParseRules(kHarmRulesFile, *text);
}

bool Before(const ExerciseRevision& a, const ExerciseRevision& b) {
  return a.key != b.key ? a.key < b.key : a.revision < b.revision;
}

}  // namespace

absl::StatusOr<ExerciseRevision> Catalog::Parse(absl::string_view file_name, absl::string_view text,
                                                const HarmRules& rules) {
  ReadExerciseResult result = ReadExercise(text, rules);
  if (result.revision.has_value()) return *std::move(result.revision);
  return InvalidCatalog(ErrorText(file_name, std::move(result.errors)));
}

absl::StatusOr<HarmRules> Catalog::ParseRules(absl::string_view file_name, absl::string_view text) {
  ReadHarmRulesResult result = ReadHarmRules(text);
  if (result.rules.has_value()) return *std::move(result.rules);
  return InvalidCatalog(ErrorText(file_name, std::move(result.errors)));
}

absl::StatusOr<Catalog> Catalog::Load(const std::string& directory) {
  MENDWORK_ASSIGN_OR_RETURN(const std::vector<std::string> files, ListFiles(directory));
  MENDWORK_ASSIGN_OR_RETURN(const HarmRules rules, LoadRules(directory));
  Catalog catalog;
  std::vector<std::string> errors;
  std::map<std::pair<std::string, int>, std::string> file_of;
  for (const std::string& file : files) {
    MENDWORK_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(absl::StrCat(directory, "/", file)));
    ReadExerciseResult result = ReadExercise(text, rules);
    if (!result.revision.has_value()) {
      errors.push_back(ErrorText(file, std::move(result.errors)));
      continue;
    }
    const auto identity = std::pair(result.revision->key, result.revision->revision);
    const auto [known, is_new] = file_of.emplace(identity, file);
    if (!is_new) {
      const std::string message = absl::StrCat("key '", identity.first, "' revision ", identity.second,
                                               " is already in ", known->second);
      errors.push_back(CatalogError{1, "duplicate_revision", message}.ToString(file));
      continue;
    }
    catalog.exercises_.push_back(*std::move(result.revision));
  }
  if (!errors.empty()) return InvalidCatalog(absl::StrJoin(errors, "\n"));
  std::sort(catalog.exercises_.begin(), catalog.exercises_.end(), Before);
  return catalog;
}

const ExerciseRevision* Catalog::Find(absl::string_view key, int revision) const {
  for (const ExerciseRevision& exercise : exercises_) {
    if (exercise.key == key && exercise.revision == revision) return &exercise;
  }
  return nullptr;
}

const ExerciseRevision* Catalog::Latest(absl::string_view key) const {
  const ExerciseRevision* latest = nullptr;
  for (const ExerciseRevision& exercise : exercises_) {
    if (exercise.key == key) latest = &exercise;  // ordered by revision
  }
  return latest;
}

}  // namespace mendwork::domain
