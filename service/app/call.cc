#include "service/app/call.h"

#include <set>
#include <utility>

#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/base/status.h"
#include "service/store/people_rows.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kReplayLifetime = absl::Hours(72);
constexpr int64_t kPruneBatch = 8;  // per new record, so the table shrinks faster than it grows

// Methods whose reply holds a secret that is shown once.
bool ReturnsSecret(absl::string_view method) {
  static const auto* const kMethods = new std::set<std::string>{
      "mendwork.v1.CareService.CreateInvitation",
      "mendwork.admin.v1.PracticeService.CreatePractice",
      "mendwork.admin.v1.StaffService.CreateStaff",
      "mendwork.admin.v1.StaffService.ReissueStaffEnrollment",
  };
  return kMethods->count(std::string(method)) > 0;
}

absl::StatusOr<std::string> Repeat(const Call& call, store::WriteTransaction& transaction,
                                   const Replay& replay, const store::RequestRecordRow& record) {
  if (record.body_hash != replay.body_hash) {
    return base::InvalidArgument(
        {{"request_id", "REQUEST_ID_REUSED", "was used before with another request; choose a new one"}});
  }
  const Look look = {.viewer = policy::Viewer::kAuthor,
                     .practice_id = call.caller.practice_id,
                     .viewer_id = call.caller.person_id,
                     .action = "RepeatOutcome"};
  return OpenRecord(transaction, look, policy::DataClass::kRequestOutcome, 0,
                    OutcomeRecord(record.practice_id, record.caller_id, record.record_id), record.outcome);
}

}  // namespace

absl::StatusOr<Caller> Authenticate(Runtime& runtime, absl::string_view token) {
  const auto entry = runtime.sessions().Find(base::Sha256(token), runtime.Now());
  if (!entry.has_value()) {
    return base::Error(absl::StatusCode::kUnauthenticated, "SESSION_INVALID",
                       "The session has ended or was never valid. Sign in again.");
  }
  return Caller{.practice_id = entry->practice_id,
                .person_id = entry->person_id,
                .couple_id = entry->couple_id,
                .session_id = entry->session_id,
                .roles = entry->roles,
                .language = entry->language};
}

bool CommitsAnyway(const absl::Status& status) { return base::Reason(status) == "SECRET_NOT_REPEATED"; }

bool SessionStillValid(Runtime& runtime, const Caller& caller) {
  return runtime.sessions().IsValid(caller.session_id, runtime.Now());
}

absl::StatusOr<std::string> RunOnce(const Call& call, store::WriteTransaction& transaction,
                                    const Replay& replay,
                                    absl::AnyInvocable<absl::StatusOr<std::string>()> run) {
  if (call.caller.anonymous()) {
    return run();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto record, store::FindRequestRecord(transaction, call.caller.person_id,
                                                                  replay.method, replay.request_id));
  const bool secret = ReturnsSecret(replay.method);
  if (record.has_value() && record->create_time > transaction.now() - kReplayLifetime && !secret) {
    return Repeat(call, transaction, replay, *record);
  }
  if (record.has_value() && secret) {
    if (record->code_id.has_value()) {
      MENDWORK_RETURN_IF_ERROR(store::EndOneTimeCode(transaction, *record->code_id, transaction.now()));
    }
    return base::Error(
        absl::StatusCode::kAborted, "SECRET_NOT_REPEATED",
        "This request was carried out before, and its secret is shown only once: it no longer works. Ask "
        "for a new one with a new request_id.");
  }
  if (record.has_value()) {
    MENDWORK_RETURN_IF_ERROR(store::DeleteRequestRecord(transaction, record->record_id));
  }
  const int64_t mark = call.runtime.store().NewId();
  MENDWORK_ASSIGN_OR_RETURN(std::string outcome, run());
  store::RequestRecordRow row = {.record_id = call.runtime.store().NewId(),
                                 .practice_id = call.caller.practice_id,
                                 .caller_id = call.caller.person_id,
                                 .method = replay.method,
                                 .request_id = replay.request_id,
                                 .body_hash = replay.body_hash,
                                 .create_time = transaction.now()};
  if (secret) {
    MENDWORK_ASSIGN_OR_RETURN(row.code_id, store::NewestOneTimeCode(transaction, mark));
  } else {
    MENDWORK_ASSIGN_OR_RETURN(
        row.outcome,
        call.runtime.store().Seal(OutcomeRecord(row.practice_id, row.caller_id, row.record_id), outcome));
  }
  MENDWORK_RETURN_IF_ERROR(store::InsertRequestRecord(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      store::PruneRequestRecords(transaction, transaction.now() - kReplayLifetime, kPruneBatch));
  return outcome;
}

}  // namespace mendwork::app
