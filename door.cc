#pragma GCC diagnostic ignored "-Wextra"
#include "service/app/door.h"

#include <algorithm>
#include <utility>

#include "service/app/common.h"
#include "service/base/crypto.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

using domain::KeyPurpose;
using domain::Subject;
using policy::DataClass;
using policy::Viewer;

Subject PersonSubject(int64_t person_id) { return {.kind = Subject::Kind::kPerson, .id = person_id}; }

policy::Request RequestFor(const store::Transaction& transaction, const Look& look,
                           const store::RecordIdentity& identity) {
  return {.practice_id = identity.practice_id,
          .subject = identity.subject,
          .viewer_id = look.viewer_id,
          .transaction_id = transaction.id(),
          .action = look.action};
}

absl::Status AuditLook(store::WriteTransaction& transaction, const Look& look, const store::RecordIdentity& identity,
                       absl::string_view rule_id, absl::string_view sealed) {
  store::AuditEntry entry;
  entry.practice_id = identity.practice_id;
  entry.actor_kind = std::string(policy::Name(look.viewer));
  entry.actor_id = look.viewer_id;
  entry.action = look.action;
  entry.object_kind = identity.table;
  entry.object_id = identity.row_id;
  entry.rule_id = std::string(rule_id);
  entry.decision = store::AuditDecision::kPermit;
  entry.ciphertext_hash = base::Sha256(sealed);
  return transaction.Audit(entry);
}

// The author's choice, opened as the server: it decides, and is shown to nobody but the author.
absl::StatusOr<std::set<std::string>> ReadWithheld(store::Transaction& transaction, const store::ResponseRow& response) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindWithheld(transaction, response.response_id));
  if (!row.has_value()) {
    return std::set<std::string>();
  }
  const store::RecordIdentity identity = WithheldRecord(response, row->item_ids_version);
  const Look look = {.viewer = Viewer::kServer, .practice_id = response.practice_id, .action = "Decide"};
  auto grant = policy::DecisionPoint::ForRecord(RequestFor(transaction, look, identity), look.viewer,
                                                DataClass::kWithheldChoice, policy::kSamePractice);
  if (!grant.has_value()) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(std::string plaintext, transaction.Open(*grant, identity, row->item_ids));
  storage::v1::WithheldItems items;
  items.ParseFromString(plaintext);
  return std::set<std::string>(items.item_ids().begin(), items.item_ids().end());
}

// The exercise's own limit. A safety sink counts as an audience of what the therapist may read.
bool AllowsAudience(const domain::Item& item, const ResponseFacts& facts) {
  if (item.audiences.count(facts.audience) > 0) {
    return true;
  }
  return domain::IsSafetyItem(item) && (facts.whole & policy::kSafetySink) != 0 &&
         item.audiences.count(domain::Audience::kTherapist) > 0;
}

policy::DecisionPoint::Items DecideItems(const Look& look, const ResponseFacts& facts,
                                         const store::ResponseRow& response, const domain::Variant& variant,
                                         const std::set<std::string>& withheld) {
  policy::DecisionPoint::Items items(look.viewer, DataClass::kAnswer);
  for (const domain::Item& item : variant.items) {
    using policy::When;
    items.Consider(item.id, facts.whole | ConsentFacts(facts.consents, response, item.id) |
                                When(AllowsAudience(item, facts), policy::kAudienceAllowed) |
                                When(domain::IsSafetyItem(item), policy::kSafetyItem) |
                                When(withheld.count(item.id) > 0, policy::kWithheld) |
                                When(response.state == store::ResponseState::kWithdrawn, policy::kWithdrawn));
  }
  return items;
}

// Derived data inherits the strictest label: a score shows only where each of its items does.
bool ScoreVisible(const domain::ExerciseRevision& revision, const std::set<std::string>& visible,
                  const std::string& measure_id) {
  const domain::Measure* measure = revision.FindMeasure(measure_id);
  return measure != nullptr && std::all_of(measure->items.begin(), measure->items.end(),
                     [&](const std::string& item) { return visible.count(item) > 0; });
}

}  // namespace

absl::StatusOr<std::string> OpenRecord(store::WriteTransaction& transaction, const Look& look,
                                       policy::DataClass data_class, policy::Facts facts,
                                       const store::RecordIdentity& identity, absl::string_view sealed) {
  if (look.practice_id == identity.practice_id) {
    facts |= policy::kSamePractice;
  }
  auto grant = policy::DecisionPoint::ForRecord(RequestFor(transaction, look, identity), look.viewer, data_class, facts);
  if (!grant.has_value()) {
    return base::NotFound();
  }
  MENDWORK_RETURN_IF_ERROR(AuditLook(transaction, look, identity, grant->rule_id(), sealed));
  return transaction.Open(*grant, identity, sealed);
}

store::RecordIdentity PersonIdentityRecord(int64_t practice_id, int64_t person_id, int64_t version) {
  return {practice_id, "person", person_id, "identity", PersonSubject(person_id), KeyPurpose::kIdentity, version};
}

store::RecordIdentity ContentRecord(const store::ResponseRow& response, int64_t content_version) {
  return {response.practice_id,
          "response_version",
          response.response_id,
          "content",
          PersonSubject(response.person_id),
          KeyPurpose::kPartnerPrivate,
          content_version};
}

store::RecordIdentity DraftRecord(const store::ResponseRow& response, int64_t draft_revision) {
  return {response.practice_id,
          "response_draft",
          response.response_id,
          "draft",
          PersonSubject(response.person_id),
          KeyPurpose::kPartnerPrivate,
          draft_revision};
}

store::RecordIdentity WithheldRecord(const store::ResponseRow& response, int64_t version) {
  return {response.practice_id,
          "response_withheld",
          response.response_id,
          "item_ids",
          PersonSubject(response.person_id),
          KeyPurpose::kPartnerPrivate,
          version};
}

store::RecordIdentity ReviewRecord(const store::ResponseRow& response) {
  return {response.practice_id,
          "review",
          response.response_id,
          "note",
          PersonSubject(response.person_id),
          KeyPurpose::kPartnerPrivate,
          1};
}

store::RecordIdentity FlagEvidenceRecord(int64_t practice_id, int64_t person_id, int64_t flag_id) {
  return {practice_id, "flag", flag_id, "evidence", PersonSubject(person_id), KeyPurpose::kSafety, 1};
}

store::RecordIdentity FlagNoteRecord(int64_t practice_id, int64_t person_id, int64_t flag_id) {
  return {practice_id, "flag", flag_id, "note", PersonSubject(person_id), KeyPurpose::kSafety, 1};
}

store::RecordIdentity RecordLinkRecord(int64_t practice_id, int64_t person_id, int64_t version) {
  return {practice_id, "record_link", person_id, "identifier", PersonSubject(person_id), KeyPurpose::kIdentity, version};
}

store::RecordIdentity ExternalReferencesRecord(const store::ReleaseRow& release, int64_t version) {
  return {release.practice_id,
          "release",
          release.release_id,
          "external_references",
          PersonSubject(release.person_id),
          KeyPurpose::kIdentity,
          version};
}

store::RecordIdentity ConfigurationRecord(int64_t practice_id, int64_t plugin_id, int64_t version) {
  const Subject subject = {.kind = Subject::Kind::kPractice, .id = practice_id};
  return {practice_id, "plugin", plugin_id, "configuration", subject, KeyPurpose::kIdentity, version};
}

store::RecordIdentity OutcomeRecord(int64_t practice_id, int64_t person_id, int64_t record_id) {
  return {practice_id, "request_record", record_id, "outcome", PersonSubject(person_id), KeyPurpose::kOutcome, 1};
}

absl::StatusOr<std::string> SealMessage(Runtime& runtime, const store::RecordIdentity& identity,
                                        const google::protobuf::MessageLite& message) {
  return runtime.store().Seal(identity, message.SerializeAsString());
}

policy::Facts ConsentFacts(const std::vector<store::ConsentRow>& in_force, const store::ResponseRow& response,
                           absl::string_view item_id) {
  for (const store::ConsentRow& consent : in_force) {
    if (consent.person_id != response.person_id) {
      continue;
    }
    const bool covers =
        consent.scope_kind == store::ScopeKind::kEverything ||
        (consent.scope_kind == store::ScopeKind::kExercise && consent.scope_exercise == response.exercise_key) ||
        (consent.scope_kind == store::ScopeKind::kItem && consent.scope_response_id == response.response_id &&
         consent.scope_item == item_id);
    if (covers) {
      return policy::kConsentInForce;
    }
  }
  return 0;
}

absl::StatusOr<std::set<std::string>> VisibleToViewer(store::WriteTransaction& transaction, const Look& look,
                                                      const ResponseFacts& facts, const store::ResponseRow& response,
                                                      const domain::Variant& variant) {
  MENDWORK_ASSIGN_OR_RETURN(std::set<std::string> withheld, ReadWithheld(transaction, response));
  return DecideItems(look, facts, response, variant, withheld).allowed();
}

absl::StatusOr<OpenedResponse> OpenResponse(store::WriteTransaction& transaction, const Look& look,
                                            const ResponseFacts& facts, const store::ResponseRow& response,
                                            int64_t content_version, const domain::ExerciseRevision& revision,
                                            const domain::Variant& variant) {
  MENDWORK_ASSIGN_OR_RETURN(std::set<std::string> withheld, ReadWithheld(transaction, response));
  const policy::DecisionPoint::Items items = DecideItems(look, facts, response, variant, withheld);
  if (items.allowed().empty()) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindResponseVersion(transaction, response.response_id, content_version));
  if (!row.has_value()) {
    return base::NotFound();
  }
  const store::RecordIdentity identity = ContentRecord(response, content_version);
  const domain::Grant grant = items.Grant(RequestFor(transaction, look, identity));
  MENDWORK_RETURN_IF_ERROR(AuditLook(transaction, look, identity, grant.rule_id(), row->content));
  MENDWORK_ASSIGN_OR_RETURN(std::string plaintext, transaction.Open(grant, identity, row->content));
  storage::v1::ResponseContent content;
  if (!content.ParseFromString(plaintext)) {
    return base::Error(absl::StatusCode::kDataLoss, "CONTENT_UNREADABLE", "a stored response cannot be read");
  }
  OpenedResponse opened;
  opened.language = row->language;
  opened.submit_time = row->submit_time;
  for (v1::Answer& answer : *content.mutable_answers()) {
    if (grant.items()->count(answer.item_id()) > 0) {
      opened.answers.push_back(std::move(answer));
    }
  }
  for (v1::Score& score : *content.mutable_scores()) {
    if (facts.scores && ScoreVisible(revision, *grant.items(), score.measure_id())) {
      opened.scores.push_back(std::move(score));
    }
  }
  return opened;
}

}  // namespace mendwork::app
