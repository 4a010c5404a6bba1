// Use cases of mendwork.v1.EncounterService: the session record (encounter_service.cc) and the brief
// (brief.cc).
#pragma once

#include "mendwork/v1/encounter_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<v1::Encounter> OpenEncounter(const Call& call, store::WriteTransaction& transaction,
                                            const v1::OpenEncounterRequest& request);
absl::StatusOr<v1::Encounter> UpdatePresence(const Call& call, store::WriteTransaction& transaction,
                                             const v1::UpdatePresenceRequest& request);
absl::StatusOr<v1::Encounter> GetEncounter(const Call& call, store::Transaction& transaction,
                                           const v1::GetEncounterRequest& request);
absl::StatusOr<v1::ListEncountersResponse> ListEncounters(const Call& call, store::Transaction& transaction,
                                                          const v1::ListEncountersRequest& request);
absl::StatusOr<v1::CloseEncounterResponse> CloseEncounter(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::CloseEncounterRequest& request);
absl::StatusOr<v1::Encounter> EndJointWindow(const Call& call, store::WriteTransaction& transaction,
                                             const v1::EndJointWindowRequest& request);
absl::StatusOr<v1::JointBrief> AccessJointBrief(const Call& call, store::WriteTransaction& transaction,
                                                const v1::AccessJointBriefRequest& request);
absl::StatusOr<v1::PrivateBrief> AccessPrivateBrief(const Call& call, store::WriteTransaction& transaction,
                                                    const v1::AccessPrivateBriefRequest& request);

}  // namespace mendwork::app
