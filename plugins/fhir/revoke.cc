#include "plugins/fhir/revoke.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "plugins/fhir/copies.h"
#include "plugins/fhir/event_check.h"
#include "plugins/fhir/resources.h"
#include "plugins/fhir/url.h"

namespace mendwork::fhir {
namespace {

bool AreIdsGood(const std::string& release_id,
                const google::protobuf::RepeatedPtrField<std::string>& measure_ids) {
  return IsReleaseId(release_id) && std::all_of(measure_ids.begin(), measure_ids.end(), IsMeasureId);
}

v1::Outcome DoneWith(const std::vector<v1::ExternalRef>& refs) {
  v1::Outcome out;
  out.mutable_done()->mutable_refs()->Add(refs.begin(), refs.end());
  return out;
}

// The first copy that cannot be marked does not keep the others from being marked.
v1::Outcome MarkAll(Client& client, const std::vector<Copy>& copies) {
  absl::optional<v1::Outcome> failure;
  std::vector<v1::ExternalRef> refs;
  for (const Copy& copy : copies) {
    OrOutcome<absl::optional<v1::ExternalRef>> marked =
        MarkEnteredInError(client, copy, TakenBackBy::kRevocation);
    if (!marked.ok()) {
      failure = marked.outcome();
    } else if (marked.value().has_value()) {
      refs.push_back(*marked.value());
    }
  }
  return failure.has_value() ? *failure : DoneWith(refs);
}

// Scores first: some servers refuse to delete what something else refers to.
v1::Outcome DeleteAll(Client& client, const std::vector<Copy>& copies) {
  absl::optional<v1::Outcome> failure;
  for (auto copy = copies.rbegin(); copy != copies.rend(); ++copy) {
    if (absl::optional<v1::Outcome> refused = DeleteCopy(client, *copy)) {
      failure = refused;
    }
  }
  return failure.has_value() ? *failure : DoneWith({});
}

v1::Outcome LeaveTask(Client& client, const v1::RevokeRequest& request, const std::vector<Copy>& copies) {
  if (copies.empty()) {
    return DoneWith({});
  }
  OrOutcome<std::string> patient_id = client.ResolveChart(request.record_link());
  if (!patient_id.ok()) {
    return patient_id.outcome();
  }
  const Copy& first = copies.front();  // the response, where there is one
  const std::string focus = absl::StrCat(first.key.type, "/", TextAt(first.resource, "id"));
  const Json task = WithdrawalTask({client.configuration(), patient_id.value()}, request, focus);
  const std::string system = client.configuration().WithdrawalSystem();
  const Reply reply = client.CreateUnlessExists(task, IdentifierSearch(system, request.release_id(), "%7C"));
  if (absl::optional<v1::Outcome> failure = client.FailureOf(reply, Purpose::kWrite)) {
    return *failure;
  }
  OrOutcome<std::vector<Json>> found = client.Find("Task", system, request.release_id());
  if (!found.ok()) {
    return found.outcome();
  }
  if (found.value().empty()) {
    return sdk::RetryOutcome("not-found-after-write");
  }
  return DoneWith({RefOf(found.value().front(), system, request.release_id())});
}

v1::RemoteCopy RemoteCopyOf(const v1::ExternalRef& ref, v1::RemoteState state) {
  v1::RemoteCopy out;
  *out.mutable_ref() = ref;
  out.set_state(state);
  return out;
}

}  // namespace

v1::Outcome Revoke(Client& client, const v1::RevokeRequest& request) {
  if (!AreIdsGood(request.release_id(), request.measure_ids())) {
    return sdk::PermanentOutcome("invalid-request", v1::PERMANENT_SCOPE_ITEM);
  }
  const OrOutcome<Copies> copies = FindCopies(
      client, CopyKeys(client.configuration(), request.release_id(), request.measure_ids()), request.refs());
  if (!copies.ok()) {
    return copies.outcome();
  }
  const std::vector<Copy>& found = copies.value().found;
  switch (request.policy()) {
    case v1::WITHDRAWAL_POLICY_ENTERED_IN_ERROR:
      return MarkAll(client, found);
    case v1::WITHDRAWAL_POLICY_DELETE:
      return DeleteAll(client, found);
    case v1::WITHDRAWAL_POLICY_TASK:
      return LeaveTask(client, request, found);
    default:
      return sdk::PermanentOutcome("unsupported-policy", v1::PERMANENT_SCOPE_CONFIGURATION);
  }
}

absl::StatusOr<v1::ReconcileResponse> Reconcile(Client& client, const v1::ReconcileRequest& request) {
  if (!AreIdsGood(request.release_id(), request.measure_ids())) {
    return absl::InvalidArgumentError("release_id or measure_ids: not well-formed");
  }
  const OrOutcome<Copies> copies = FindCopies(
      client, CopyKeys(client.configuration(), request.release_id(), request.measure_ids()), request.refs());
  if (!copies.ok()) {
    return copies.outcome().has_retry()
               ? absl::UnavailableError("the record system cannot be asked now")
               : absl::FailedPreconditionError("the record system refuses to answer");
  }
  v1::ReconcileResponse out;
  for (const Copy& copy : copies.value().found) {
    const bool in_error = TextAt(copy.resource, "status") == kEnteredInError;
    *out.add_copies() = RemoteCopyOf(RefOf(copy.resource, copy.key.system, copy.key.value),
                                     in_error ? v1::REMOTE_STATE_ENTERED_IN_ERROR : v1::REMOTE_STATE_ACTIVE);
  }
  for (const v1::ExternalRef& ref : copies.value().gone) {
    *out.add_copies() = RemoteCopyOf(ref, v1::REMOTE_STATE_GONE);
  }
  return out;
}

}  // namespace mendwork::fhir
