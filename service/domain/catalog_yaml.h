// The part of YAML that exercise files use: maps, lists and scalars, every scalar a text, every node with its
// line. Anchors, aliases, tags, empty values, repeated keys and further documents are refused.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/domain/catalog_error.h"

namespace mendwork::domain {

struct YamlEntry;

struct YamlNode {
  enum class Kind { kScalar, kList, kMap };
  Kind kind = Kind::kScalar;
  int line = 0;  // from 1
  std::string scalar;
  std::vector<YamlNode> items;     // list
  std::vector<YamlEntry> entries;  // map, in the file's order

  const YamlEntry* Find(absl::string_view key) const;
};

struct YamlEntry {
  std::string key;
  int line = 0;
  YamlNode value;
};

struct YamlDocument {
  absl::optional<YamlNode> root;  // absent when the text is no YAML at all
  std::vector<CatalogError> errors;
};

YamlDocument ReadYaml(absl::string_view text);

}  // namespace mendwork::domain
