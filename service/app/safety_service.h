// Use cases of mendwork.v1.SafetyService.
#pragma once

#include <string>
#include <vector>

#include "mendwork/v1/safety_service.pb.h"
#include "service/app/call.h"

namespace mendwork::app {

absl::StatusOr<v1::ListFlagsResponse> ListFlags(const Call& call, store::Transaction& transaction,
                                                const v1::ListFlagsRequest& request);
absl::StatusOr<v1::Flag> GetFlag(const Call& call, store::Transaction& transaction,
                                 const v1::GetFlagRequest& request);
absl::StatusOr<v1::AccessFlagResponse> AccessFlag(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::AccessFlagRequest& request);
absl::StatusOr<v1::Flag> AcknowledgeFlag(const Call& call, store::WriteTransaction& transaction,
                                         const v1::AcknowledgeFlagRequest& request);
absl::StatusOr<v1::Flag> ResolveFlag(const Call& call, store::WriteTransaction& transaction,
                                     const v1::ResolveFlagRequest& request);
absl::StatusOr<v1::SupportBlock> GetSupport(const Call& call, store::Transaction& transaction,
                                            const v1::GetSupportRequest& request);

// The messages of WatchFlags after the request's resume token, in order, at most a few hundred at a time:
// while `messages` is not empty there may be more. `resume_token` continues after them.
struct FlagChanges {
  std::vector<v1::WatchFlagsResponse> messages;
  std::string resume_token;
};
absl::StatusOr<FlagChanges> ListFlagChanges(const Call& call, store::Transaction& transaction,
                                            const v1::WatchFlagsRequest& request);

}  // namespace mendwork::app
