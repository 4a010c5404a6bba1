#include "service/base/status.h"

#include <nlohmann/json.hpp>

#include "absl/strings/cord.h"

namespace mendwork::base {
namespace {

using Json = nlohmann::json;

constexpr char kPayloadUrl[] = "mendwork.error";
constexpr char kNotFoundText[] = "The resource does not exist, or it is not visible to you.";

void SetPayload(absl::Status& status, const Json& payload) {
  // Replaces invalid UTF-8 instead of throwing: an error must never fail to be reported.
  status.SetPayload(kPayloadUrl, absl::Cord(payload.dump(-1, ' ', false, Json::error_handler_t::replace)));
}

Json Payload(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) {
    return Json::object();
  }
  Json parsed = Json::parse(std::string(*payload), nullptr, /*allow_exceptions=*/false);
  return parsed.is_object() ? parsed : Json::object();
}

}  // namespace

absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message) {
  absl::Status status(code, message);
  SetPayload(status, {{"reason", std::string(reason)}});
  return status;
}

absl::Status InvalidArgument(std::vector<Violation> violations) {
  Json list = Json::array();
  for (const Violation& violation : violations) {
    list.push_back({{"field", violation.field}, {"rule", violation.rule}, {"message", violation.message}});
  }
  absl::Status status(absl::StatusCode::kInvalidArgument, violations.size() == 1
                                                              ? "One field of the request is not valid."
                                                              : "Some fields of the request are not valid.");
  SetPayload(status, {{"reason", "INVALID_REQUEST"}, {"violations", std::move(list)}});
  return status;
}

absl::Status NotFound() { return Error(absl::StatusCode::kNotFound, "NOT_FOUND", kNotFoundText); }

absl::Status Exhausted(absl::string_view reason, absl::string_view message, absl::Duration retry_after) {
  absl::Status status(absl::StatusCode::kResourceExhausted, message);
  SetPayload(status,
             {{"reason", std::string(reason)}, {"retry_after_ms", absl::ToInt64Milliseconds(retry_after)}});
  return status;
}

std::string Reason(const absl::Status& status) { return Payload(status).value("reason", ""); }

std::vector<Violation> Violations(const absl::Status& status) {
  std::vector<Violation> violations;
  for (const Json& item : Payload(status).value("violations", Json::array())) {
    violations.push_back({item.value("field", ""), item.value("rule", ""), item.value("message", "")});
  }
  return violations;
}

absl::optional<absl::Duration> RetryAfter(const absl::Status& status) {
  const Json payload = Payload(status);
  const auto found = payload.find("retry_after_ms");
  if (found == payload.end()) {
    return absl::nullopt;
  }
  return absl::Milliseconds(found->get<int64_t>());
}

}  // namespace mendwork::base
