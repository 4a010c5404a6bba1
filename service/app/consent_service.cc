#include "service/app/consent_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/response_common.h"
#include "service/app/wording.h"
#include "service/base/status.h"
#include "service/store/consent_rows.h"
#include "service/store/encounter_rows.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

constexpr int64_t kAllPartners = 100;  // above the limit of partners in a couple
constexpr int64_t kAllPlugins = 200;
constexpr char kAudiencePrefix[] = "audiences/";

v1::Consent::State StateOf(const store::ConsentRow& row, absl::Time now) {
  if (row.withdraw_time.has_value()) {
    return v1::Consent::STATE_WITHDRAWN;
  }
  if (row.expire_time.has_value() && *row.expire_time <= now) {
    return v1::Consent::STATE_EXPIRED;
  }
  return row.effective_time <= now ? v1::Consent::STATE_IN_FORCE : v1::Consent::STATE_PENDING;
}

std::string AudienceResource(Runtime& runtime, const store::ConsentRow& row) {
  switch (row.audience_kind) {
    case store::AudienceKind::kTherapist:
      return "";
    case store::AudienceKind::kPartner:
      return absl::StrCat(kAudiencePrefix,
                          runtime.ids().Encode(static_cast<uint8_t>(Kind::kAudience), row.audience_id));
    case store::AudienceKind::kPlugin:
      return FormatName(runtime.ids(), kPluginName, {row.practice_id, row.audience_id});
  }
  return "";
}

absl::StatusOr<v1::Consent> Present(const Call& call, store::Transaction& transaction,
                                    const store::ConsentRow& row) {
  Runtime& runtime = call.runtime;
  v1::Consent consent;
  consent.set_name(FormatName(runtime.ids(), kConsentName, {row.practice_id, row.couple_id, row.consent_id}));
  consent.mutable_audience()->set_kind(static_cast<v1::Audience::Kind>(row.audience_kind));
  consent.mutable_audience()->set_resource(AudienceResource(runtime, row));
  switch (row.scope_kind) {
    case store::ScopeKind::kEverything:
      consent.mutable_scope()->set_everything(true);
      break;
    case store::ScopeKind::kExercise:
      consent.mutable_scope()->set_exercise(absl::StrCat("exercises/", row.scope_exercise));
      break;
    case store::ScopeKind::kItem: {
      MENDWORK_ASSIGN_OR_RETURN(auto response,
                                store::FindResponse(transaction, row.practice_id, row.scope_response_id));
      if (response.has_value()) {
        consent.mutable_scope()->mutable_item()->set_response(FormatName(
            runtime.ids(), kResponseName,
            {response->practice_id, response->couple_id, response->assignment_id, response->response_id}));
      }
      consent.mutable_scope()->mutable_item()->set_item_id(row.scope_item);
      break;
    }
  }
  consent.set_purpose(static_cast<v1::Consent::Purpose>(row.purpose));
  consent.set_state(StateOf(row, transaction.now()));
  SetTime(row.create_time, consent.mutable_create_time());
  SetTime(row.effective_time, consent.mutable_effective_time());
  SetOptionalTime(row.expire_time, &consent, &v1::Consent::mutable_expire_time);
  SetOptionalTime(row.withdraw_time, &consent, &v1::Consent::mutable_withdraw_time);
  consent.set_wording_hash(row.wording_hash);
  consent.set_wording_version(row.wording_version);
  consent.set_language(row.language);
  return consent;
}

absl::StatusOr<Ids> RequireOwnCouple(const Call& call, store::Transaction& transaction,
                                     absl::string_view parent) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", parent, kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  return ids;
}

absl::StatusOr<store::ConsentRow> RequireOwnConsent(const Call& call, store::Transaction& transaction,
                                                    absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kConsentName));
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindConsent(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != ids[1] || row->person_id != call.caller.person_id) {
    return base::NotFound();
  }
  return *row;
}

absl::Status CheckWording(const Wording& wording, absl::string_view hash) {
  if (hash == wording.hash) {
    return absl::OkStatus();
  }
  return Precondition(
      "WORDING_CHANGED",
      "The wording is not the one in force. Read it (GetConsentWording), show it, and ask again.");
}

absl::Status ChooseAudience(const Call& call, store::Transaction& transaction, const v1::Audience& audience,
                            store::ConsentRow* row) {
  switch (audience.kind()) {
    case v1::Audience::KIND_THERAPIST:
      row->audience_kind = store::AudienceKind::kTherapist;
      row->purpose = v1::Consent::PURPOSE_TREATMENT;
      return absl::OkStatus();
    case v1::Audience::KIND_PARTNER: {
      absl::string_view token = audience.resource();
      const auto person_id = absl::ConsumePrefix(&token, kAudiencePrefix)
                                 ? call.runtime.ids().Decode(static_cast<uint8_t>(Kind::kAudience), token)
                                 : absl::optional<int64_t>();
      if (!person_id.has_value() || *person_id == call.caller.person_id) {
        return base::NotFound();
      }
      MENDWORK_RETURN_IF_ERROR(RequirePartner(call, transaction, row->couple_id, *person_id).status());
      row->audience_kind = store::AudienceKind::kPartner;
      row->audience_id = *person_id;
      row->purpose = v1::Consent::PURPOSE_SHARING;
      return absl::OkStatus();
    }
    case v1::Audience::KIND_PLUGIN: {
      MENDWORK_ASSIGN_OR_RETURN(Ids ids,
                                ParseName(call, "audience.resource", audience.resource(), kPluginName));
      MENDWORK_ASSIGN_OR_RETURN(auto plugin, store::FindPlugin(transaction, call.caller.practice_id, ids[1]));
      if (!plugin.has_value()) {
        return base::NotFound();
      }
      row->audience_kind = store::AudienceKind::kPlugin;
      row->audience_id = plugin->plugin_id;
      row->purpose = v1::Consent::PURPOSE_RECORD;
      return absl::OkStatus();
    }
    default:
      return base::InvalidArgument({{"audience.kind", "REQUIRED", "must be one of the kinds"}});
  }
}

absl::Status ChooseScope(const Call& call, store::Transaction& transaction, const v1::ConsentScope& scope,
                         store::ConsentRow* row) {
  switch (scope.scope_case()) {
    case v1::ConsentScope::kEverything:
      row->scope_kind = store::ScopeKind::kEverything;
      return absl::OkStatus();
    case v1::ConsentScope::kExercise: {
      absl::string_view key = scope.exercise();
      if (!absl::ConsumePrefix(&key, "exercises/") || call.runtime.catalog().Latest(key) == nullptr) {
        return base::InvalidArgument(
            {{"scope.exercise", "UNKNOWN_EXERCISE", "must name an exercise as exercises/{exercise}"}});
      }
      row->scope_kind = store::ScopeKind::kExercise;
      row->scope_exercise = std::string(key);
      return absl::OkStatus();
    }
    case v1::ConsentScope::kItem: {
      MENDWORK_ASSIGN_OR_RETURN(
          Ids ids, ParseName(call, "scope.item.response", scope.item().response(), kResponseName));
      MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow response, RequireResponse(call, transaction, ids));
      MENDWORK_ASSIGN_OR_RETURN(Pinned pinned, RequirePinned(call.runtime, response.exercise_key,
                                                             response.revision, response.variant));
      if (pinned.variant->FindItem(scope.item().item_id()) == nullptr) {
        return base::InvalidArgument(
            {{"scope.item.item_id", "UNKNOWN_ITEM", "must name an item of the form"}});
      }
      row->scope_kind = store::ScopeKind::kItem;
      row->scope_response_id = response.response_id;
      row->scope_item = scope.item().item_id();
      return absl::OkStatus();
    }
    case v1::ConsentScope::SCOPE_NOT_SET:
      break;
  }
  return base::InvalidArgument({{"scope", "REQUIRED", "must be one of everything, exercise and item"}});
}

// In a session, what the other may read can only be narrowed (confidentiality B9). Looks at the caller's own
// attendance only.
absl::Status RequireNotInSession(const Call& call, store::Transaction& transaction, int64_t couple_id) {
  MENDWORK_ASSIGN_OR_RETURN(auto open,
                            store::FindOpenEncounter(transaction, call.caller.practice_id, couple_id));
  if (!open.has_value() || open->start_time + kSessionLengthMax <= transaction.now()) {
    return absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto people, store::ListEncounterPeople(transaction, open->encounter_id));
  const bool attends = std::any_of(people.begin(), people.end(), [&](const auto& person) {
    return person.person_id == call.caller.person_id;
  });
  return attends ? Precondition("IN_SESSION",
                                "You are in a session now. Sharing more can wait until after it; stopping "
                                "to share works at any time.")
                 : absl::OkStatus();
}

v1::ConsentTopic TopicOf(store::AudienceKind kind) {
  switch (kind) {
    case store::AudienceKind::kTherapist:
      return v1::CONSENT_TOPIC_TREATMENT;
    case store::AudienceKind::kPartner:
      return v1::CONSENT_TOPIC_SHARING;
    case store::AudienceKind::kPlugin:
      return v1::CONSENT_TOPIC_RECORD;
  }
  return v1::CONSENT_TOPIC_LIMITS;
}

// Orders the plugin to stop disclosing whatever of this author the withdrawn consent covered.
absl::Status RevokeCovered(const Call& call, store::WriteTransaction& transaction,
                           const store::ConsentRow& consent) {
  if (consent.audience_kind != store::AudienceKind::kPlugin) {
    return absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(
      auto releases,
      store::ListReleasesInForce(transaction, consent.practice_id, consent.person_id, consent.audience_id));
  for (auto& release : releases) {
    MENDWORK_ASSIGN_OR_RETURN(auto response,
                              store::FindResponse(transaction, release.practice_id, release.response_id));
    const bool covered = response.has_value() && (consent.scope_kind == store::ScopeKind::kEverything ||
                                                  (consent.scope_kind == store::ScopeKind::kExercise &&
                                                   consent.scope_exercise == response->exercise_key) ||
                                                  consent.scope_response_id == response->response_id);
    if (covered) {
      MENDWORK_RETURN_IF_ERROR(RevokeRelease(call, transaction, std::move(release)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListAudiencesResponse> ListAudiences(const Call& call, store::Transaction& transaction,
                                                        const v1::ListAudiencesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireOwnCouple(call, transaction, request.parent()));
  v1::ListAudiencesResponse response;
  v1::Audience* therapist = response.add_audiences();
  therapist->set_kind(v1::Audience::KIND_THERAPIST);
  therapist->set_description("The therapists who treat you at this practice");
  // Every other partner who was ever in the couple, in the order of joining: nothing here tells how they are.
  MENDWORK_ASSIGN_OR_RETURN(auto partners, store::ListPartners(transaction, call.caller.practice_id, ids[1],
                                                               {.limit = kAllPartners}));
  for (const auto& partner : partners) {
    if (partner.person_id == call.caller.person_id) {
      continue;
    }
    v1::Audience* other = response.add_audiences();
    other->set_kind(v1::Audience::KIND_PARTNER);
    other->set_resource(
        absl::StrCat(kAudiencePrefix,
                     call.runtime.ids().Encode(static_cast<uint8_t>(Kind::kAudience), partner.person_id)));
    other->set_description(partners.size() > 2 ? "A partner in your couple" : "Your partner");
  }
  MENDWORK_ASSIGN_OR_RETURN(auto plugins,
                            store::ListPlugins(transaction, call.caller.practice_id, {.limit = kAllPlugins}));
  for (const auto& plugin : plugins) {
    v1::Audience* tool = response.add_audiences();
    tool->set_kind(v1::Audience::KIND_PLUGIN);
    tool->set_resource(FormatName(call.runtime.ids(), kPluginName, {plugin.practice_id, plugin.plugin_id}));
    tool->set_description(plugin.display_name);
  }
  return response;
}

absl::StatusOr<v1::ConsentWording> GetConsentWording(const Call& call, store::Transaction&,
                                                     const v1::GetConsentWordingRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  const Wording& wording =
      FindWording(request.topic(), request.language().empty() ? call.caller.language : request.language());
  v1::ConsentWording response;
  response.set_text(wording.text);
  response.set_hash(wording.hash);
  response.set_version(wording.version);
  response.set_language(wording.language);
  return response;
}

absl::StatusOr<v1::AcknowledgeLimitsResponse> AcknowledgeLimits(const Call& call,
                                                                store::WriteTransaction& transaction,
                                                                const v1::AcknowledgeLimitsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireOwnCouple(call, transaction, request.parent()));
  MENDWORK_RETURN_IF_ERROR(
      CheckWording(FindWording(v1::CONSENT_TOPIC_LIMITS, call.caller.language), request.wording_hash()));
  MENDWORK_ASSIGN_OR_RETURN(auto self, RequireSelf(call, transaction, ids[1]));
  self.limits_time = transaction.now();
  self.limits_wording_hash = request.wording_hash();
  MENDWORK_RETURN_IF_ERROR(store::UpdatePartner(transaction, self));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"AcknowledgeLimits", "person", self.person_id, ""}));
  v1::AcknowledgeLimitsResponse response;
  SetTime(transaction.now(), response.mutable_acknowledge_time());
  return response;
}

absl::StatusOr<v1::Consent> GrantConsent(const Call& call, store::WriteTransaction& transaction,
                                         const v1::GrantConsentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, RequireOwnCouple(call, transaction, request.parent()));
  store::ConsentRow row = {.consent_id = call.runtime.store().NewId(),
                           .practice_id = call.caller.practice_id,
                           .couple_id = ids[1],
                           .person_id = call.caller.person_id,
                           .create_time = transaction.now(),
                           .effective_time = transaction.now()};
  MENDWORK_RETURN_IF_ERROR(ChooseAudience(call, transaction, request.audience(), &row));
  MENDWORK_RETURN_IF_ERROR(ChooseScope(call, transaction, request.scope(), &row));
  const Wording& wording = FindWording(TopicOf(row.audience_kind), call.caller.language);
  MENDWORK_RETURN_IF_ERROR(CheckWording(wording, request.wording_hash()));
  row.wording_hash = wording.hash;
  row.wording_version = wording.version;
  row.language = wording.language;
  if (row.audience_kind == store::AudienceKind::kPartner) {
    MENDWORK_RETURN_IF_ERROR(RequireNotInSession(call, transaction, ids[1]));
    MENDWORK_ASSIGN_OR_RETURN(auto practice, RequirePractice(call, transaction));
    row.effective_time = transaction.now() + absl::Microseconds(practice.partner_grant_delay_us);
  }
  if (request.has_expire_time()) {
    row.expire_time = GetTime(request.expire_time());
    if (*row.expire_time <= row.effective_time) {
      return base::InvalidArgument(
          {{"expire_time", "RANGE", "must be after the time from which the consent holds"}});
    }
  }
  MENDWORK_RETURN_IF_ERROR(store::InsertConsent(transaction, row));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"GrantConsent", "consent", row.consent_id, ""}));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::Consent> GetConsent(const Call& call, store::Transaction& transaction,
                                       const v1::GetConsentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireOwnConsent(call, transaction, request.name()));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::ListConsentsResponse> ListConsents(const Call& call, store::Transaction& transaction,
                                                      const v1::ListConsentsRequest& request) {
  MENDWORK_RETURN_IF_ERROR(RequireOwnCouple(call, transaction, request.parent()).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("consents/", request.parent()),
                                                  request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(auto rows, store::ListConsents(transaction, call.caller.practice_id,
                                                           call.caller.person_id, page.range()));
  v1::ListConsentsResponse response;
  response.set_next_page_token(
      page.Close<store::ConsentRow>(&rows, [](const auto& row) { return row.consent_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_consents(), Present(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::Consent> WithdrawConsent(const Call& call, store::WriteTransaction& transaction,
                                            const v1::WithdrawConsentRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireOwnConsent(call, transaction, request.name()));
  if (row.withdraw_time.has_value()) {
    return Present(call, transaction, row);
  }
  row.withdraw_time = transaction.now();
  MENDWORK_RETURN_IF_ERROR(
      store::WithdrawConsent(transaction, row.practice_id, row.consent_id, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"WithdrawConsent", "consent", row.consent_id, ""}));
  MENDWORK_RETURN_IF_ERROR(RevokeCovered(call, transaction, row));
  return Present(call, transaction, row);
}

}  // namespace mendwork::app
