#include "admin/names.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "admin/errors.h"

namespace mendwork::admin {
namespace {

// "KEY@REVISION" or the full name.
absl::StatusOr<std::string> ExpandExercise(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '@');
  if (parts.size() == 2 && !parts[0].empty() && !parts[1].empty()) {
    return absl::StrCat("exercises/", parts[0], "/revisions/", parts[1]);
  }
  const std::vector<absl::string_view> segments = absl::StrSplit(text, '/');
  if (segments.size() == 4 && segments[0] == "exercises" && segments[2] == "revisions") {
    return std::string(text);
  }
  return UsageError(absl::StrCat(
      "\"", text, "\" names no exercise revision; write KEY@REVISION as in: mendctl catalogue list"));
}

// True when `name`, relative to the practice, is made of the pattern's collections with one id each.
bool Fits(absl::string_view name, absl::string_view pattern) {
  const std::vector<absl::string_view> segments = absl::StrSplit(name, '/');
  std::vector<absl::string_view> wanted = absl::StrSplit(pattern, '/');
  wanted.push_back("*");
  if (segments.size() != wanted.size()) {
    return false;
  }
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (segments[i].empty() || (wanted[i] != "*" && wanted[i] != segments[i])) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<std::string> ExpandName(absl::string_view text, absl::string_view collection,
                                       absl::string_view practice, absl::string_view base) {
  if (collection == "exercises") {
    return ExpandExercise(text);
  }
  const std::vector<absl::string_view> segments = absl::StrSplit(text, '/');
  if (segments[0] == "practices" && segments.size() > 2 &&
      Fits(absl::StrJoin(segments.begin() + 2, segments.end(), "/"), collection)) {
    return std::string(text);
  }
  if (segments.size() > 1 && Fits(text, collection)) {
    return absl::StrCat(practice, "/", text);
  }
  const bool is_bare = segments.size() == 1 && !text.empty();
  if (is_bare && !absl::StrContains(collection, '/')) {
    return absl::StrCat(practice, "/", collection, "/", text);
  }
  const absl::string_view last = collection.substr(collection.rfind('/') + 1);
  if (is_bare && !base.empty()) {
    const std::string name = absl::StrCat(base, "/", last, "/", text);
    if (Fits(ShortName(name, practice), collection)) {
      return name;
    }
  }
  return UsageError(absl::StrCat("\"", text, "\" does not name one of ", last,
                                 "; write it as lists show it: ", collection, "/ID"));
}

std::string ShortName(absl::string_view name, absl::string_view practice) {
  if (!practice.empty() && name.size() > practice.size() + 1 && name[practice.size()] == '/' &&
      absl::ConsumePrefix(&name, practice)) {
    return std::string(name.substr(1));
  }
  const std::vector<absl::string_view> segments = absl::StrSplit(name, '/');
  if (segments.size() == 4 && segments[0] == "exercises" && segments[2] == "revisions") {
    return absl::StrCat(segments[1], "@", segments[3]);
  }
  return std::string(name);
}

}  // namespace mendwork::admin
