#include "plugins/http/settings.h"

namespace mendwork::http {

Timeouts ReadTimeouts(sdk::ConfigReader& reader, const sdk::Json& configuration, absl::Duration total_max) {
  Timeouts out;
  const sdk::Json& timeouts = sdk::MemberAt(configuration, "timeouts");
  if (timeouts.is_null()) {
    return out;
  }
  if (!timeouts.is_object()) {
    reader.Error("wrong-type", "timeouts", "The field is an object.");
    return out;
  }
  reader.RefuseUnknown(timeouts, {"connectMs", "totalMs"}, "timeouts.");
  const auto milliseconds = [&](const char* key, int64_t minimum, int64_t maximum, absl::Duration fallback) {
    return absl::Milliseconds(
        reader.Integer(timeouts, key, "timeouts.", {minimum, maximum}, absl::ToInt64Milliseconds(fallback)));
  };
  out.connect = milliseconds("connectMs", 100, 30000, out.connect);
  out.total = milliseconds("totalMs", 500, absl::ToInt64Milliseconds(total_max), out.total);
  return out;
}

}  // namespace mendwork::http
