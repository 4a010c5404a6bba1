#include "plugins/sdk/config_reader.h"

#include "absl/strings/str_cat.h"

namespace mendwork::sdk {

void ConfigReader::Error(absl::string_view code, absl::string_view field, absl::string_view message) {
  diagnostics_.push_back(MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_ERROR, code, field, message));
}

void ConfigReader::Warning(absl::string_view code, absl::string_view field, absl::string_view message) {
  diagnostics_.push_back(MakeDiagnostic(v1::DIAGNOSTIC_SEVERITY_WARNING, code, field, message));
}

void ConfigReader::RefuseUnknown(const Json& object, const std::set<std::string>& known,
                                 absl::string_view prefix) {
  for (const auto& [key, value] : object.items()) {
    if (known.count(key) == 0) {
      Error("unknown-field", absl::StrCat(prefix, key.substr(0, 60)), "The field does not exist.");
    }
  }
}

bool ConfigReader::Boolean(const Json& object, const char* key, bool fallback) {
  const Json& member = MemberAt(object, key);
  if (!member.is_null() && !member.is_boolean()) {
    Error("wrong-type", key, "The field is true or false.");
  }
  return member.is_boolean() ? member.get<bool>() : fallback;
}

int64_t ConfigReader::Integer(const Json& object, const char* key, absl::string_view prefix, Bounds bounds,
                              int64_t fallback) {
  const Json& member = MemberAt(object, key);
  if (member.is_null()) {
    return fallback;
  }
  const bool good = member.is_number_integer() && member.get<int64_t>() >= bounds.minimum &&
                    member.get<int64_t>() <= bounds.maximum;
  if (!good) {
    Error("out-of-range", absl::StrCat(prefix, key),
          absl::StrCat("The field is a whole number from ", bounds.minimum, " to ", bounds.maximum, "."));
    return fallback;
  }
  return member.get<int64_t>();
}

}  // namespace mendwork::sdk
