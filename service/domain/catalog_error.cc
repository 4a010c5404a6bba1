#include "service/domain/catalog_error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mendwork::domain {

std::string CatalogError::ToString(absl::string_view file_name) const {
  return absl::StrCat(file_name, ":", line, ": ", rule, ": ", message);
}

std::string ErrorText(absl::string_view file_name, std::vector<CatalogError> errors) {
  std::stable_sort(errors.begin(), errors.end(),
                   [](const CatalogError& a, const CatalogError& b) { return a.line < b.line; });
  return absl::StrJoin(errors, "\n", [file_name](std::string* out, const CatalogError& error) {
    absl::StrAppend(out, error.ToString(file_name));
  });
}

}  // namespace mendwork::domain
