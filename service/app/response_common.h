// What reading and writing of responses share.
#pragma once

#include "mendwork/v1/response_service.pb.h"
#include "service/app/call.h"
#include "service/app/door.h"
#include "service/store/homework_rows.h"

namespace mendwork::app {

// The metadata of a response. The draft's revision is shown to the author only.
absl::StatusOr<v1::Response> PresentResponse(const Call& call, store::Transaction& transaction,
                                             const store::ResponseRow& row);

// What holds for the treating therapist who looks at a response.
absl::StatusOr<ResponseFacts> TherapistFacts(const Call& call, store::Transaction& transaction,
                                             const store::ResponseRow& row);

// Takes back every release of a response (or of a person to a plugin): marks it and orders the plugin to stop
// disclosing. See releases.cc.
absl::Status RevokeRelease(const Call& call, store::WriteTransaction& transaction, store::ReleaseRow release);

}  // namespace mendwork::app
