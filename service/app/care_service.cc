#include "service/app/care_service.h"

#include <string>
#include <utility>

#include "absl/time/time.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/enrollment.h"
#include "service/base/status.h"
#include "service/domain/localized_text.h"
#include "service/store/consent_rows.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

constexpr char kLanguageDefault[] = "en";
constexpr char kTimeZoneDefault[] = "UTC";
constexpr int kPartnersMax = 12;  // the seed names polyamory; a limit keeps lists and checks small

v1::Couple Present(Runtime& runtime, const store::CoupleRow& row) {
  v1::Couple couple;
  couple.set_name(FormatName(runtime.ids(), kCoupleName, {row.practice_id, row.couple_id}));
  couple.set_state(static_cast<v1::Couple::State>(row.state));
  SetTime(row.create_time, couple.mutable_create_time());
  couple.set_etag(Etag(runtime, Kind::kCouple, row.couple_id, row.version));
  return couple;
}

absl::StatusOr<v1::Partner> Present(Runtime& runtime, store::Transaction& transaction,
                                    const store::PartnerRow& row) {
  v1::Partner partner;
  partner.set_name(FormatName(runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, row.person_id}));
  partner.set_state(static_cast<v1::Partner::State>(row.state));
  partner.set_language(row.language);
  partner.set_time_zone(row.time_zone);
  partner.set_adult_confirmed(row.adult_confirm_time.has_value());
  SetOptionalTime(row.location_confirm_time, &partner, &v1::Partner::mutable_location_confirm_time);
  partner.set_digital_homework(static_cast<v1::Partner::DigitalHomework>(row.digital_homework));
  partner.set_enrolled(row.enrolled);
  MENDWORK_ASSIGN_OR_RETURN(
      auto grants, store::ListConsentsInForce(transaction, row.practice_id, row.person_id,
                                              store::AudienceKind::kTherapist, 0, transaction.now()));
  partner.set_treatment_granted(!grants.empty());
  SetTime(row.create_time, partner.mutable_create_time());
  partner.set_etag(Etag(runtime, Kind::kPartner, row.person_id, row.version));
  MENDWORK_ASSIGN_OR_RETURN(auto links, store::ListRecordLinks(transaction, row.person_id));
  for (const auto& link : links) {
    partner.add_linked_plugins(FormatName(runtime.ids(), kPluginName, {row.practice_id, link.plugin_id}));
  }
  return partner;
}

// The named partner of a couple that the caller treats.
absl::StatusOr<store::PartnerRow> RequireTreated(const Call& call, store::Transaction& transaction,
                                                 absl::string_view field, absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, field, name, kPartnerName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  return RequirePartner(call, transaction, ids[1], ids[2]);
}

absl::StatusOr<store::PersonRow> RequirePerson(const Call& call, store::Transaction& transaction,
                                               int64_t person_id) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, store::FindPerson(transaction, call.caller.practice_id, person_id));
  if (!person.has_value()) {
    return base::NotFound();
  }
  return *person;
}

absl::Status CheckLanguageAndZone(absl::string_view language, absl::string_view time_zone) {
  std::vector<base::Violation> violations;
  if (!domain::IsLanguageTag(language)) {
    violations.push_back(
        {"language", "LANGUAGE_TAG", "must be a BCP 47 language tag such as `en` or `es-MX`"});
  }
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(std::string(time_zone), &zone)) {
    violations.push_back({"time_zone", "TIME_ZONE", "must be an IANA time zone such as `Europe/Madrid`"});
  }
  return violations.empty() ? absl::OkStatus() : base::InvalidArgument(std::move(violations));
}

}  // namespace

absl::StatusOr<v1::Couple> CreateCouple(const Call& call, store::WriteTransaction& transaction,
                                        const v1::CreateCoupleRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  store::CoupleRow row = {.couple_id = call.runtime.store().NewId(),
                          .practice_id = call.caller.practice_id,
                          .create_time = transaction.now()};
  MENDWORK_RETURN_IF_ERROR(store::InsertCouple(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      store::InsertCareRelation(transaction, {.relation_id = call.runtime.store().NewId(),
                                              .practice_id = row.practice_id,
                                              .couple_id = row.couple_id,
                                              .staff_id = call.caller.person_id,
                                              .kind = v1::CareRelation::KIND_LEAD,
                                              .start_time = transaction.now()}));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"CreateCouple", "couple", row.couple_id, ""}));
  return Present(call.runtime, row);
}

absl::StatusOr<v1::Couple> GetCouple(const Call& call, store::Transaction& transaction,
                                     const v1::GetCoupleRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kCoupleName));
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireCouple(call, transaction, ids[1], Panel::kTogether));
  return Present(call.runtime, row);
}

absl::StatusOr<v1::ListCouplesResponse> ListCouples(const Call& call, store::Transaction& transaction,
                                                    const v1::ListCouplesRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page,
                            Page::Open(call, "couples", request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(
      auto rows, store::ListCouplesOfStaff(transaction, call.caller.practice_id, call.caller.person_id,
                                           transaction.now(), page.range()));
  v1::ListCouplesResponse response;
  response.set_next_page_token(
      page.Close<store::CoupleRow>(&rows, [](const auto& row) { return row.couple_id; }));
  for (const auto& row : rows) {
    *response.add_couples() = Present(call.runtime, row);
  }
  return response;
}

absl::StatusOr<v1::Partner> CreatePartner(const Call& call, store::WriteTransaction& transaction,
                                          const v1::CreatePartnerRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  const std::string language = request.language().empty() ? kLanguageDefault : request.language();
  const std::string time_zone = request.time_zone().empty() ? kTimeZoneDefault : request.time_zone();
  MENDWORK_RETURN_IF_ERROR(CheckLanguageAndZone(language, time_zone));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto partners, store::ListPartners(transaction, call.caller.practice_id, ids[1],
                                                               {.limit = kPartnersMax + 1}));
  if (partners.size() >= kPartnersMax) {
    return Precondition("TOO_MANY_PARTNERS", "A couple can have at most 12 partners.");
  }
  store::PersonRow person = {.person_id = call.runtime.store().NewId(),
                             .practice_id = call.caller.practice_id,
                             .roles = static_cast<uint32_t>(Role::kPartner),
                             .language = language,
                             .time_zone = time_zone,
                             .create_time = transaction.now()};
  storage::v1::Identity identity;
  identity.set_display_name(request.display_name());
  MENDWORK_ASSIGN_OR_RETURN(
      person.identity,
      SealMessage(call.runtime, PersonIdentityRecord(person.practice_id, person.person_id, 1), identity));
  MENDWORK_RETURN_IF_ERROR(store::InsertPerson(transaction, person));
  MENDWORK_RETURN_IF_ERROR(store::InsertPartner(
      transaction,
      {.person_id = person.person_id, .practice_id = person.practice_id, .couple_id = ids[1], .state = 1}));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CreatePartner", "person", person.person_id, person.identity}));
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequirePartner(call, transaction, ids[1], person.person_id));
  return Present(call.runtime, transaction, partner);
}

absl::StatusOr<v1::Partner> GetPartner(const Call& call, store::Transaction& transaction,
                                       const v1::GetPartnerRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequireTreated(call, transaction, "name", request.name()));
  return Present(call.runtime, transaction, partner);
}

absl::StatusOr<v1::ListPartnersResponse> ListPartners(const Call& call, store::Transaction& transaction,
                                                      const v1::ListPartnersRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(
      Page page, Page::Open(call, "partners/" + request.parent(), request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(auto rows,
                            store::ListPartners(transaction, call.caller.practice_id, ids[1], page.range()));
  v1::ListPartnersResponse response;
  response.set_next_page_token(
      page.Close<store::PartnerRow>(&rows, [](const auto& row) { return row.person_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_partners(), Present(call.runtime, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::Partner> UpdatePartner(const Call& call, store::WriteTransaction& transaction,
                                          const v1::UpdatePartnerRequest& request) {
  MENDWORK_RETURN_IF_ERROR(CheckMask(request.update_mask(), {"state", "language", "time_zone"}));
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequireTreated(call, transaction, "name", request.name()));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kPartner, partner.person_id, partner.version, request.etag()));
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequirePerson(call, transaction, partner.person_id));
  if (MaskHas(request.update_mask(), "state")) {
    if (request.state() == v1::Partner::STATE_UNSPECIFIED) {
      return base::InvalidArgument({{"state", "REQUIRED", "must be one of the states"}});
    }
    partner.state = request.state();
  }
  if (MaskHas(request.update_mask(), "language")) {
    person.language = request.language();
  }
  if (MaskHas(request.update_mask(), "time_zone")) {
    person.time_zone = request.time_zone();
  }
  MENDWORK_RETURN_IF_ERROR(CheckLanguageAndZone(person.language, person.time_zone));
  person.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdatePerson(transaction, person));
  MENDWORK_RETURN_IF_ERROR(store::UpdatePartner(transaction, partner));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"UpdatePartner", "person", person.person_id, ""}));
  transaction.OnCommit([call, id = person.person_id, language = person.language] {
    call.runtime.sessions().SetLanguage(id, language);
  });
  MENDWORK_ASSIGN_OR_RETURN(partner, RequirePartner(call, transaction, partner.couple_id, partner.person_id));
  return Present(call.runtime, transaction, partner);
}

absl::StatusOr<v1::PartnerIdentity> AccessPartner(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::AccessPartnerRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequireTreated(call, transaction, "name", request.name()));
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequirePerson(call, transaction, partner.person_id));
  const Look look = {.viewer = policy::Viewer::kTherapist,
                     .practice_id = call.caller.practice_id,
                     .viewer_id = call.caller.person_id,
                     .action = "AccessPartner"};
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, look, policy::DataClass::kPartnerIdentity, policy::kCurrentRelation,
                 PersonIdentityRecord(person.practice_id, person.person_id, person.identity_version),
                 person.identity));
  storage::v1::Identity identity;
  identity.ParseFromString(plaintext);
  v1::PartnerIdentity response;
  response.set_name(request.name());
  response.set_display_name(identity.display_name());
  response.set_location(identity.location());
  return response;
}

absl::StatusOr<v1::Partner> ConfirmPartner(const Call& call, store::WriteTransaction& transaction,
                                           const v1::ConfirmPartnerRequest& request) {
  if (!request.asked_alone()) {
    return Precondition("ASK_ALONE", "Ask the partner alone, then confirm.");
  }
  if (!request.adult()) {
    return Precondition("UNDER_AGE", "This product is for adults. Nothing was stored.");
  }
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequireTreated(call, transaction, "name", request.name()));
  MENDWORK_RETURN_IF_ERROR(
      ReplaceLocation(call, transaction, partner.person_id, request.location(), "ConfirmPartner"));
  partner.adult_confirm_time = transaction.now();
  partner.location_confirm_time = transaction.now();
  partner.digital_homework = request.digital_homework();
  MENDWORK_RETURN_IF_ERROR(store::UpdatePartner(transaction, partner));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"ConfirmPartner", "person", partner.person_id, ""}));
  MENDWORK_ASSIGN_OR_RETURN(partner, RequirePartner(call, transaction, partner.couple_id, partner.person_id));
  return Present(call.runtime, transaction, partner);
}

absl::Status ReplaceLocation(const Call& call, store::WriteTransaction& transaction, int64_t person_id,
                             const std::string& location, const char* action) {
  MENDWORK_ASSIGN_OR_RETURN(auto person, RequirePerson(call, transaction, person_id));
  const Look look = {.viewer = policy::Viewer::kTherapist,
                     .practice_id = call.caller.practice_id,
                     .viewer_id = call.caller.person_id,
                     .action = action};
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, look, policy::DataClass::kPartnerIdentity, policy::kCurrentRelation,
                 PersonIdentityRecord(person.practice_id, person.person_id, person.identity_version),
                 person.identity));
  storage::v1::Identity identity;
  identity.ParseFromString(plaintext);
  identity.set_location(location);
  person.identity_version += 1;
  MENDWORK_ASSIGN_OR_RETURN(
      person.identity,
      SealMessage(call.runtime,
                  PersonIdentityRecord(person.practice_id, person.person_id, person.identity_version),
                  identity));
  person.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdatePerson(transaction, person));
  return AuditChange(call, transaction, {"ReplaceLocation", "person", person_id, person.identity});
}

absl::StatusOr<v1::Invitation> CreateInvitation(const Call& call, store::WriteTransaction& transaction,
                                                const v1::CreateInvitationRequest& request) {
  if (!request.in_person()) {
    return Precondition("IN_PERSON",
                        "Hand the code over to the person themselves, alone, then set in_person.");
  }
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequireTreated(call, transaction, "partner", request.partner()));
  if (!partner.adult_confirm_time.has_value() ||
      partner.digital_homework != v1::Partner::DIGITAL_HOMEWORK_ACCEPTED) {
    return Precondition(
        "PARTNER_NOT_CONFIRMED",
        "Confirm with the partner alone, by ConfirmPartner, that they are of age, where they are, and "
        "that they want digital homework.");
  }
  MENDWORK_ASSIGN_OR_RETURN(
      NewCode code, MakeOneTimeCode(call.runtime, transaction, partner.practice_id, partner.person_id));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"CreateInvitation", "person", partner.person_id, ""}));
  v1::Invitation invitation;
  invitation.set_partner(request.partner());
  invitation.set_code(code.code);
  SetTime(code.expire_time, invitation.mutable_expire_time());
  return invitation;
}

absl::StatusOr<v1::Partner> LinkRecord(const Call& call, store::WriteTransaction& transaction,
                                       const v1::LinkRecordRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequireTreated(call, transaction, "partner", request.partner()));
  MENDWORK_ASSIGN_OR_RETURN(Ids plugin_ids, ParseName(call, "plugin", request.plugin(), kPluginName));
  MENDWORK_ASSIGN_OR_RETURN(auto plugin,
                            store::FindPlugin(transaction, call.caller.practice_id, plugin_ids[1]));
  if (!plugin.has_value()) {
    return base::NotFound();
  }
  if (request.identifier_value().empty()) {
    MENDWORK_RETURN_IF_ERROR(store::DeleteRecordLink(transaction, partner.person_id, plugin->plugin_id));
    MENDWORK_RETURN_IF_ERROR(
        AuditChange(call, transaction, {"UnlinkRecord", "person", partner.person_id, ""}));
    return Present(call.runtime, transaction, partner);
  }
  storage::v1::RecordLink link;
  link.set_identifier_system(request.identifier_system());
  link.set_identifier_value(request.identifier_value());
  // The version is an id of its own, so that a sealed link cannot be moved to another plugin's row.
  store::RecordLinkRow row = {.person_id = partner.person_id,
                              .plugin_id = plugin->plugin_id,
                              .practice_id = partner.practice_id,
                              .identifier_version = call.runtime.store().NewId()};
  MENDWORK_ASSIGN_OR_RETURN(
      row.identifier,
      SealMessage(call.runtime, RecordLinkRecord(row.practice_id, row.person_id, row.identifier_version),
                  link));
  MENDWORK_RETURN_IF_ERROR(store::PutRecordLink(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"LinkRecord", "person", partner.person_id, row.identifier}));
  return Present(call.runtime, transaction, partner);
}

}  // namespace mendwork::app
