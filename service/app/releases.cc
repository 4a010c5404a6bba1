// The therapist's releases to plugins, and taking them back.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/common.h"
#include "service/app/consent_service.h"
#include "service/app/response_common.h"
#include "service/base/status.h"
#include "service/store/consent_rows.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

absl::StatusOr<v1::Release> Present(const Call& call, store::Transaction& transaction,
                                    const store::ReleaseRow& row) {
  Runtime& runtime = call.runtime;
  v1::Release release;
  release.set_name(FormatName(runtime.ids(), kReleaseName, {row.practice_id, row.couple_id, row.release_id}));
  MENDWORK_ASSIGN_OR_RETURN(auto response,
                            store::FindResponse(transaction, row.practice_id, row.response_id));
  if (response.has_value()) {
    release.set_response(
        FormatName(runtime.ids(), kResponseName,
                   {row.practice_id, row.couple_id, response->assignment_id, row.response_id}));
  }
  release.set_plugin(FormatName(runtime.ids(), kPluginName, {row.practice_id, row.plugin_id}));
  release.set_state(static_cast<v1::Release::State>(row.state));
  SetTime(row.create_time, release.mutable_create_time());
  SetOptionalTime(row.revoke_time, &release, &v1::Release::mutable_revoke_time);
  return release;
}

absl::Status Queue(const Call& call, store::WriteTransaction& transaction, const store::ReleaseRow& release,
                   store::DeliveryKind kind) {
  MENDWORK_RETURN_IF_ERROR(store::InsertDelivery(transaction, {.delivery_id = call.runtime.store().NewId(),
                                                               .practice_id = release.practice_id,
                                                               .plugin_id = release.plugin_id,
                                                               .person_id = release.person_id,
                                                               .release_id = release.release_id,
                                                               .kind = kind,
                                                               .next_attempt_time = transaction.now(),
                                                               .create_time = transaction.now()}));
  Runtime* runtime = &call.runtime;
  transaction.OnCommit([runtime] { runtime->delivery_feed().Notify(); });
  return absl::OkStatus();
}

absl::Status CheckReleasable(store::Transaction& transaction, const store::ResponseRow& response,
                             const store::PluginRow& plugin) {
  if (response.content_version == 0 || response.state == store::ResponseState::kWithdrawn) {
    return Precondition("NOT_SUBMITTED", "There is no submitted response to release.");
  }
  MENDWORK_ASSIGN_OR_RETURN(auto link,
                            store::FindRecordLink(transaction, response.person_id, plugin.plugin_id));
  if (!link.has_value()) {
    return Precondition(
        "NO_RECORD_LINK",
        "The partner is not linked to a chart in that record system. Link it first (LinkRecord).");
  }
  MENDWORK_ASSIGN_OR_RETURN(
      auto consents,
      store::ListConsentsInForce(transaction, response.practice_id, response.person_id,
                                 store::AudienceKind::kPlugin, plugin.plugin_id, transaction.now()));
  if (consents.empty()) {
    return Precondition(
        "CONSENT_MISSING",
        "The partner has not agreed to a copy there. Only they can grant it, for themselves.");
  }
  return absl::OkStatus();
}

absl::StatusOr<store::ReleaseRow> RequireRelease(const Call& call, store::Transaction& transaction,
                                                 absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kReleaseName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindRelease(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != ids[1]) {
    return base::NotFound();
  }
  return *row;
}

}  // namespace

absl::Status RevokeRelease(const Call& call, store::WriteTransaction& transaction,
                           store::ReleaseRow release) {
  release.state = store::ReleaseState::kRevoked;
  release.revoke_time = transaction.now();
  MENDWORK_RETURN_IF_ERROR(store::UpdateRelease(transaction, release));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"RevokeRelease", "release", release.release_id, ""}));
  return Queue(call, transaction, release, store::DeliveryKind::kReleaseRevoked);
}

absl::StatusOr<v1::Release> CreateRelease(const Call& call, store::WriteTransaction& transaction,
                                          const v1::CreateReleaseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_ASSIGN_OR_RETURN(Ids response_ids, ParseName(call, "response", request.response(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(Ids plugin_ids, ParseName(call, "plugin", request.plugin(), kPluginName));
  if (response_ids[1] != ids[1]) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow response, RequireResponse(call, transaction, response_ids));
  MENDWORK_ASSIGN_OR_RETURN(auto plugin,
                            store::FindPlugin(transaction, call.caller.practice_id, plugin_ids[1]));
  if (!plugin.has_value()) {
    return base::NotFound();
  }
  MENDWORK_RETURN_IF_ERROR(CheckReleasable(transaction, response, *plugin));
  MENDWORK_ASSIGN_OR_RETURN(
      auto earlier, store::ListReleasesOfResponse(transaction, response.practice_id, response.response_id));
  for (auto& release : earlier) {
    if (release.plugin_id != plugin->plugin_id) {
      continue;
    }
    if (release.content_version == response.content_version) {
      return Precondition("ALREADY_RELEASED", "This version is released to that plugin already.");
    }
    MENDWORK_RETURN_IF_ERROR(RevokeRelease(call, transaction, std::move(release)));
  }
  store::ReleaseRow row = {.release_id = call.runtime.store().NewId(),
                           .practice_id = response.practice_id,
                           .couple_id = response.couple_id,
                           .response_id = response.response_id,
                           .person_id = response.person_id,
                           .plugin_id = plugin->plugin_id,
                           .releaser_id = call.caller.person_id,
                           .content_version = response.content_version,
                           .create_time = transaction.now()};
  MENDWORK_RETURN_IF_ERROR(store::InsertRelease(transaction, row));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"CreateRelease", "release", row.release_id, ""}));
  MENDWORK_RETURN_IF_ERROR(Queue(call, transaction, row, store::DeliveryKind::kResponseReleased));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::Release> GetRelease(const Call& call, store::Transaction& transaction,
                                       const v1::GetReleaseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireRelease(call, transaction, request.name()));
  return Present(call, transaction, row);
}

absl::StatusOr<v1::ListReleasesResponse> ListReleases(const Call& call, store::Transaction& transaction,
                                                      const v1::ListReleasesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("releases/", request.parent()),
                                                  request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(auto rows,
                            store::ListReleases(transaction, call.caller.practice_id, ids[1], page.range()));
  v1::ListReleasesResponse response;
  response.set_next_page_token(
      page.Close<store::ReleaseRow>(&rows, [](const auto& row) { return row.release_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_releases(), Present(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::Release> CancelRelease(const Call& call, store::WriteTransaction& transaction,
                                          const v1::CancelReleaseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(auto row, RequireRelease(call, transaction, request.name()));
  if (row.state == store::ReleaseState::kRevoked) {
    return Present(call, transaction, row);
  }
  MENDWORK_RETURN_IF_ERROR(RevokeRelease(call, transaction, row));
  MENDWORK_ASSIGN_OR_RETURN(row, RequireRelease(call, transaction, request.name()));
  return Present(call, transaction, row);
}

}  // namespace mendwork::app
