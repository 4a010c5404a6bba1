// Resource names as people type and read them: relative to their practice.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mendwork::admin {

// Makes a full resource name of what was typed. `collection` is a pattern such as "couples" or
// "couples/*/partners". Accepted: a full name; a name relative to `practice`, as tables show it; a bare id,
// when the pattern has one collection or `base` (a full name) is the parent; for "exercises" also
// KEY@REVISION.
absl::StatusOr<std::string> ExpandName(absl::string_view text, absl::string_view collection,
                                       absl::string_view practice, absl::string_view base);
std::string ShortName(absl::string_view name, absl::string_view practice);

}  // namespace mendwork::admin
