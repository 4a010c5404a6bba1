// The published exercises and instruments, loaded from data files and checked against the schema.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/domain/catalog_lint_rules.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

class Catalog {
 public:
  // Reads every *.yaml below `directory`, and holds it to the harm rules of `directory`/lint/harm-rules.yaml.
  // On failure the message names every error of every file, one per line, as "file:line: rule: explanation";
  // nothing is loaded in part.
  static absl::StatusOr<Catalog> Load(const std::string& directory);

  // Reads one file's text and holds it to `rules`. `file_name` is used in messages only.
  static absl::StatusOr<ExerciseRevision> Parse(absl::string_view file_name, absl::string_view text,
                                                const HarmRules& rules);

  // Reads the harm rules, likewise.
  static absl::StatusOr<HarmRules> ParseRules(absl::string_view file_name, absl::string_view text);

  const ExerciseRevision* Find(absl::string_view key, int revision) const;
  const ExerciseRevision* Latest(absl::string_view key) const;
  // Ordered by key, then by revision.
  const std::vector<ExerciseRevision>& exercises() const { return exercises_; }

 private:
  std::vector<ExerciseRevision> exercises_;
};

}  // namespace mendwork::domain
