#include "plugins/fhir/copies.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "plugins/fhir/resources.h"
#include "plugins/fhir/url.h"

namespace mendwork::fhir {
namespace {

constexpr int kContentionMax = 5;

bool IsListed(const Copies& copies, const v1::ExternalRef& ref) {
  return std::any_of(copies.found.begin(), copies.found.end(), [&](const Copy& copy) {
    return copy.key.type == ref.type() && TextAt(copy.resource, "id") == ref.id();
  });
}

bool IsGone(const Reply& reply) { return reply.http.status == 404 || reply.http.status == 410; }

bool IsContended(const Reply& reply) { return reply.http.status == 409 || reply.http.status == 412; }

}  // namespace

std::vector<CopyKey> CopyKeys(const Configuration& configuration, const std::string& release_id,
                              const google::protobuf::RepeatedPtrField<std::string>& measure_ids) {
  std::vector<CopyKey> keys = {{"QuestionnaireResponse", configuration.ResponseSystem(), release_id}};
  for (const std::string& measure_id : measure_ids) {
    keys.push_back({"Observation", configuration.ScoreSystem(), ScoreIdentifier(release_id, measure_id)});
  }
  return keys;
}

OrOutcome<Copies> FindCopies(Client& client, const std::vector<CopyKey>& keys,
                             const google::protobuf::RepeatedPtrField<v1::ExternalRef>& known_refs) {
  Copies copies;
  for (const CopyKey& key : keys) {
    OrOutcome<std::vector<Json>> found = client.Find(key.type, key.system, key.value);
    if (!found.ok()) {
      return found.outcome();
    }
    for (Json& resource : found.value()) {
      copies.found.push_back({key, std::move(resource)});
    }
  }
  for (const v1::ExternalRef& ref : known_refs) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const CopyKey& each) {
      return each.type == ref.type() && absl::StrCat(each.system, "|", each.value) == ref.identifier();
    });
    if (key == keys.end() || !IsFhirId(ref.id()) || IsListed(copies, ref)) {
      continue;
    }
    OrOutcome<absl::optional<Json>> read = client.Read(ref.type(), ref.id());
    if (!read.ok()) {
      return read.outcome();
    }
    if (read.value().has_value() && HasIdentifier(*read.value(), key->system, key->value)) {
      copies.found.push_back({*key, *std::move(read.value())});
    } else {
      copies.gone.push_back(ref);
    }
  }
  return copies;
}

OrOutcome<absl::optional<v1::ExternalRef>> MarkEnteredInError(Client& client, const Copy& copy,
                                                              TakenBackBy by) {
  const CopyKey& key = copy.key;
  const Configuration& configuration = client.configuration();
  const std::string mark = by == TakenBackBy::kDelivery ? kTakenBackByDelivery : kTakenBackByRevocation;
  Json resource = copy.resource;
  bool updated = false;  // some servers drop tags: one successful update has to be enough
  for (int attempt = 0; attempt < kContentionMax; ++attempt) {
    const std::string tag = ContentTag(configuration, resource);
    const bool is_marked = updated || tag == mark || tag == kTakenBackByRevocation;
    if (TextAt(resource, "status") == kEnteredInError && is_marked) {
      return absl::make_optional(RefOf(resource, key.system, key.value));
    }
    resource["status"] = kEnteredInError;
    SetContentTag(configuration, mark, resource);
    const Reply reply = client.Update(resource);
    if (IsGone(reply)) {
      return absl::optional<v1::ExternalRef>();
    }
    if (!IsContended(reply)) {
      if (absl::optional<v1::Outcome> failure = client.FailureOf(reply, Purpose::kWrite)) {
        return *std::move(failure);
      }
      updated = true;
    }
    // Read again either way: what counts is what is there, not what was answered.
    OrOutcome<absl::optional<Json>> read = client.Read(key.type, TextAt(resource, "id"));
    if (!read.ok()) {
      return read.outcome();
    }
    if (!read.value().has_value()) {
      return absl::optional<v1::ExternalRef>();
    }
    resource = *std::move(read.value());
  }
  return sdk::RetryOutcome("contended");
}

absl::optional<v1::Outcome> DeleteCopy(Client& client, const Copy& copy) {
  const Reply reply = client.Delete(copy.key.type, TextAt(copy.resource, "id"));
  return IsGone(reply) ? absl::nullopt : client.FailureOf(reply, Purpose::kWrite);
}

}  // namespace mendwork::fhir
