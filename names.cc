#include "service/base/status.h"
#include "service/app/names.h"

#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

absl::Status WrongShape(absl::string_view field, absl::string_view pattern) {
  return base::InvalidArgument({{std::string(field), "NAME_PATTERN", absl::StrCat("must have the form ", pattern)}});
}

size_t LengthOf(const Pattern& pattern) {
  size_t length = 0;
  while (length < pattern.kinds.size() && pattern.kinds[length] != Kind::kNone) {
    ++length;
  }
  return length;
}

}  // namespace

std::string FormatName(const base::PublicIds& ids, const Pattern& pattern, const Ids& values) {
  std::string name;
  for (size_t i = 0; i < LengthOf(pattern); ++i) {
    absl::StrAppend(&name, i == 0 ? "" : "/", pattern.collections[i], "/",
                    ids.Encode(static_cast<uint8_t>(pattern.kinds[i]), values[i]));
  }
  return name;
}

absl::StatusOr<Ids> ParseName(const Call& call, absl::string_view field, absl::string_view name,
                              const Pattern& pattern) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  const size_t length = LengthOf(pattern);
  if (parts.size() != 2 * length) {
    return WrongShape(field, pattern.text);
  }
  for (size_t i = 0; i < length; ++i) {
    if (parts[2 * i] != pattern.collections[i]) {
      return WrongShape(field, pattern.text);
    }
  }
  Ids ids{};
  for (size_t i = 0; i < length; ++i) {
    const auto id = call.runtime.ids().Decode(static_cast<uint8_t>(pattern.kinds[i]), parts[2 * i + 1]);
    if (!id.has_value()) {
      return base::NotFound();
    }
    ids[i] = *id;
  }
  if (ids[0] != call.caller.practice_id) {
    return base::NotFound();
  }
  return ids;
}

std::string FormatExerciseName(absl::string_view key, int64_t revision) {
  return absl::StrCat("exercises/", key, "/revisions/", revision);
}

absl::StatusOr<ExerciseName> ParseExerciseName(absl::string_view field, absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  ExerciseName parsed;
  if (parts.size() != 4 || parts[0] != "exercises" || parts[2] != "revisions" ||
      !absl::SimpleAtoi(parts[3], &parsed.revision)) {
    return WrongShape(field, "exercises/{exercise}/revisions/{revision}");
  }
  parsed.key = std::string(parts[1]);
  return parsed;
}

}  // namespace mendwork::app
