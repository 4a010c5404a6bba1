#include "service/app/deliveries.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/appointment_events.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/event_builder.h"
#include "service/app/retry_schedule.h"
#include "service/base/encoding.h"
#include "service/base/status.h"
#include "service/store/consent_rows.h"

namespace mendwork::app {
namespace {

using policy::DataClass;
using policy::Viewer;
namespace p = plugin::v1;

bool Granted(const store::PluginRow& plugin, p::DataClass data_class) {
  return ((plugin.granted_data_classes >> data_class) & 1) != 0;
}

// A person as this plugin may know them: different for every plugin.
std::string SubjectPseudonym(Runtime& runtime, int64_t plugin_id, int64_t person_id) {
  return base::Base32Encode(base::KeyedHash(runtime.page_token_key().view(),
                                            absl::StrCat("subject/", plugin_id, "/", person_id), 16));
}

std::string PublicRelease(Runtime& runtime, int64_t release_id) {
  return runtime.ids().Encode(static_cast<uint8_t>(Kind::kRelease), release_id);
}

absl::Status Suppress(store::WriteTransaction& transaction, store::DeliveryRow delivery, const char* why) {
  delivery.state = store::DeliveryState::kSuppressed;
  delivery.last_error = why;
  return store::UpdateDelivery(transaction, delivery);
}

Look PluginLook(const store::DeliveryRow& delivery, const char* action) {
  return {.viewer = Viewer::kPlugin,
          .practice_id = delivery.practice_id,
          .viewer_id = delivery.plugin_id,
          .action = action};
}

absl::StatusOr<p::RecordLink> OpenLink(store::WriteTransaction& transaction,
                                       const store::DeliveryRow& delivery, const store::PluginRow& plugin) {
  MENDWORK_ASSIGN_OR_RETURN(auto row,
                            store::FindRecordLink(transaction, delivery.person_id, delivery.plugin_id));
  if (!row.has_value()) {
    return base::NotFound();
  }
  const policy::Facts facts = policy::When(Granted(plugin, p::DATA_CLASS_IDS), policy::kDataClassGranted);
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, PluginLook(delivery, "Deliver"), DataClass::kRecordLink, facts,
                 RecordLinkRecord(row->practice_id, row->person_id, row->identifier_version),
                 row->identifier));
  storage::v1::RecordLink link;
  link.ParseFromString(plaintext);
  p::RecordLink out;
  out.set_system(link.identifier_system());
  out.set_value(link.identifier_value());
  return out;
}

absl::StatusOr<std::vector<p::ExternalRef>> OpenReferences(store::WriteTransaction& transaction,
                                                           const store::DeliveryRow& delivery,
                                                           const store::PluginRow& plugin,
                                                           const store::ReleaseRow& release) {
  std::vector<p::ExternalRef> references;
  if (release.external_references.empty()) {
    return references;
  }
  const policy::Facts facts = policy::When(Granted(plugin, p::DATA_CLASS_IDS), policy::kDataClassGranted);
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, PluginLook(delivery, "Deliver"), DataClass::kExternalReferences, facts,
                 ExternalReferencesRecord(release, release.external_references_version),
                 release.external_references));
  storage::v1::ExternalReferences stored;
  stored.ParseFromString(plaintext);
  for (const std::string& bytes : stored.references()) {
    references.emplace_back().ParseFromString(bytes);
  }
  return references;
}

// Every measure is described in every release: a score that is missing then says nothing.
void AddMeasures(const domain::ExerciseRevision& revision, const std::vector<v1::Score>& scores,
                 p::ResponseReleased* released) {
  for (const domain::Measure& measure : revision.measures) {
    p::Measure* described = released->add_measures();
    described->set_id(measure.id);
    described->set_title(domain::TextIn(measure.title, released->language()));
    if (measure.total_coding.has_value()) {
      described->mutable_coding()->set_system(measure.total_coding->system);
      described->mutable_coding()->set_code(measure.total_coding->code);
    }
  }
  for (const v1::Score& score : scores) {
    if (!score.has_total()) {
      continue;
    }
    p::Score* total = released->add_scores();
    total->set_measure_id(score.measure_id());
    total->set_total(score.total());
    total->set_band(score.band());
    total->set_prorated(score.prorated());
  }
}

struct Attempt {
  Runtime& runtime;
  store::WriteTransaction& transaction;
  store::DeliveryRow& delivery;
  const store::PluginRow& plugin;
  const store::ReleaseRow& release;
};

// What grant, release and consent allow this plugin at this moment.
absl::StatusOr<ResponseFacts> PluginFacts(const Attempt& attempt) {
  const auto& [runtime, transaction, delivery, plugin, release] = attempt;
  const bool scores = Granted(plugin, p::DATA_CLASS_SCORES);
  const bool any = scores || Granted(plugin, p::DATA_CLASS_ANSWERS) || Granted(plugin, p::DATA_CLASS_IDS);
  ResponseFacts facts = {.whole = policy::kSamePractice | policy::kReleased,
                         .consents = {},
                         .audience = domain::Audience::kPlugin,
                         .scores = scores};
  facts.whole |= policy::When(any, policy::kDataClassGranted);
  facts.whole |= policy::When(Granted(plugin, p::DATA_CLASS_SAFETY), policy::kSafetySink);
  MENDWORK_ASSIGN_OR_RETURN(
      facts.consents,
      store::ListConsentsInForce(transaction, delivery.practice_id, delivery.person_id,
                                 store::AudienceKind::kPlugin, delivery.plugin_id, transaction.now()));
  return facts;
}

// Adds what was answered, as far as it was granted. A plugin without answers and scores learns that there is
// a release, and nothing is opened for it; but what is not covered by consent it does not learn either.
absl::Status AddContent(const Attempt& attempt, const store::ResponseRow& response,
                        p::ResponseReleased* released) {
  const auto& [runtime, transaction, delivery, plugin, release] = attempt;
  const bool answers = Granted(plugin, p::DATA_CLASS_ANSWERS);
  const bool scores = Granted(plugin, p::DATA_CLASS_SCORES);
  MENDWORK_ASSIGN_OR_RETURN(
      Pinned pinned, RequirePinned(runtime, response.exercise_key, response.revision, response.variant));
  MENDWORK_ASSIGN_OR_RETURN(const ResponseFacts facts, PluginFacts(attempt));
  const Look look = PluginLook(delivery, "Deliver");
  if (!answers && !scores) {
    MENDWORK_ASSIGN_OR_RETURN(auto visible,
                              VisibleToViewer(transaction, look, facts, response, *pinned.variant));
    return visible.empty() ? base::NotFound() : absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(OpenedResponse opened,
                            OpenResponse(transaction, look, facts, response, release.content_version,
                                         *pinned.revision, *pinned.variant));
  released->set_language(opened.language);
  SetTime(opened.submit_time, released->mutable_authored_time());
  if (answers) {
    *released->mutable_questionnaire() = BuildQuestionnaire(
        *pinned.revision, *pinned.variant, Granted(plugin, p::DATA_CLASS_SAFETY), opened.language);
    for (p::Answer& answer : BuildAnswers(*pinned.variant, opened.answers)) {
      *released->add_answers() = std::move(answer);
    }
  }
  if (scores) {
    AddMeasures(*pinned.revision, opened.scores, released);
  }
  return absl::OkStatus();
}

// The filtered copy, or NOT_FOUND when nothing of it may leave now.
absl::StatusOr<DeliveryOrder> BuildRelease(const Attempt& attempt) {
  const auto& [runtime, transaction, delivery, plugin, release] = attempt;
  MENDWORK_ASSIGN_OR_RETURN(auto response,
                            store::FindResponse(transaction, delivery.practice_id, release.response_id));
  if (!response.has_value() || response->content_version != release.content_version) {
    return base::NotFound();  // amended since: the therapist releases the new version
  }
  p::DeliverRequest request;
  p::DeliveryItem* item = request.add_items();
  item->set_delivery_id(runtime.ids().Encode(static_cast<uint8_t>(Kind::kDelivery), delivery.delivery_id));
  item->set_attempt(static_cast<int32_t>(delivery.attempt_count));
  p::Event* event = item->mutable_event();
  event->set_type(p::EVENT_TYPE_RESPONSE_RELEASED);
  event->set_subject(SubjectPseudonym(runtime, delivery.plugin_id, delivery.person_id));
  SetTime(release.create_time, event->mutable_occurred_time());
  p::ResponseReleased* released = event->mutable_response_released();
  released->set_release_id(PublicRelease(runtime, release.release_id));
  released->set_revision(static_cast<int32_t>(release.content_version));
  MENDWORK_RETURN_IF_ERROR(AddContent(attempt, *response, released));
  MENDWORK_ASSIGN_OR_RETURN(*event->mutable_record_link(), OpenLink(transaction, delivery, plugin));
  MENDWORK_ASSIGN_OR_RETURN(auto references, OpenReferences(transaction, delivery, plugin, release));
  for (p::ExternalRef& reference : references) {
    *item->add_known_refs() = std::move(reference);
  }
  return DeliveryOrder(std::move(request));
}

absl::StatusOr<DeliveryOrder> BuildRevocation(const Attempt& attempt) {
  const auto& [runtime, transaction, delivery, plugin, release] = attempt;
  MENDWORK_ASSIGN_OR_RETURN(auto practice, store::FindPractice(transaction, delivery.practice_id));
  p::RevokeRequest request;
  request.set_release_id(PublicRelease(runtime, release.release_id));
  request.set_subject(SubjectPseudonym(runtime, delivery.plugin_id, delivery.person_id));
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_record_link(), OpenLink(transaction, delivery, plugin));
  MENDWORK_ASSIGN_OR_RETURN(auto references, OpenReferences(transaction, delivery, plugin, release));
  for (p::ExternalRef& reference : references) {
    *request.add_refs() = std::move(reference);
  }
  MENDWORK_ASSIGN_OR_RETURN(auto response,
                            store::FindResponse(transaction, delivery.practice_id, release.response_id));
  const domain::ExerciseRevision* revision =
      response.has_value()
          ? runtime.catalog().Find(response->exercise_key, static_cast<int>(response->revision))
          : nullptr;
  // Only for a plugin that can have had scores: the names of measures say what somebody was asked.
  const bool may_have_scores = ((plugin.requested_data_classes >> p::DATA_CLASS_SCORES) & 1) != 0;
  if (revision != nullptr && may_have_scores) {
    for (const domain::Measure& measure : revision->measures) {
      request.add_measure_ids(measure.id);
    }
  }
  request.set_policy(static_cast<p::WithdrawalPolicy>(practice->withdrawal_policy));
  request.set_attempt(static_cast<int32_t>(delivery.attempt_count));
  SetTime(release.revoke_time.value_or(transaction.now()), request.mutable_withdrawn_time());
  return DeliveryOrder(std::move(request));
}

// Nothing to do: marks why. Otherwise counts the attempt before anything leaves, and builds the order.
absl::StatusOr<absl::optional<DeliveryOrder>> Prepare(Runtime& runtime, store::WriteTransaction& transaction,
                                                      int64_t practice_id, int64_t delivery_id) {
  MENDWORK_ASSIGN_OR_RETURN(auto delivery, store::FindDelivery(transaction, practice_id, delivery_id));
  if (!delivery.has_value() || delivery->state != store::DeliveryState::kPending) {
    return absl::optional<DeliveryOrder>();
  }
  if (IsAboutAppointment(*delivery)) {
    return PrepareAppointmentDelivery(runtime, transaction, *std::move(delivery));
  }
  MENDWORK_ASSIGN_OR_RETURN(auto plugin, store::FindPlugin(transaction, practice_id, delivery->plugin_id));
  MENDWORK_ASSIGN_OR_RETURN(auto release, store::FindRelease(transaction, practice_id, delivery->release_id));
  if (!plugin.has_value() || !release.has_value()) {
    MENDWORK_RETURN_IF_ERROR(Suppress(transaction, *delivery, "RELEASE_GONE"));
    return absl::optional<DeliveryOrder>();
  }
  const bool revoking = delivery->kind == store::DeliveryKind::kReleaseRevoked;
  if (!revoking && release->state == store::ReleaseState::kRevoked) {
    MENDWORK_RETURN_IF_ERROR(Suppress(transaction, *delivery, "RELEASE_REVOKED"));
    return absl::optional<DeliveryOrder>();
  }
  if (revoking) {
    MENDWORK_ASSIGN_OR_RETURN(bool attempted,
                              store::WasAttempted(transaction, practice_id, release->release_id));
    if (!attempted) {
      MENDWORK_RETURN_IF_ERROR(Suppress(transaction, *delivery, "NOTHING_WAS_DELIVERED"));
      return absl::optional<DeliveryOrder>();
    }
  }
  delivery->attempt_count += 1;
  const Attempt attempt = {runtime, transaction, *delivery, *plugin, *release};
  absl::StatusOr<DeliveryOrder> order = revoking ? BuildRevocation(attempt) : BuildRelease(attempt);
  if (absl::IsNotFound(order.status())) {
    delivery->attempt_count -= 1;
    MENDWORK_RETURN_IF_ERROR(Suppress(transaction, *delivery, "NOT_COVERED_NOW"));
    return absl::optional<DeliveryOrder>();
  }
  MENDWORK_RETURN_IF_ERROR(order.status());
  MENDWORK_RETURN_IF_ERROR(store::UpdateDelivery(transaction, *delivery));
  return absl::optional<DeliveryOrder>(*std::move(order));
}

// Waits, or gives up.
absl::Status ScheduleRetry(Runtime& runtime, store::WriteTransaction& transaction, const p::Retry& retry,
                           store::DeliveryRow& delivery) {
  MENDWORK_ASSIGN_OR_RETURN(auto plugin,
                            store::FindPlugin(transaction, delivery.practice_id, delivery.plugin_id));
  uint16_t random = 0;
  runtime.random().Fill(absl::Span<uint8_t>(reinterpret_cast<uint8_t*>(&random), sizeof(random)));
  const absl::optional<absl::Duration> delay =
      NextDelay(plugin.has_value() ? ScheduleFor(plugin->manifest) : RetrySchedule::kBackoff,
                {.attempt_count = delivery.attempt_count,
                 .age = transaction.now() - delivery.create_time,
                 .asked = absl::Seconds(retry.after().seconds()),
                 .chance = random / 65536.0});
  if (delay.has_value()) {
    delivery.next_attempt_time = transaction.now() + *delay;
  } else {
    delivery.state = store::DeliveryState::kDead;
  }
  return absl::OkStatus();
}

absl::Status StoreReferences(Runtime& runtime, store::WriteTransaction& transaction,
                             const store::DeliveryRow& delivery, const p::Done& done) {
  MENDWORK_ASSIGN_OR_RETURN(auto release,
                            store::FindRelease(transaction, delivery.practice_id, delivery.release_id));
  if (!release.has_value()) {
    return absl::OkStatus();
  }
  storage::v1::ExternalReferences stored;
  for (const p::ExternalRef& reference : done.refs()) {
    stored.add_references(reference.SerializeAsString());
  }
  release->external_references_version += 1;
  MENDWORK_ASSIGN_OR_RETURN(
      release->external_references,
      SealMessage(runtime, ExternalReferencesRecord(*release, release->external_references_version), stored));
  return store::UpdateRelease(transaction, *release);
}

absl::Status Finish(Runtime& runtime, store::WriteTransaction& transaction, store::DeliveryRow delivery,
                    const p::Outcome& outcome) {
  switch (outcome.result_case()) {
    case p::Outcome::kDone:
      delivery.state = store::DeliveryState::kDelivered;
      delivery.deliver_time = transaction.now();
      delivery.last_error = "";
      if (delivery.kind == store::DeliveryKind::kResponseReleased) {
        MENDWORK_RETURN_IF_ERROR(StoreReferences(runtime, transaction, delivery, outcome.done()));
      }
      if (delivery.kind == store::DeliveryKind::kAppointmentChanged) {
        MENDWORK_RETURN_IF_ERROR(StoreAppointmentReferences(runtime, transaction, delivery, outcome.done()));
      }
      break;
    case p::Outcome::kPermanent:
      delivery.state = store::DeliveryState::kDead;
      delivery.last_error = outcome.permanent().code();
      break;
    case p::Outcome::kConflict:
      delivery.state = store::DeliveryState::kDead;
      delivery.last_error = absl::StrCat("conflict:", outcome.conflict().code());
      break;
    default:
      delivery.last_error = outcome.has_retry() ? outcome.retry().code() : "no-outcome";
      MENDWORK_RETURN_IF_ERROR(ScheduleRetry(runtime, transaction, outcome.retry(), delivery));
      break;
  }
  return store::UpdateDelivery(transaction, delivery);
}

// Taken back while it waits for its next attempt: there is nothing to wait for, and the revocation that may
// be needed stands behind it.
absl::StatusOr<bool> IsOvertaken(store::Transaction& transaction, const store::DeliveryRow& row) {
  if (row.kind != store::DeliveryKind::kResponseReleased) {
    return false;
  }
  MENDWORK_ASSIGN_OR_RETURN(auto release, store::FindRelease(transaction, row.practice_id, row.release_id));
  return release.has_value() && release->state == store::ReleaseState::kRevoked;
}

}  // namespace

absl::StatusOr<DueDeliveries> FindDueDeliveries(Runtime& runtime, int64_t plugin_id, int64_t limit) {
  MENDWORK_RETURN_IF_ERROR(SettleAppointmentCopies(runtime, plugin_id));
  DueDeliveries found;
  MENDWORK_RETURN_IF_ERROR(runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto rows, store::ListNextDeliveries(transaction, plugin_id, limit));
    for (auto& row : rows) {
      MENDWORK_ASSIGN_OR_RETURN(const bool overtaken, IsOvertaken(transaction, row));
      if (overtaken || row.next_attempt_time <= transaction.now()) {
        found.due.push_back(std::move(row));
      } else {
        found.next_time = std::min(found.next_time, row.next_attempt_time);
      }
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<absl::optional<DeliveryOrder>> PrepareDelivery(Runtime& runtime,
                                                              const store::DeliveryRow& delivery) {
  absl::optional<DeliveryOrder> order;
  MENDWORK_RETURN_IF_ERROR(
      runtime.store().WriteAndWait([&](store::WriteTransaction& transaction) -> absl::Status {
        MENDWORK_ASSIGN_OR_RETURN(order,
                                  Prepare(runtime, transaction, delivery.practice_id, delivery.delivery_id));
        return absl::OkStatus();
      }));
  return order;
}

absl::Status FinishDelivery(Runtime& runtime, const store::DeliveryRow& delivery,
                            const plugin::v1::Outcome& outcome) {
  return runtime.store().WriteAndWait([&](store::WriteTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto current,
                              store::FindDelivery(transaction, delivery.practice_id, delivery.delivery_id));
    if (!current.has_value() || current->state != store::DeliveryState::kPending) {
      return absl::OkStatus();
    }
    return Finish(runtime, transaction, *current, outcome);
  });
}

absl::StatusOr<std::string> OpenConfiguration(Runtime& runtime, const store::PluginRow& plugin) {
  std::string configuration;
  MENDWORK_RETURN_IF_ERROR(
      runtime.store().WriteAndWait([&](store::WriteTransaction& transaction) -> absl::Status {
        const Look look = {
            .viewer = Viewer::kServer, .practice_id = plugin.practice_id, .action = "ConfigurePlugin"};
        MENDWORK_ASSIGN_OR_RETURN(std::string plaintext,
                                  OpenRecord(transaction, look, DataClass::kPluginConfiguration, 0,
                                             ConfigurationRecord(plugin.practice_id, plugin.plugin_id,
                                                                 plugin.configuration_version),
                                             plugin.configuration));
        storage::v1::SealedText text;
        text.ParseFromString(plaintext);
        configuration = text.text();
        return absl::OkStatus();
      }));
  return configuration;
}

}  // namespace mendwork::app
