#include "plugins/webhook/notice.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mendwork::webhook {
namespace {

using sdk::Json;

constexpr char kStructuredType[] = "application/cloudevents+json; charset=utf-8";
constexpr char kDataType[] = "application/json";

// As the contract promises them (event.proto). Anything else is not ours to pass on.
bool IsReleaseId(absl::string_view id) {
  return id.size() >= 26 && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](unsigned char c) {
           return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
         });
}

bool IsSubject(absl::string_view subject) {
  return subject.size() <= 64 && std::all_of(subject.begin(), subject.end(), absl::ascii_isgraph);
}

NoticeOrRefusal Refuse(absl::string_view code, v1::PermanentScope scope) {
  return {.notice = {}, .refusal = sdk::PermanentOutcome(code, scope)};
}

absl::optional<NoticeOrRefusal> RefusalOf(absl::string_view release_id, absl::string_view subject) {
  if (subject.empty()) {
    return Refuse("ids-not-granted", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  if (!IsReleaseId(release_id) || !IsSubject(subject)) {
    return Refuse("invalid-event", v1::PERMANENT_SCOPE_ITEM);
  }
  return absl::nullopt;
}

void AddRecordLink(const Configuration& configuration, const v1::RecordLink& link, Json& data) {
  if (configuration.include_record_link && !link.value().empty()) {
    data["recordLink"] = {{"system", link.system()}, {"value", link.value()}};
  }
}

const char* WordFor(v1::WithdrawalPolicy policy) {
  switch (policy) {
    case v1::WITHDRAWAL_POLICY_ENTERED_IN_ERROR:
      return "entered-in-error";
    case v1::WITHDRAWAL_POLICY_DELETE:
      return "delete";
    case v1::WITHDRAWAL_POLICY_TASK:
      return "review";
    default:
      return nullptr;
  }
}

// CloudEvents' HTTP binding, 3.1.3.2: space, double quote, percent and everything outside printable ASCII.
std::string HeaderValue(absl::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const unsigned char byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '"' && c != '%') {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

// The attributes but for the content type, in one place for both modes.
std::vector<std::pair<std::string, std::string>> Attributes(const Configuration& configuration,
                                                            const Notice& notice) {
  std::vector<std::pair<std::string, std::string>> out = {
      {"specversion", "1.0"}, {"id", notice.id}, {"source", configuration.source}, {"type", notice.type}};
  if (!notice.subject.empty()) {
    out.emplace_back("subject", notice.subject);
  }
  if (notice.time.has_value()) {
    out.emplace_back("time", absl::FormatTime("%Y-%m-%d%ET%H:%M:%E*SZ", *notice.time, absl::UTCTimeZone()));
  }
  return out;
}

}  // namespace

NoticeOrRefusal ReleasedNotice(const Configuration& configuration, const v1::Event& event) {
  if (!event.has_response_released()) {
    return Refuse("unsupported-event", v1::PERMANENT_SCOPE_ITEM);
  }
  const v1::ResponseReleased& release = event.response_released();
  if (absl::optional<NoticeOrRefusal> refusal = RefusalOf(release.release_id(), event.subject())) {
    return *std::move(refusal);
  }
  if (release.revision() < 1 || !event.has_occurred_time()) {
    return Refuse("invalid-event", v1::PERMANENT_SCOPE_ITEM);
  }
  Notice notice = {.id = absl::StrCat("released-", release.release_id(), "-", release.revision()),
                   .type = "mendwork.response.released.v1",
                   .subject = event.subject(),
                   .time = absl::FromUnixSeconds(event.occurred_time().seconds()) +
                           absl::Nanoseconds(event.occurred_time().nanos()),
                   .data = {{"releaseId", release.release_id()}, {"revision", release.revision()}}};
  AddRecordLink(configuration, event.record_link(), notice.data);
  return {.notice = std::move(notice), .refusal = absl::nullopt};
}

NoticeOrRefusal RevokedNotice(const Configuration& configuration, const v1::RevokeRequest& request) {
  if (absl::optional<NoticeOrRefusal> refusal = RefusalOf(request.release_id(), request.subject())) {
    return *std::move(refusal);
  }
  const char* policy = WordFor(request.policy());
  if (policy == nullptr) {
    return Refuse("unsupported-policy", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  Notice notice = {.id = absl::StrCat("revoked-", request.release_id()),
                   .type = "mendwork.response.revoked.v1",
                   .subject = request.subject(),
                   .time = absl::nullopt,
                   .data = {{"releaseId", request.release_id()}, {"withdrawalPolicy", policy}}};
  AddRecordLink(configuration, request.record_link(), notice.data);
  return {.notice = std::move(notice), .refusal = absl::nullopt};
}

Notice CheckNotice(absl::string_view unique, absl::Time now) {
  return {.id = absl::StrCat("check-", unique),
          .type = "mendwork.endpoint.check.v1",
          .subject = "",
          .time = absl::FromUnixSeconds(absl::ToUnixSeconds(now)),
          .data = Json::object()};
}

http::HttpRequest MakeRequest(const Configuration& configuration, const SigningKeys& keys,
                              const Notice& notice, absl::Time now) {
  http::HttpRequest request;
  request.method = "POST";
  request.url = configuration.url.Text();
  if (configuration.content_mode == ContentMode::kStructured) {
    Json event = {{"datacontenttype", kDataType}, {"data", notice.data}};
    for (const auto& [name, value] : Attributes(configuration, notice)) {
      event[name] = value;
    }
    request.body = sdk::DumpJson(event);
    request.headers.emplace_back("Content-Type", kStructuredType);
  } else {
    for (const auto& [name, value] : Attributes(configuration, notice)) {
      request.headers.emplace_back(absl::StrCat("ce-", name), HeaderValue(value));
    }
    request.body = sdk::DumpJson(notice.data);
    request.headers.emplace_back("Content-Type", kDataType);
  }
  const int64_t timestamp = absl::ToUnixSeconds(now);
  request.headers.emplace_back("webhook-id", notice.id);
  request.headers.emplace_back("webhook-timestamp", absl::StrCat(timestamp));
  request.headers.emplace_back("webhook-signature", Sign(keys, notice.id, timestamp, request.body));
  return request;
}

}  // namespace mendwork::webhook
