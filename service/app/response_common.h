// What reading and writing of responses share.
#pragma once

#include <set>
#include <string>
#include <vector>

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

// The items of a response that each of those partners could read now if they were answered, by consent and
// the author's own choice.
absl::StatusOr<std::set<std::string>> ItemsSharedWith(const Call& call, store::WriteTransaction& transaction,
                                                      const std::vector<int64_t>& person_ids,
                                                      const store::ResponseRow& row,
                                                      const domain::Variant& variant, const char* action);

// Records the therapist's review of a submitted response and closes its assignment.
struct Review {
  v1::ReviewOutcome outcome = v1::REVIEW_OUTCOME_UNSPECIFIED;
  bool discussed = false;
  std::string note_to_author;
};
absl::StatusOr<v1::Response> RecordReview(const Call& call, store::WriteTransaction& transaction,
                                          store::ResponseRow row, const Review& review);

// Takes back every release of a response (or of a person to a plugin): marks it and orders the plugin to stop
// disclosing. See releases.cc.
absl::Status RevokeRelease(const Call& call, store::WriteTransaction& transaction, store::ReleaseRow release);

}  // namespace mendwork::app
