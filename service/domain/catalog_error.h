// One fault of an exercise file: where, which rule, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mendwork::domain {

struct CatalogError {
  int line = 0;  // from 1
  std::string rule;
  std::string message;

  // "file:line: rule: message"
  std::string ToString(absl::string_view file_name) const;
};

// All of them, by line, one per text line.
std::string ErrorText(absl::string_view file_name, std::vector<CatalogError> errors);

}  // namespace mendwork::domain
