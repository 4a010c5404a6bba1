#include "service/app/practice_service.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "service/app/common.h"
#include "service/app/enrollment.h"
#include "service/app/staff_service.h"
#include "service/base/status.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kGrantDelayDefault = absl::Hours(24);
constexpr absl::Duration kGrantDelayMax = absl::Hours(24 * 30);
constexpr absl::Duration kGrantDelayMinReal = absl::Hours(1);
constexpr int64_t kDiskLowBytes = int64_t{1} << 30;

// Numbers that cannot be dialled (clinical rulings 1.8).
constexpr char kDemoContacts[] = R"json([
  {"label": "Emergency (demo, cannot be dialled)", "contact": "000-DEMO"},
  {"label": "Somebody to talk to, day and night (demo, cannot be dialled)", "contact": "111-DEMO"}
])json";

std::string ContactsToJson(const admin::v1::Practice& practice) {
  nlohmann::json contacts = nlohmann::json::array();
  for (const auto& contact : practice.support_contacts()) {
    contacts.push_back({{"label", contact.label()},
                        {"contact", contact.contact()},
                        {"confirmed_by", contact.confirmed_by()},
                        {"confirmed_on", contact.confirmed_on()}});
  }
  return contacts.dump();
}

admin::v1::Practice Present(Runtime& runtime, const store::PracticeRow& row) {
  admin::v1::Practice practice;
  practice.set_name(FormatName(runtime.ids(), kPracticeName, {row.practice_id}));
  practice.set_display_name(row.display_name);
  practice.set_demo(row.demo);
  practice.mutable_partner_grant_delay()->set_seconds(row.partner_grant_delay_us / 1'000'000);
  practice.mutable_partner_grant_delay()->set_nanos(
      static_cast<int32_t>(row.partner_grant_delay_us % 1'000'000 * 1000));
  practice.set_withdrawal_policy(static_cast<admin::v1::Practice::WithdrawalPolicy>(row.withdrawal_policy));
  practice.set_reading_hours(row.reading_hours);
  for (const auto& contact : nlohmann::json::parse(row.support_contacts, nullptr, false)) {
    auto* shown = practice.add_support_contacts();
    shown->set_label(contact.value("label", ""));
    shown->set_contact(contact.value("contact", ""));
    shown->set_confirmed_by(contact.value("confirmed_by", ""));
    shown->set_confirmed_on(contact.value("confirmed_on", ""));
  }
  SetTime(row.create_time, practice.mutable_create_time());
  practice.set_etag(Etag(runtime, Kind::kPractice, row.practice_id, row.version));
  return practice;
}

struct NewPractice {
  store::PracticeRow practice;
  NewStaff administrator;
};

absl::StatusOr<NewPractice> MakePractice(Runtime& runtime, store::WriteTransaction& transaction,
                                         const std::string& display_name,
                                         const std::string& administrator_name, bool demo) {
  NewPractice made;
  made.practice = {.practice_id = runtime.store().NewId(),
                   .display_name = display_name,
                   .demo = demo,
                   .partner_grant_delay_us = kGrantDelayDefault / absl::Microseconds(1),
                   .withdrawal_policy = admin::v1::Practice::WITHDRAWAL_POLICY_ENTERED_IN_ERROR,
                   .reading_hours = "",
                   .support_contacts = demo ? kDemoContacts : "[]",
                   .create_time = transaction.now()};
  MENDWORK_RETURN_IF_ERROR(store::InsertPractice(transaction, made.practice));
  const Caller server = {.practice_id = made.practice.practice_id};
  MENDWORK_RETURN_IF_ERROR(AuditChange({runtime, server}, transaction,
                                       {"CreatePractice", "practice", made.practice.practice_id, ""}));
  MENDWORK_ASSIGN_OR_RETURN(made.administrator, MakeStaff({runtime, server}, transaction, administrator_name,
                                                          static_cast<uint32_t>(Role::kAdministrator)));
  return made;
}

absl::Status CheckSettings(const admin::v1::UpdatePracticeRequest& request, bool demo) {
  const admin::v1::Practice& practice = request.practice();
  std::vector<base::Violation> violations;
  if (MaskHas(request.update_mask(), "partner_grant_delay")) {
    const absl::Duration delay = absl::Seconds(practice.partner_grant_delay().seconds()) +
                                 absl::Nanoseconds(practice.partner_grant_delay().nanos());
    if (delay < absl::ZeroDuration() || delay > kGrantDelayMax || (!demo && delay < kGrantDelayMinReal)) {
      violations.push_back({"practice.partner_grant_delay", "RANGE",
                            "must be 1 hour to 30 days; less than an hour only in a demo practice"});
    }
  }
  if (MaskHas(request.update_mask(), "withdrawal_policy") && practice.withdrawal_policy() == 0) {
    violations.push_back({"practice.withdrawal_policy", "REQUIRED", "must be one of the policies"});
  }
  if (MaskHas(request.update_mask(), "display_name") && practice.display_name().empty()) {
    violations.push_back({"practice.display_name", "REQUIRED", "must not be empty"});
  }
  return violations.empty() ? absl::OkStatus() : base::InvalidArgument(std::move(violations));
}

}  // namespace

absl::StatusOr<admin::v1::InitializeServerResponse> InitializeServer(
    const Call& call, store::WriteTransaction& transaction,
    const admin::v1::InitializeServerRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(bool exists, store::AnyPracticeExists(transaction));
  if (exists) {
    return Precondition(
        "ALREADY_INITIALIZED",
        "This server has a practice and an administrator already. Sign in as an administrator, and use "
        "`mendctl practice create` for another practice.");
  }
  MENDWORK_ASSIGN_OR_RETURN(NewPractice made,
                            MakePractice(call.runtime, transaction, request.practice_display_name(),
                                         request.administrator_display_name(), request.demo()));
  admin::v1::InitializeServerResponse response;
  *response.mutable_practice() = Present(call.runtime, made.practice);
  response.set_administrator(FormatName(call.runtime.ids(), kStaffName,
                                        {made.practice.practice_id, made.administrator.person.person_id}));
  response.set_enrollment_code(made.administrator.code.code);
  SetTime(made.administrator.code.expire_time, response.mutable_expire_time());
  return response;
}

absl::StatusOr<admin::v1::CreatePracticeResponse> CreatePractice(
    const Call& call, store::WriteTransaction& transaction, const admin::v1::CreatePracticeRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(NewPractice made,
                            MakePractice(call.runtime, transaction, request.practice_display_name(),
                                         request.administrator_display_name(), request.demo()));
  admin::v1::CreatePracticeResponse response;
  *response.mutable_practice() = Present(call.runtime, made.practice);
  response.set_administrator(FormatName(call.runtime.ids(), kStaffName,
                                        {made.practice.practice_id, made.administrator.person.person_id}));
  response.set_enrollment_code(made.administrator.code.code);
  SetTime(made.administrator.code.expire_time, response.mutable_expire_time());
  return response;
}

absl::StatusOr<admin::v1::Practice> GetPractice(const Call& call, store::Transaction& transaction,
                                                const admin::v1::GetPracticeRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "name", request.name(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePractice(call, transaction));
  return Present(call.runtime, row);
}

absl::StatusOr<admin::v1::Practice> UpdatePractice(const Call& call, store::WriteTransaction& transaction,
                                                   const admin::v1::UpdatePracticeRequest& request) {
  MENDWORK_RETURN_IF_ERROR(
      ParseName(call, "practice.name", request.practice().name(), kPracticeName).status());
  MENDWORK_RETURN_IF_ERROR(CheckMask(
      request.update_mask(),
      {"display_name", "partner_grant_delay", "withdrawal_policy", "reading_hours", "support_contacts"}));
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequirePractice(call, transaction));
  MENDWORK_RETURN_IF_ERROR(CheckSettings(request, row.demo));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kPractice, row.practice_id, row.version, request.practice().etag()));
  const admin::v1::Practice& changed = request.practice();
  if (MaskHas(request.update_mask(), "display_name")) {
    row.display_name = changed.display_name();
  }
  if (MaskHas(request.update_mask(), "partner_grant_delay")) {
    row.partner_grant_delay_us =
        changed.partner_grant_delay().seconds() * 1'000'000 + changed.partner_grant_delay().nanos() / 1000;
  }
  if (MaskHas(request.update_mask(), "withdrawal_policy")) {
    row.withdrawal_policy = changed.withdrawal_policy();
  }
  if (MaskHas(request.update_mask(), "reading_hours")) {
    row.reading_hours = changed.reading_hours();
  }
  if (MaskHas(request.update_mask(), "support_contacts")) {
    row.support_contacts = ContactsToJson(changed);
  }
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdatePractice(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"UpdatePractice", "practice", row.practice_id, ""}));
  return Present(call.runtime, row);
}

absl::StatusOr<admin::v1::ServerStatus> GetServerStatus(const Call& call, store::Transaction& transaction,
                                                        const admin::v1::GetServerStatusRequest&) {
  const store::StoreFacts facts = call.runtime.store().Facts();
  MENDWORK_ASSIGN_OR_RETURN(store::DeliveryCounts deliveries,
                            store::CountDeliveries(transaction, call.caller.practice_id));
  admin::v1::ServerStatus status;
  status.set_version(call.runtime.version());
  status.set_schema_version(facts.schema_version);
  status.set_key_provider(facts.key_provider);
  status.set_writer_queue_length(facts.writer_queue_length);
  status.set_database_bytes(facts.database_bytes);
  status.set_free_bytes(facts.free_bytes);
  SetTime(call.runtime.start_time(), status.mutable_start_time());
  status.set_exercise_revision_count(static_cast<int32_t>(call.runtime.catalog().exercises().size()));
  status.set_pending_delivery_count(deliveries.pending);
  status.set_dead_delivery_count(deliveries.dead);
  if (facts.free_bytes < kDiskLowBytes) {
    status.add_warnings("Less than 1 GiB is free on the disk that holds the data: free some space.");
  }
  if (facts.key_provider == "file") {
    status.add_warnings(
        "The key-encryption key lies in a file beside the data: whoever takes the whole machine can read "
        "everything. "
        "Keep the secrets directory and its backup apart.");
  }
  if (deliveries.dead > 0) {
    status.add_warnings("Deliveries were given up: see `mendctl plugin deliveries`.");
  }
  return status;
}

}  // namespace mendwork::app
