#include "plugins/calendar/deliver.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/calendar/entry.h"
#include "plugins/calendar/feed.h"

namespace mendwork::calendar {
namespace {

using http::HttpResponse;

constexpr int kContentionMax = 3;
constexpr absl::Duration kLengthMax = absl::Hours(24);
constexpr char kRemovedByHand[] = "removed-by-hand";

absl::Time TimeOf(const google::protobuf::Timestamp& time) { return absl::FromUnixSeconds(time.seconds()); }

// The host keeps these rules already; an event that breaks one is refused rather than written in part.
absl::optional<v1::Outcome> RefusalOf(const v1::Event& event) {
  if (!event.has_appointment_changed()) {
    return sdk::PermanentOutcome("unsupported-event", v1::PERMANENT_SCOPE_ITEM);
  }
  const v1::AppointmentChanged& appointment = event.appointment_changed();
  const absl::Duration length = TimeOf(appointment.end_time()) - TimeOf(appointment.start_time());
  const bool good = IsCopyId(appointment.copy_id()) && appointment.revision() >= 1 &&
                    appointment.has_start_time() && appointment.has_end_time() &&
                    length > absl::ZeroDuration() && length <= kLengthMax;
  return good ? absl::nullopt
              : absl::make_optional(sdk::PermanentOutcome("invalid-event", v1::PERMANENT_SCOPE_ITEM));
}

Entry EntryOf(const v1::Event& event) {
  const v1::AppointmentChanged& appointment = event.appointment_changed();
  Entry entry;
  entry.copy_id = appointment.copy_id();
  entry.sequence = appointment.revision() - 1;
  entry.start = TimeOf(appointment.start_time());
  entry.end = TimeOf(appointment.end_time());
  entry.stamp = TimeOf(event.occurred_time());
  entry.cancelled = appointment.cancelled();
  return entry;
}

std::string Header(const HttpResponse& response, const char* name) {
  const auto found = response.headers.find(name);
  return found == response.headers.end() ? "" : found->second;
}

std::string ContentHash(absl::string_view content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest = {};
  unsigned int size = 0;
  EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return std::string(reinterpret_cast<const char*>(digest.data()), size);
}

v1::ExternalRef RefOf(const std::string& copy_id, absl::string_view version) {
  v1::ExternalRef ref;
  ref.set_type("VEVENT");
  ref.set_id(copy_id);
  ref.set_version(std::string(version.substr(0, 100)));
  return ref;
}

// Brings one entry up to date.
class Placement {
 public:
  Placement(Dav& dav, const v1::DeliveryItem& item, absl::Time now)
      : dav_(dav),
        now_(now),
        was_delivered_(!item.known_refs().empty()),
        entry_(EntryOf(item.event())),
        url_(dav.EntryUrl(entry_.copy_id)) {}

  // Nothing if the entry is as it should be.
  absl::optional<v1::Outcome> Run() {
    for (int attempt = 0; attempt < kContentionMax; ++attempt) {
      const HttpResponse found = dav_.Get(url_);
      Step step = IsGone(found) ? Create() : Renew(found);
      if (step != Step::kAgain) {
        return step == Step::kThere ? absl::nullopt : failure_;
      }
    }
    return sdk::RetryOutcome("contended");
  }

  const absl::optional<v1::ExternalRef>& ref() const { return ref_; }
  std::string Hash() const { return ContentHash(WriteEntry(entry_, dav_.configuration().title)); }

 private:
  enum class Step { kThere, kFailed, kAgain };

  Step Fail(v1::Outcome outcome) {
    failure_ = std::move(outcome);
    return Step::kFailed;
  }

  Step Create() {
    // Whoever deleted the entry from their calendar does not want it back.
    if (was_delivered_) {
      ref_ = RefOf(entry_.copy_id, kRemovedByHand);
      return Step::kThere;
    }
    if (entry_.cancelled) {
      return Step::kThere;
    }
    return Judge(
        dav_.Put(url_, WriteEntry(entry_, dav_.configuration().title), {.must_be_new = true, .etag = ""}),
        /*was_there=*/false);
  }

  Step Renew(const HttpResponse& found) {
    if (absl::optional<v1::Outcome> failure = FailureOf(found, now_)) {
      return Fail(*std::move(failure));
    }
    const std::string etag = Header(found, "etag");
    const absl::optional<Entry> remote = ReadEntry(found.body);
    if (remote.has_value() && SaysTheSame(*remote, entry_)) {
      ref_ = RefOf(entry_.copy_id, etag);
      return Step::kThere;
    }
    Entry renewed = entry_;
    if (remote.has_value()) {
      renewed.sequence = std::max(entry_.sequence, remote->sequence + 1);
    }
    const absl::optional<std::string> calendar = UpdateEntry(found.body, renewed);
    if (!calendar.has_value()) {
      return Fail(sdk::ConflictOutcome("changed-remotely", {RefOf(entry_.copy_id, etag)}));
    }
    // Without an entity tag a change between reading and writing would be lost.
    if (etag.empty()) {
      return Fail(sdk::PermanentOutcome("no-entity-tag", v1::PERMANENT_SCOPE_CONFIGURATION));
    }
    return Judge(dav_.Put(url_, *calendar, {.must_be_new = false, .etag = etag}),
                 /*was_there=*/true);
  }

  Step Judge(const HttpResponse& written, bool was_there) {
    const bool answered = written.failure == http::TransportFailure::kNone;
    // Somebody wrote, or deleted, since it was read: read again.
    if (answered && (written.status == 412 || (was_there && IsGone(written)))) {
      return Step::kAgain;
    }
    if (answered && written.status == 409) {
      return Fail(absl::StrContains(written.body, "no-uid-conflict")
                      ? sdk::ConflictOutcome("moved-remotely", {RefOf(entry_.copy_id, "")})
                      : sdk::PermanentOutcome("calendar-not-found", v1::PERMANENT_SCOPE_CONFIGURATION));
    }
    if (absl::optional<v1::Outcome> failure = FailureOf(written, now_)) {
      return Fail(*std::move(failure));
    }
    ref_ = RefOf(entry_.copy_id, Header(written, "etag"));
    return Step::kThere;
  }

  Dav& dav_;
  const absl::Time now_;
  const bool was_delivered_;
  const Entry entry_;
  const std::string url_;
  absl::optional<v1::ExternalRef> ref_;
  absl::optional<v1::Outcome> failure_;
};

}  // namespace

v1::Outcome Deliver(Dav& dav, const v1::DeliveryItem& item, absl::Time now) {
  if (absl::optional<v1::Outcome> refusal = RefusalOf(item.event())) {
    return *std::move(refusal);
  }
  Placement placement(dav, item, now);
  absl::optional<v1::Outcome> failure = placement.Run();
  failure = failure.has_value() ? failure : PublishFeed(dav, now);
  if (failure.has_value()) {
    return *std::move(failure);
  }
  v1::Outcome outcome;
  if (placement.ref().has_value()) {
    *outcome.mutable_done()->add_refs() = *placement.ref();
  }
  outcome.mutable_done()->set_content_hash(placement.Hash());
  return outcome;
}

v1::Outcome Revoke(Dav& dav, const v1::RevokeRequest& request, absl::Time now) {
  if (!IsCopyId(request.release_id())) {
    return sdk::PermanentOutcome("invalid-event", v1::PERMANENT_SCOPE_ITEM);
  }
  const HttpResponse deleted = dav.Delete(dav.EntryUrl(request.release_id()));
  absl::optional<v1::Outcome> failure = IsGone(deleted) ? absl::nullopt : FailureOf(deleted, now);
  failure = failure.has_value() ? failure : PublishFeed(dav, now);
  v1::Outcome outcome;
  outcome.mutable_done();
  return failure.value_or(outcome);
}

v1::PreviewResponse Preview(const Dav& dav, const v1::Event& event) {
  v1::PreviewResponse response;
  if (absl::optional<v1::Outcome> refusal = RefusalOf(event)) {
    *response.mutable_refusal() = refusal->permanent();
    return response;
  }
  const Entry entry = EntryOf(event);
  v1::PreviewDocument* document = response.add_documents();
  document->set_media_type("text/calendar");
  document->set_target(absl::StrCat("PUT ", dav.EntryUrl(entry.copy_id)));
  document->set_content(WriteEntry(entry, dav.configuration().title));
  return response;
}

absl::StatusOr<v1::ReconcileResponse> Reconcile(Dav& dav, const v1::ReconcileRequest& request,
                                                absl::Time now) {
  v1::ReconcileResponse response;
  if (!IsCopyId(request.release_id())) {
    return absl::InvalidArgumentError("release_id: is not the id of a copy");
  }
  const HttpResponse found = dav.Get(dav.EntryUrl(request.release_id()));
  if (!IsGone(found)) {
    if (const absl::optional<v1::Outcome> failure = FailureOf(found, now)) {
      return failure->has_retry() ? absl::UnavailableError("the calendar does not answer")
                                  : absl::FailedPreconditionError("the calendar refuses to answer");
    }
  }
  v1::RemoteCopy* copy = response.add_copies();
  *copy->mutable_ref() = RefOf(request.release_id(), Header(found, "etag"));
  copy->set_state(IsGone(found) ? v1::REMOTE_STATE_GONE : v1::REMOTE_STATE_ACTIVE);
  return response;
}

}  // namespace mendwork::calendar
