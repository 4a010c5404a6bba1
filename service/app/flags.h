// Raising flags, in the same transaction as the answers that raise them (safety rules 2.2).
#pragma once

#include <string>
#include <vector>

#include "google/protobuf/repeated_ptr_field.h"
#include "mendwork/v1/answer.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "service/app/call.h"
#include "service/domain/exercise.h"
#include "service/domain/risk.h"
#include "service/store/homework_rows.h"
#include "service/store/safety_rows.h"

namespace mendwork::app {

// What the detectors found in one set of answers. The item rules fill it now; the result of the text screen
// enters here, beside them, before the transaction (its own issue).
struct ScreenResult {
  std::vector<domain::RiskFinding> findings;
};

// Submitted answers: every item rule. Drafts: only ticked safety items, which count when they are ticked
// (confidentiality B20).
ScreenResult ScreenSubmission(const domain::Variant& variant, const domain::Answers& answers);
ScreenResult ScreenDraft(const domain::Variant& variant, const domain::Answers& answers);

// Flags ready to be stored: ids taken, evidence sealed. Pure preparation, outside the writer.
absl::StatusOr<std::vector<store::FlagRow>> PrepareFlags(
    Runtime& runtime, const ScreenResult& screen, const store::ResponseRow& response,
    const domain::Variant& variant, const google::protobuf::RepeatedPtrField<v1::Answer>& answers);

// Stores prepared flags, except those whose rule already stands unresolved for the response.
absl::Status RaiseFlags(const Call& call, store::WriteTransaction& transaction,
                        std::vector<store::FlagRow> flags);

// Appends a change of a flag to the feed that WatchFlags follows. Wake the listeners after the commit.
absl::Status RecordFlagChange(const Call& call, store::WriteTransaction& transaction,
                              const store::FlagRow& flag);

// The metadata of a flag, for staff.
v1::Flag PresentFlag(Runtime& runtime, const store::FlagRow& row);

}  // namespace mendwork::app
