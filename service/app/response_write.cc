// Drafts, submission, amendment, withdrawal, withheld items and review.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/flags.h"
#include "service/app/forms.h"
#include "service/app/joint_work.h"
#include "service/app/response_common.h"
#include "service/app/response_service.h"
#include "service/app/support.h"
#include "service/base/status.h"
#include "service/domain/scoring.h"
#include "service/domain/validation.h"
#include "service/store/consent_rows.h"

namespace mendwork::app {
namespace {

using Answers = google::protobuf::RepeatedPtrField<v1::Answer>;
using Names = google::protobuf::RepeatedPtrField<std::string>;

// A partner's own response with its pinned form, as read before the writer.
struct Target {
  store::ResponseRow response;
  store::PracticeRow practice;
  Pinned pinned;
};

absl::StatusOr<Target> ReadTarget(const Call& call, const std::string& name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kResponseName));
  Target target;
  MENDWORK_RETURN_IF_ERROR(
      call.runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
        MENDWORK_ASSIGN_OR_RETURN(target.response, RequireResponse(call, transaction, ids));
        MENDWORK_ASSIGN_OR_RETURN(target.practice, RequirePractice(call, transaction));
        return absl::OkStatus();
      }));
  MENDWORK_ASSIGN_OR_RETURN(target.pinned, RequirePinned(call.runtime, target.response.exercise_key,
                                                         target.response.revision, target.response.variant));
  return target;
}

// The same response, read again in the writer: it must not have changed since it was prepared.
absl::StatusOr<store::ResponseRow> ReadAgain(const Call& call, store::WriteTransaction& transaction,
                                             const store::ResponseRow& prepared) {
  MENDWORK_ASSIGN_OR_RETURN(auto row,
                            store::FindResponse(transaction, call.caller.practice_id, prepared.response_id));
  if (!row.has_value()) {
    return base::NotFound();
  }
  if (row->version != prepared.version) {
    return base::Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                       "The resource changed since it was read. Read it again and repeat the change.");
  }
  return *row;
}

absl::Status CheckOpen(const store::ResponseRow& response) {
  if (response.assignment_state == store::AssignmentState::kCancelled) {
    return Precondition("ASSIGNMENT_CANCELLED",
                        "Your therapist took this assignment back. There is nothing to send.");
  }
  if (response.state == store::ResponseState::kReviewed ||
      response.assignment_state == store::AssignmentState::kReviewed) {
    return Precondition("RESPONSE_REVIEWED",
                        "This was reviewed and is closed. Talk about changes in the session.");
  }
  return absl::OkStatus();
}

absl::Status CheckAvailable(const Call& call, store::Transaction& transaction,
                            const store::ResponseRow& response) {
  MENDWORK_ASSIGN_OR_RETURN(
      Pinned pinned, RequirePinned(call.runtime, response.exercise_key, response.revision, response.variant));
  return RequireAvailable(call, transaction, response.couple_id, *pinned.revision);
}

absl::Status CheckWithheldNames(const domain::Variant& variant, const Names& item_ids) {
  for (const std::string& item_id : item_ids) {
    if (variant.FindItem(item_id) == nullptr) {
      return base::InvalidArgument({{"withheld_items", "UNKNOWN_ITEM", "must name items of this form"}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<store::WithheldRow> SealWithheld(Runtime& runtime, const store::ResponseRow& response,
                                                const Names& item_ids) {
  storage::v1::WithheldItems items;
  for (const std::string& item_id : std::set<std::string>(item_ids.begin(), item_ids.end())) {
    items.add_item_ids(item_id);
  }
  store::WithheldRow row = {.response_id = response.response_id, .item_ids_version = runtime.store().NewId()};
  MENDWORK_ASSIGN_OR_RETURN(row.item_ids,
                            SealMessage(runtime, WithheldRecord(response, row.item_ids_version), items));
  return row;
}

// A submission ready for the writer: checked, scored, screened, sealed.
struct Prepared {
  store::ResponseRow response;  // as it was read
  store::ResponseVersionRow version;
  store::WithheldRow withheld;
  std::vector<store::FlagRow> flags;
  v1::SupportBlock support;
};

struct Submission {
  const std::string& name;
  const Answers& answers;
  const Names& withheld_items;
  const std::string& language;
  const std::string& etag;
};

absl::StatusOr<Prepared> Prepare(const Call& call, const Submission& submission, bool amending) {
  MENDWORK_ASSIGN_OR_RETURN(Target target, ReadTarget(call, submission.name));
  Runtime& runtime = call.runtime;
  MENDWORK_RETURN_IF_ERROR(CheckEtag(runtime, Kind::kResponse, target.response.response_id,
                                     target.response.version, submission.etag));
  MENDWORK_RETURN_IF_ERROR(CheckOpen(target.response));
  const bool submitted = target.response.state == store::ResponseState::kSubmitted ||
                         target.response.state == store::ResponseState::kAmended;
  if (submitted != amending) {
    return amending ? Precondition("NOT_SUBMITTED", "There is nothing to amend: submit first.")
                    : Precondition("ALREADY_SUBMITTED", "This was submitted before: amend it instead.");
  }
  const std::string language = submission.language.empty() ? call.caller.language : submission.language;
  const domain::Answers answers = ToDomain(submission.answers);
  std::vector<base::Violation> violations =
      domain::ValidateAnswers(*target.pinned.revision, *target.pinned.variant, answers, language, true);
  if (!violations.empty()) {
    return base::InvalidArgument(std::move(violations));
  }
  MENDWORK_RETURN_IF_ERROR(CheckWithheldNames(*target.pinned.variant, submission.withheld_items));

  storage::v1::ResponseContent content;
  *content.mutable_answers() = submission.answers;
  for (const domain::Score& score :
       domain::ScoreAnswers(*target.pinned.revision, *target.pinned.variant, answers)) {
    *content.add_scores() = ToProto(score);
  }
  Prepared prepared = {.response = target.response};
  prepared.version = {.response_id = target.response.response_id,
                      .content_version = target.response.content_version + 1,
                      .language = language};
  MENDWORK_ASSIGN_OR_RETURN(
      prepared.version.content,
      SealMessage(runtime, ContentRecord(target.response, prepared.version.content_version), content));
  MENDWORK_ASSIGN_OR_RETURN(prepared.withheld,
                            SealWithheld(runtime, target.response, submission.withheld_items));
  MENDWORK_ASSIGN_OR_RETURN(prepared.flags,
                            PrepareFlags(runtime, ScreenSubmission(*target.pinned.variant, answers),
                                         target.response, *target.pinned.variant, submission.answers));
  prepared.support = BuildSupportBlock(target.practice);
  return prepared;
}

struct Stored {
  v1::Response response;
  v1::SupportBlock support;
};

absl::StatusOr<Stored> Store(const Call& call, store::WriteTransaction& transaction, Prepared prepared,
                             bool amending) {
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, ReadAgain(call, transaction, prepared.response));
  MENDWORK_RETURN_IF_ERROR(CheckOpen(row));
  MENDWORK_RETURN_IF_ERROR(CheckAvailable(call, transaction, row));
  MENDWORK_ASSIGN_OR_RETURN(auto self, RequireSelf(call, transaction, row.couple_id));
  if (!self.limits_time.has_value()) {
    return Precondition("LIMITS_NOT_ACKNOWLEDGED",
                        "Read the limits of confidentiality first and acknowledge them (AcknowledgeLimits).");
  }
  row.state = amending ? store::ResponseState::kAmended : store::ResponseState::kSubmitted;
  row.submit_time = row.submit_time.has_value() ? row.submit_time : transaction.now();
  row.content_version = prepared.version.content_version;
  row.version += 1;
  prepared.version.submit_time = transaction.now();
  MENDWORK_RETURN_IF_ERROR(store::UpdateResponse(transaction, row));
  MENDWORK_RETURN_IF_ERROR(store::InsertResponseVersion(transaction, prepared.version));
  MENDWORK_RETURN_IF_ERROR(store::PutWithheld(transaction, prepared.withheld));
  MENDWORK_RETURN_IF_ERROR(store::DeleteDraft(transaction, row.response_id));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction,
                                       {amending ? "AmendResponse" : "SubmitResponse", "response",
                                        row.response_id, prepared.version.content}));
  MENDWORK_RETURN_IF_ERROR(RaiseFlags(call, transaction, std::move(prepared.flags)));
  Stored stored;
  MENDWORK_ASSIGN_OR_RETURN(stored.response, PresentResponse(call, transaction, row));
  stored.support = std::move(prepared.support);
  return stored;
}

absl::Status RevokeReleases(const Call& call, store::WriteTransaction& transaction, int64_t response_id) {
  MENDWORK_ASSIGN_OR_RETURN(auto releases,
                            store::ListReleasesOfResponse(transaction, call.caller.practice_id, response_id));
  for (auto& release : releases) {
    MENDWORK_RETURN_IF_ERROR(RevokeRelease(call, transaction, std::move(release)));
  }
  return absl::OkStatus();
}

absl::StatusOr<Commit<v1::SaveDraftResponse>> PrepareDraft(const Call& call,
                                                           const v1::SaveDraftRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Target target, ReadTarget(call, request.name()));
  MENDWORK_RETURN_IF_ERROR(CheckOpen(target.response));
  const domain::Answers answers = ToDomain(request.answers());
  std::vector<base::Violation> violations = domain::ValidateAnswers(
      *target.pinned.revision, *target.pinned.variant, answers, call.caller.language, false);
  if (!violations.empty()) {
    return base::InvalidArgument(std::move(violations));
  }
  storage::v1::ResponseContent content;
  *content.mutable_answers() = request.answers();
  store::DraftRow draft = {.response_id = target.response.response_id,
                           .draft_revision = request.draft_revision() + 1};
  MENDWORK_ASSIGN_OR_RETURN(
      draft.draft, SealMessage(call.runtime, DraftRecord(target.response, draft.draft_revision), content));
  MENDWORK_ASSIGN_OR_RETURN(
      auto flags, PrepareFlags(call.runtime, ScreenDraft(*target.pinned.variant, answers), target.response,
                               *target.pinned.variant, request.answers()));
  return Commit<v1::SaveDraftResponse>(
      [call, draft = std::move(draft), flags = std::move(flags), prepared = target.response](
          store::WriteTransaction& transaction) mutable -> absl::StatusOr<v1::SaveDraftResponse> {
        MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, ReadAgain(call, transaction, prepared));
        MENDWORK_RETURN_IF_ERROR(CheckOpen(row));
        MENDWORK_RETURN_IF_ERROR(CheckAvailable(call, transaction, row));
        MENDWORK_ASSIGN_OR_RETURN(auto current, store::FindDraft(transaction, row.response_id));
        if ((current.has_value() ? current->draft_revision : 0) != draft.draft_revision - 1) {
          return base::Error(
              absl::StatusCode::kAborted, "DRAFT_REVISION_MISMATCH",
              "The draft was saved elsewhere since it was opened. Open it again before saving.");
        }
        MENDWORK_ASSIGN_OR_RETURN(auto self, RequireSelf(call, transaction, row.couple_id));
        if (!self.limits_time.has_value()) {
          return Precondition(
              "LIMITS_NOT_ACKNOWLEDGED",
              "Read the limits of confidentiality first and acknowledge them (AcknowledgeLimits).");
        }
        MENDWORK_RETURN_IF_ERROR(store::PutDraft(transaction, draft));
        MENDWORK_RETURN_IF_ERROR(
            AuditChange(call, transaction, {"SaveDraft", "response", row.response_id, draft.draft}));
        MENDWORK_RETURN_IF_ERROR(RaiseFlags(call, transaction, std::move(flags)));
        MENDWORK_ASSIGN_OR_RETURN(auto practice, RequirePractice(call, transaction));
        v1::SaveDraftResponse response;
        response.set_draft_revision(static_cast<int32_t>(draft.draft_revision));
        *response.mutable_support() = BuildSupportBlock(practice);
        return response;
      });
}

absl::StatusOr<Commit<v1::SubmitResponseResponse>> PrepareSubmit(const Call& call,
                                                                 const v1::SubmitResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Prepared prepared,
                            Prepare(call,
                                    {request.name(), request.answers(), request.withheld_items(),
                                     request.language(), request.etag()},
                                    false));
  return Commit<v1::SubmitResponseResponse>(
      [call, prepared = std::move(prepared)](
          store::WriteTransaction& transaction) mutable -> absl::StatusOr<v1::SubmitResponseResponse> {
        MENDWORK_ASSIGN_OR_RETURN(Stored stored, Store(call, transaction, std::move(prepared), false));
        v1::SubmitResponseResponse response;
        *response.mutable_response() = std::move(stored.response);
        *response.mutable_support() = std::move(stored.support);
        return response;
      });
}

absl::StatusOr<Commit<v1::AmendResponseResponse>> PrepareAmend(const Call& call,
                                                               const v1::AmendResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Prepared prepared,
                            Prepare(call,
                                    {request.name(), request.answers(), request.withheld_items(),
                                     request.language(), request.etag()},
                                    true));
  return Commit<v1::AmendResponseResponse>(
      [call, prepared = std::move(prepared)](
          store::WriteTransaction& transaction) mutable -> absl::StatusOr<v1::AmendResponseResponse> {
        MENDWORK_ASSIGN_OR_RETURN(Stored stored, Store(call, transaction, std::move(prepared), true));
        v1::AmendResponseResponse response;
        *response.mutable_response() = std::move(stored.response);
        *response.mutable_support() = std::move(stored.support);
        return response;
      });
}

}  // namespace

absl::StatusOr<Commit<v1::SaveDraftResponse>> SaveDraft(const Call& call,
                                                        const v1::SaveDraftRequest& request) {
  return PrepareOrRefuse<v1::SaveDraftResponse>([&] { return PrepareDraft(call, request); });
}

absl::StatusOr<Commit<v1::SubmitResponseResponse>> SubmitResponse(const Call& call,
                                                                  const v1::SubmitResponseRequest& request) {
  return PrepareOrRefuse<v1::SubmitResponseResponse>([&] { return PrepareSubmit(call, request); });
}

absl::StatusOr<Commit<v1::AmendResponseResponse>> AmendResponse(const Call& call,
                                                                const v1::AmendResponseRequest& request) {
  return PrepareOrRefuse<v1::AmendResponseResponse>([&] { return PrepareAmend(call, request); });
}

absl::StatusOr<v1::Response> WithdrawResponse(const Call& call, store::WriteTransaction& transaction,
                                              const v1::WithdrawResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, RequireResponse(call, transaction, ids));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kResponse, row.response_id, row.version, request.etag()));
  if (row.content_version == 0 || row.state == store::ResponseState::kWithdrawn) {
    return Precondition("NOT_SUBMITTED", "There is nothing to withdraw.");
  }
  row.state = store::ResponseState::kWithdrawn;
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateResponse(transaction, row));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"WithdrawResponse", "response", row.response_id, ""}));
  MENDWORK_RETURN_IF_ERROR(RevokeReleases(call, transaction, row.response_id));
  return PresentResponse(call, transaction, row);
}

absl::StatusOr<v1::Response> UpdateWithheldItems(const Call& call, store::WriteTransaction& transaction,
                                                 const v1::UpdateWithheldItemsRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, RequireResponse(call, transaction, ids));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kResponse, row.response_id, row.version, request.etag()));
  MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                            RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant));
  MENDWORK_RETURN_IF_ERROR(CheckWithheldNames(*pinned.variant, request.withheld_items()));
  MENDWORK_ASSIGN_OR_RETURN(auto withheld, SealWithheld(call.runtime, row, request.withheld_items()));
  MENDWORK_RETURN_IF_ERROR(store::PutWithheld(transaction, withheld));
  MENDWORK_RETURN_IF_ERROR(AuditChange(
      call, transaction, {"UpdateWithheldItems", "response", row.response_id, withheld.item_ids}));
  // What already left may hold an item that is withheld now: the therapist releases anew.
  MENDWORK_RETURN_IF_ERROR(RevokeReleases(call, transaction, row.response_id));
  return PresentResponse(call, transaction, row);
}

absl::StatusOr<v1::Response> ReviewResponse(const Call& call, store::WriteTransaction& transaction,
                                            const v1::ReviewResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, RequireResponse(call, transaction, ids));
  MENDWORK_RETURN_IF_ERROR(
      CheckEtag(call.runtime, Kind::kResponse, row.response_id, row.version, request.etag()));
  return RecordReview(call, transaction, std::move(row),
                      {request.outcome(), request.discussed(), request.note_to_author()});
}

absl::StatusOr<v1::Response> RecordReview(const Call& call, store::WriteTransaction& transaction,
                                          store::ResponseRow row, const Review& given) {
  if (row.state != store::ResponseState::kSubmitted && row.state != store::ResponseState::kAmended) {
    return Precondition("NOT_SUBMITTED", "Only a submitted response can be reviewed, and only once.");
  }
  storage::v1::SealedText note;
  note.set_text(given.note_to_author);
  store::ReviewRow review = {.response_id = row.response_id,
                             .practice_id = row.practice_id,
                             .staff_id = call.caller.person_id,
                             .outcome = given.outcome,
                             .discussed = given.discussed,
                             .create_time = transaction.now()};
  MENDWORK_ASSIGN_OR_RETURN(review.note, SealMessage(call.runtime, ReviewRecord(row), note));
  MENDWORK_RETURN_IF_ERROR(store::InsertReview(transaction, review));
  row.state = store::ResponseState::kReviewed;
  row.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateResponse(transaction, row));
  MENDWORK_ASSIGN_OR_RETURN(auto assignment,
                            store::FindAssignment(transaction, row.practice_id, row.assignment_id));
  if (assignment.has_value() && assignment->state == store::AssignmentState::kOpen) {
    assignment->state = store::AssignmentState::kReviewed;
    assignment->version += 1;
    MENDWORK_RETURN_IF_ERROR(store::UpdateAssignment(transaction, *assignment));
  }
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"ReviewResponse", "response", row.response_id, review.note}));
  return PresentResponse(call, transaction, row);
}

}  // namespace mendwork::app
