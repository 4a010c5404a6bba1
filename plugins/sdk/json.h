// JSON as plugins use it: keys sorted, so that equal content has equal bytes; readers that never throw,
// because half of what is read comes from a server we do not know.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::sdk {

using Json = nlohmann::json;

// Nothing if it is no JSON, or nested deeper than any document we exchange (a hostile server could exhaust
// the stack).
absl::optional<Json> ParseJson(absl::string_view text);

// Compact, keys sorted, invalid UTF-8 replaced.
std::string DumpJson(const Json& json);

// The string at `key`, or empty.
std::string TextAt(const Json& json, const char* key);
// The member at `key`, or null.
const Json& MemberAt(const Json& json, const char* key);

}  // namespace mendwork::sdk
