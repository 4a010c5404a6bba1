#include "service/app/call.h"

#include <set>
#include <utility>

#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/base/status.h"
#include "service/store/fields.h"
#include "service/store/people_rows.h"
#include "service/store/plugin_rows.h"

namespace mendwork::app {
namespace {

constexpr absl::Duration kReplayLifetime = absl::Hours(72);
// Pruned whenever the counter passes a multiple of the interval between the two ids that a record takes: two
// rows a record on average, so that the table shrinks faster than it grows.
constexpr int64_t kPruneInterval = 64;
constexpr int64_t kPruneBatch = 128;
constexpr int kZeroCountBytes = 4;

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

// Many replies end in the padding of a support block: 1,500 zeros that are counted rather than kept.
std::string PackOutcome(const std::string& outcome) {
  const size_t kept = outcome.find_last_not_of('\0') + 1;
  std::string packed = outcome.substr(0, kept);
  store::AppendBigEndian(packed, outcome.size() - kept, kZeroCountBytes);
  return packed;
}

absl::StatusOr<std::string> UnpackOutcome(std::string packed) {
  if (packed.size() < kZeroCountBytes) {
    return base::Error(absl::StatusCode::kDataLoss, "OUTCOME_UNREADABLE", "a stored outcome cannot be read");
  }
  size_t zeros = 0;
  for (size_t i = packed.size() - kZeroCountBytes; i < packed.size(); ++i) {
    zeros = zeros << 8 | static_cast<uint8_t>(packed[i]);
  }
  packed.resize(packed.size() - kZeroCountBytes);
  packed.resize(packed.size() + zeros, '\0');
  return packed;
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
  MENDWORK_ASSIGN_OR_RETURN(
      std::string packed,
      OpenRecord(transaction, look, policy::DataClass::kRequestOutcome, 0,
                 OutcomeRecord(record.practice_id, record.caller_id, record.record_id), record.outcome));
  return UnpackOutcome(std::move(packed));
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
                .language = entry->language,
                .step_up_expire_time = entry->step_up_expire_time};
}

bool CommitsAnyway(const absl::Status& status) {
  return !status.ok() && base::Reason(status) == "SECRET_NOT_REPEATED";
}

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
        row.outcome, call.runtime.store().Seal(OutcomeRecord(row.practice_id, row.caller_id, row.record_id),
                                               PackOutcome(outcome)));
  }
  MENDWORK_RETURN_IF_ERROR(store::InsertRequestRecord(transaction, row));
  if (row.record_id / kPruneInterval != mark / kPruneInterval) {
    MENDWORK_RETURN_IF_ERROR(
        store::PruneRequestRecords(transaction, transaction.now() - kReplayLifetime, kPruneBatch));
  }
  return outcome;
}

}  // namespace mendwork::app
