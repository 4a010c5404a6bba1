#include "plugins/fhir/client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "plugins/fhir/url.h"
#include "plugins/sdk/log.h"

namespace mendwork::fhir {
namespace {

constexpr char kJsonType[] = "application/fhir+json";

// Resources of one type in a search's answer.
std::vector<const Json*> Hits(const Json& bundle, const std::string& type) {
  std::vector<const Json*> out;
  const Json& entries = MemberAt(bundle, "entry");
  if (entries.is_array()) {
    for (const Json& entry : entries) {
      const Json& resource = MemberAt(entry, "resource");
      if (TextAt(resource, "resourceType") == type) {
        out.push_back(&resource);
      }
    }
  }
  return out;
}

bool WasReplaced(const Json& patient) {
  const Json& links = MemberAt(patient, "link");
  if (links.is_array()) {
    for (const Json& link : links) {
      if (TextAt(link, "type") == "replaced-by") {
        return true;
      }
    }
  }
  return false;
}

v1::Outcome ChartProblem(absl::string_view code) {
  return sdk::PermanentOutcome(code, v1::PERMANENT_SCOPE_RECORD_LINK);
}

}  // namespace

Reply Client::Send(absl::string_view method, absl::string_view path, const Json* body,
                   std::vector<std::pair<std::string, std::string>> headers) {
  HttpRequest request;
  request.method = std::string(method);
  request.url = path.empty() ? configuration_.base_url : absl::StrCat(configuration_.base_url, "/", path);
  request.headers = std::move(headers);
  request.headers.emplace_back("Accept", kJsonType);
  if (!bearer_token_.empty()) {
    request.headers.emplace_back("Authorization", absl::StrCat("Bearer ", bearer_token_));
  }
  if (body != nullptr) {
    request.headers.emplace_back("Content-Type", kJsonType);
    request.body = DumpJson(*body);
  }
  Reply reply;
  reply.http = http_.Send(request, context_);
  if (reply.http.failure != TransportFailure::kNone) {
    const v1::Outcome failure = *FailureOf(reply, Purpose::kRead);
    sdk::Log(sdk::Severity::kWarning, "http_failed",
             {sdk::LogField::Token("method", method),
              sdk::LogField::Token(
                  "code", failure.has_retry() ? failure.retry().code() : failure.permanent().code())});
    return reply;
  }
  reply.body = ParseJson(reply.http.body).value_or(Json());
  reply.http.body.clear();
  if (reply.http.status >= 400) {
    sdk::Log(sdk::Severity::kWarning, "http_refused",
             {sdk::LogField::Token("method", method), sdk::LogField::Number("status", reply.http.status)});
    LogIssues(reply.body, reply.http.status);
  }
  return reply;
}

absl::optional<v1::Outcome> Client::FailureOf(const Reply& reply, Purpose purpose) const {
  return fhir::FailureOf(reply.http, purpose, absl::Now());
}

Reply Client::PostBundle(const Json& bundle) { return Send("POST", "", &bundle, {}); }

Reply Client::Capabilities() { return Send("GET", "metadata?_summary=true", nullptr, {}); }

OrOutcome<std::string> Client::ResolveChart(const v1::RecordLink& link) {
  const Reply reply =
      Send("GET", absl::StrCat("Patient?", IdentifierSearch(link.system(), link.value(), "%7C"), "&_count=2"),
           nullptr, {});
  if (absl::optional<v1::Outcome> failure = FailureOf(reply, Purpose::kChart)) {
    return *std::move(failure);
  }
  const std::vector<const Json*> hits = Hits(reply.body, "Patient");
  if (hits.size() > 1) {
    return ChartProblem("chart-ambiguous");
  }
  // A server that ignores the search parameter must not make us write into some chart.
  if (hits.empty() || !HasIdentifier(*hits[0], link.system(), link.value()) ||
      !IsFhirId(TextAt(*hits[0], "id"))) {
    return ChartProblem("chart-not-found");
  }
  if (WasReplaced(*hits[0])) {
    return ChartProblem("chart-merged");
  }
  return TextAt(*hits[0], "id");
}

OrOutcome<std::vector<Json>> Client::Find(const std::string& type, const std::string& system,
                                          const std::string& value) {
  const Reply reply =
      Send("GET", absl::StrCat(type, "?", IdentifierSearch(system, value, "%7C"), "&_count=10"), nullptr, {});
  if (absl::optional<v1::Outcome> failure = FailureOf(reply, Purpose::kSearch)) {
    return *std::move(failure);
  }
  if (TextAt(reply.body, "resourceType") != "Bundle") {
    return sdk::PermanentOutcome("not-fhir", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  std::vector<Json> out;
  for (const Json* hit : Hits(reply.body, type)) {
    if (HasIdentifier(*hit, system, value) && IsFhirId(TextAt(*hit, "id"))) {
      out.push_back(*hit);
    }
  }
  return out;
}

OrOutcome<absl::optional<Json>> Client::Read(const std::string& type, const std::string& id) {
  const Reply reply = Send("GET", absl::StrCat(type, "/", id), nullptr, {});
  if (reply.http.status == 404 || reply.http.status == 410) {
    return absl::optional<Json>();
  }
  if (absl::optional<v1::Outcome> failure = FailureOf(reply, Purpose::kRead)) {
    return *std::move(failure);
  }
  if (TextAt(reply.body, "resourceType") != type || TextAt(reply.body, "id") != id) {
    return sdk::PermanentOutcome("not-fhir", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
  return absl::make_optional(reply.body);
}

Reply Client::Update(const Json& resource) {
  std::vector<std::pair<std::string, std::string>> headers;
  const std::string version = TextAt(MemberAt(resource, "meta"), "versionId");
  if (IsFhirId(version)) {
    headers.emplace_back("If-Match", absl::StrCat("W/\"", version, "\""));
  }
  return Send("PUT", absl::StrCat(TextAt(resource, "resourceType"), "/", TextAt(resource, "id")), &resource,
              std::move(headers));
}

Reply Client::Delete(const std::string& type, const std::string& id) {
  return Send("DELETE", absl::StrCat(type, "/", id), nullptr, {});
}

Reply Client::CreateUnlessExists(const Json& resource, const std::string& search) {
  return Send("POST", TextAt(resource, "resourceType"), &resource, {{"If-None-Exist", search}});
}

bool HasIdentifier(const Json& resource, absl::string_view system, absl::string_view value) {
  const auto is_it = [&](const Json& identifier) {
    return absl::string_view(TextAt(identifier, "system")) == system &&
           absl::string_view(TextAt(identifier, "value")) == value;
  };
  const Json& member = MemberAt(resource, "identifier");
  if (!member.is_array()) {
    return is_it(member);
  }
  for (const Json& identifier : member) {
    if (is_it(identifier)) {
      return true;
    }
  }
  return false;
}

v1::ExternalRef RefOf(const Json& resource, absl::string_view system, absl::string_view value) {
  v1::ExternalRef ref;
  ref.set_type(TextAt(resource, "resourceType"));
  ref.set_id(TextAt(resource, "id"));
  ref.set_version(TextAt(MemberAt(resource, "meta"), "versionId").substr(0, 100));
  ref.set_identifier(absl::StrCat(system, "|", value));
  return ref;
}

}  // namespace mendwork::fhir
