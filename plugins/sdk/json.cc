#include "plugins/sdk/json.h"

namespace mendwork::sdk {
namespace {

constexpr int kDepthMax = 64;

bool IsShallow(absl::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDepthMax) {
        return false;
      }
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return true;
}

}  // namespace

absl::optional<Json> ParseJson(absl::string_view text) {
  if (!IsShallow(text)) {
    return absl::nullopt;
  }
  Json json = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    return absl::nullopt;
  }
  return json;
}

std::string DumpJson(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& MemberAt(const Json& json, const char* key) {
  static const Json& null = *new Json();
  if (!json.is_object()) {
    return null;
  }
  const auto found = json.find(key);
  return found == json.end() ? null : *found;
}

std::string TextAt(const Json& json, const char* key) {
  const Json& member = MemberAt(json, key);
  return member.is_string() ? member.get<std::string>() : std::string();
}

}  // namespace mendwork::sdk
