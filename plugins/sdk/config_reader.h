// Reads one configuration and gathers every finding, each with the path of its field.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "plugins/sdk/handler.h"
#include "plugins/sdk/json.h"

namespace mendwork::sdk {

class ConfigReader {
 public:
  // `diagnostics` outlives the reader.
  explicit ConfigReader(std::vector<v1::Diagnostic>& diagnostics) : diagnostics_(diagnostics) {}

  void Error(absl::string_view code, absl::string_view field, absl::string_view message);
  void Warning(absl::string_view code, absl::string_view field, absl::string_view message);

  // `prefix` is the path of the object: "" or "timeouts.".
  void RefuseUnknown(const Json& object, const std::set<std::string>& known, absl::string_view prefix);

  bool Boolean(const Json& object, const char* key, bool fallback);

  struct Bounds {
    int64_t minimum;
    int64_t maximum;
  };
  int64_t Integer(const Json& object, const char* key, absl::string_view prefix, Bounds bounds,
                  int64_t fallback);

 private:
  std::vector<v1::Diagnostic>& diagnostics_;
};

}  // namespace mendwork::sdk
