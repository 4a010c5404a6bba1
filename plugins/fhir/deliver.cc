#include "plugins/fhir/deliver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "plugins/fhir/copies.h"
#include "plugins/fhir/event_check.h"
#include "plugins/fhir/plan.h"
#include "service/base/encoding.h"

namespace mendwork::fhir {
namespace {

constexpr int kContentionMax = 3;

// "201 Created" -> 201.
int EntryStatus(const Json& response) {
  int status = 0;
  const std::string text = TextAt(response, "status");
  return absl::SimpleAtoi(absl::string_view(text).substr(0, 3), &status) ? status : 0;
}

// A new resource's place, from "[base]/Type/id[/_history/version]" or from the resource itself.
absl::optional<v1::ExternalRef> CreatedRef(const Json& entry, const PlannedResource& planned) {
  v1::ExternalRef ref = RefOf(MemberAt(entry, "resource"), planned.system, planned.value);
  ref.set_type(planned.type);
  const std::string location = TextAt(MemberAt(entry, "response"), "location");
  const std::vector<std::string> parts = absl::StrSplit(location, '/');
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    if (parts[i] == planned.type) {
      ref.set_id(parts[i + 1]);
      ref.set_version(i + 3 < parts.size() && parts[i + 2] == "_history" ? parts[i + 3].substr(0, 100)
                                                                         : ref.version());
    }
  }
  return ref.id().empty() ? absl::nullopt : absl::make_optional(ref);
}

class Delivery {
 public:
  Delivery(Client& client, const v1::DeliveryItem& item, std::string patient_id)
      : client_(client),
        item_(item),
        context_{client.configuration(), std::move(patient_id)},
        plan_(MakePlan(context_, item.event().response_released())) {}

  v1::Outcome Run() {
    const Reply reply = client_.PostBundle(plan_.bundle);
    absl::optional<v1::Outcome> failure = client_.FailureOf(reply, Purpose::kWrite);
    const int status = reply.http.status;
    const bool may_be_written = status == 409 || status == 412 || status == 500;
    if (failure.has_value() && !may_be_written) {
      return *std::move(failure);
    }
    failure = failure.has_value() ? SettleBySearch(*failure) : SettleByAnswer(reply.body);
    failure = failure.has_value() ? failure : TakeBackUncovered();
    return failure.has_value() ? *std::move(failure) : Done();
  }

 private:
  using Failure = absl::optional<v1::Outcome>;

  // The server said no, but some do after writing: what is there decides. What is missing ends with the
  // server's no.
  Failure SettleBySearch(const v1::Outcome& refusal) {
    for (const PlannedResource& planned : plan_.resources) {
      if (Failure failure = MakeCurrent(planned, refusal)) {
        return failure;
      }
    }
    return absl::nullopt;
  }

  // Never assumes that a transaction was one: every entry tells for itself.
  Failure SettleByAnswer(const Json& answer) {
    const Json& entries = MemberAt(answer, "entry");
    if (!entries.is_array() || entries.size() != plan_.first_entry + plan_.resources.size()) {
      return sdk::RetryOutcome("incomplete-answer");
    }
    Failure worst;
    for (size_t i = 0; i < entries.size(); ++i) {
      const Json& response = MemberAt(entries[i], "response");
      const int status = EntryStatus(response);
      Failure failure = FailureOfStatus(status, Purpose::kWrite, absl::ZeroDuration());
      if (failure.has_value()) {
        LogIssues(MemberAt(response, "outcome"), status);
      }
      if (i >= plan_.first_entry) {
        failure = SettleEntry(plan_.resources[i - plan_.first_entry], entries[i], status, failure);
      }
      // A failure that stays weighs more than one that passes: repeating would not help.
      if (failure.has_value() && (!worst.has_value() || !failure->has_retry())) {
        worst = failure;
      }
    }
    return worst;
  }

  Failure SettleEntry(const PlannedResource& planned, const Json& entry, int status, const Failure& failure) {
    const absl::optional<v1::ExternalRef> created =
        status == 201 ? CreatedRef(entry, planned) : absl::nullopt;
    if (created.has_value()) {
      Keep(*created);
      return absl::nullopt;
    }
    const bool may_be_written = !failure.has_value() || status == 409 || status == 412 || status == 500;
    return may_be_written ? MakeCurrent(planned, failure.value_or(sdk::RetryOutcome("not-found-after-write")))
                          : failure;
  }

  // Finds the one copy under the planned identifier and brings it up to date; `if_missing` is how the
  // delivery ends if there is none.
  Failure MakeCurrent(const PlannedResource& planned, const v1::Outcome& if_missing) {
    for (int attempt = 0; attempt < kContentionMax; ++attempt) {
      OrOutcome<std::vector<Json>> found = client_.Find(planned.type, planned.system, planned.value);
      if (!found.ok()) {
        return found.outcome();
      }
      if (found.value().empty()) {
        return if_missing;
      }
      if (found.value().size() > 1) {
        return Conflict("duplicates", found.value(), planned);
      }
      const Json& remote = found.value()[0];
      const std::string wanted = base::HexEncode(ContentHash(planned.resource));
      if (const char* problem = ProblemWith(remote, planned)) {
        return Conflict(problem, found.value(), planned);
      }
      const std::string tag = ContentTag(client_.configuration(), remote);
      if (tag == wanted || (tag.empty() && base::HexEncode(ContentHash(remote)) == wanted)) {
        Keep(RefOf(remote, planned.system, planned.value));
        return absl::nullopt;
      }
      const Reply reply = client_.Update(Updated(planned, remote));
      const Failure failure = client_.FailureOf(reply, Purpose::kWrite);
      if (!failure.has_value()) {
        v1::ExternalRef ref = RefOf(remote, planned.system, planned.value);
        ref.set_version(TextAt(MemberAt(reply.body, "meta"), "versionId").substr(0, 100));
        Keep(ref);
        return absl::nullopt;
      }
      if (reply.http.status != 409 && reply.http.status != 412) {
        return failure;
      }
    }
    return sdk::RetryOutcome("contended");
  }

  // Why the remote copy must not be written over; nothing if it may.
  const char* ProblemWith(const Json& remote, const PlannedResource& planned) const {
    const bool may_come_back = ContentTag(client_.configuration(), remote) == kTakenBackByDelivery;
    if (TextAt(remote, "status") == kEnteredInError && !may_come_back) {
      return "entered-in-error";
    }
    const std::string subject = TextAt(MemberAt(remote, "subject"), "reference");
    const std::string wanted = PatientReference(context_);
    if (subject != wanted && !absl::EndsWith(subject, "/" + wanted)) {
      return "in-another-chart";
    }
    return !may_come_back && WasChangedByOthers(remote, planned) ? "changed-remotely" : nullptr;
  }

  // Our tag no longer fits the content, and it is not merely the server that rewrote what we sent: the
  // version is neither the one we left nor the first.
  bool WasChangedByOthers(const Json& remote, const PlannedResource& planned) const {
    if (base::HexEncode(ContentHash(remote)) == ContentTag(client_.configuration(), remote)) {
      return false;
    }
    const v1::ExternalRef ref = RefOf(remote, planned.system, planned.value);
    const bool is_as_we_left_it =
        std::any_of(item_.known_refs().begin(), item_.known_refs().end(), [&](const v1::ExternalRef& known) {
          return known.type() == ref.type() && known.id() == ref.id() && known.version() == ref.version();
        });
    return !is_as_we_left_it && ref.version() != "1";
  }

  Json Updated(const PlannedResource& planned, const Json& remote) const {
    Json resource = planned.resource;
    resource["id"] = TextAt(remote, "id");
    resource["meta"]["versionId"] = TextAt(MemberAt(remote, "meta"), "versionId");
    if (resource.contains("derivedFrom")) {
      resource["derivedFrom"] = Json::array({{{"reference", response_reference_}}});
    }
    return resource;
  }

  // A score or response that an earlier attempt wrote, and that consent no longer covers, must not stay.
  Failure TakeBackUncovered() {
    const v1::ResponseReleased& release = item_.event().response_released();
    google::protobuf::RepeatedPtrField<std::string> measure_ids;
    for (const v1::Measure& measure : release.measures()) {
      measure_ids.Add(std::string(measure.id()));
    }
    std::vector<CopyKey> keys = CopyKeys(client_.configuration(), release.release_id(), measure_ids);
    keys.erase(std::remove_if(keys.begin(), keys.end(),
                              [&](const CopyKey& key) {
                                return std::any_of(plan_.resources.begin(), plan_.resources.end(),
                                                   [&](const PlannedResource& planned) {
                                                     return planned.type == key.type &&
                                                            planned.value == key.value;
                                                   });
                              }),
               keys.end());
    OrOutcome<Copies> copies = FindCopies(client_, keys, item_.known_refs());
    if (!copies.ok()) {
      return copies.outcome();
    }
    for (const Copy& copy : copies.value().found) {
      OrOutcome<absl::optional<v1::ExternalRef>> marked =
          MarkEnteredInError(client_, copy, TakenBackBy::kDelivery);
      if (!marked.ok()) {
        return marked.outcome();
      }
      if (marked.value().has_value()) {
        refs_.push_back(*marked.value());
      }
    }
    return absl::nullopt;
  }

  v1::Outcome Conflict(absl::string_view code, const std::vector<Json>& found,
                       const PlannedResource& planned) const {
    std::vector<v1::ExternalRef> refs;
    for (const Json& resource : found) {
      refs.push_back(RefOf(resource, planned.system, planned.value));
    }
    return sdk::ConflictOutcome(code, refs);
  }

  void Keep(const v1::ExternalRef& ref) {
    if (ref.type() == "QuestionnaireResponse") {
      response_reference_ = absl::StrCat(ref.type(), "/", ref.id());
    }
    refs_.push_back(ref);
  }

  v1::Outcome Done() const {
    v1::Outcome out;
    out.mutable_done()->mutable_refs()->Add(refs_.begin(), refs_.end());
    out.mutable_done()->set_content_hash(plan_.content_hash);
    return out;
  }

  Client& client_;
  const v1::DeliveryItem& item_;
  const ChartContext context_;
  const Plan plan_;
  std::string response_reference_;  // the response comes first in the plan, so scores find it set
  std::vector<v1::ExternalRef> refs_;
};

}  // namespace

v1::Outcome Deliver(Client& client, const v1::DeliveryItem& item) {
  if (absl::optional<v1::Outcome> refusal = RefusalOf(item.event())) {
    return *std::move(refusal);
  }
  OrOutcome<std::string> patient_id = client.ResolveChart(item.event().record_link());
  if (!patient_id.ok()) {
    return patient_id.outcome();
  }
  return Delivery(client, item, patient_id.value()).Run();
}

absl::StatusOr<v1::PreviewResponse> Preview(Client& client, const v1::Event& event) {
  v1::PreviewResponse out;
  absl::optional<v1::Outcome> refusal = RefusalOf(event);
  if (refusal.has_value()) {
    *out.mutable_refusal() = refusal->permanent();
    return out;
  }
  const OrOutcome<std::string> patient_id = client.ResolveChart(event.record_link());
  if (!patient_id.ok()) {
    if (!patient_id.outcome().has_permanent()) {
      return absl::UnavailableError("the record system cannot be reached now");
    }
    *out.mutable_refusal() = patient_id.outcome().permanent();
    return out;
  }
  const Plan plan = MakePlan({client.configuration(), patient_id.value()}, event.response_released());
  v1::PreviewDocument* document = out.add_documents();
  document->set_media_type("application/fhir+json");
  document->set_target(absl::StrCat("POST ", client.configuration().base_url));
  document->set_content(DumpJson(plan.bundle));
  return out;
}

}  // namespace mendwork::fhir
