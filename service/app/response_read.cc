// Metadata, and the doors to what was answered.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/forms.h"
#include "service/app/response_common.h"
#include "service/app/response_service.h"
#include "service/app/support.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

using policy::DataClass;
using policy::Viewer;

Look LookAs(const Call& call, Viewer viewer, const char* action) {
  return {.viewer = viewer,
          .practice_id = call.caller.practice_id,
          .viewer_id = call.caller.person_id,
          .action = action};
}

ResponseFacts AuthorFacts() {
  return {.whole = policy::kSamePractice,
          .consents = {},
          .audience = domain::Audience::kTherapist,
          .scores = false};
}

// What holds for another partner: the consents to them that are in force now, over the whole couple.
absl::StatusOr<ResponseFacts> OtherPartnerFacts(const Call& call, store::Transaction& transaction,
                                                int64_t couple_id, int64_t person_id) {
  ResponseFacts facts = {.whole = policy::kSamePractice,
                         .consents = {},
                         .audience = domain::Audience::kPartner,
                         .scores = false};
  MENDWORK_ASSIGN_OR_RETURN(facts.consents, store::ListConsentsToAudience(
                                                transaction, call.caller.practice_id, couple_id,
                                                store::AudienceKind::kPartner, person_id, transaction.now()));
  return facts;
}

absl::StatusOr<std::vector<std::string>> OwnWithheld(const Call& call, store::WriteTransaction& transaction,
                                                     const store::ResponseRow& row) {
  std::vector<std::string> item_ids;
  MENDWORK_ASSIGN_OR_RETURN(auto withheld, store::FindWithheld(transaction, row.response_id));
  if (!withheld.has_value()) {
    return item_ids;
  }
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, LookAs(call, Viewer::kAuthor, "AccessResponse"), DataClass::kWithheldChoice, 0,
                 WithheldRecord(row, withheld->item_ids_version), withheld->item_ids));
  storage::v1::WithheldItems items;
  items.ParseFromString(plaintext);
  item_ids.assign(items.item_ids().begin(), items.item_ids().end());
  return item_ids;
}

v1::SharedResponse PresentShared(const Call& call, const store::ResponseRow& row, const Pinned& pinned) {
  v1::SharedResponse shared;
  shared.set_name(
      FormatName(call.runtime.ids(), kSharedResponseName, {row.practice_id, row.couple_id, row.response_id}));
  shared.set_title(domain::TextIn(pinned.revision->title, call.caller.language));
  return shared;
}

// The items of a response that were answered and that the caller sees, through the door; nothing when there
// are none.
absl::StatusOr<OpenedResponse> OpenShared(const Call& call, store::WriteTransaction& transaction,
                                          const ResponseFacts& facts, const store::ResponseRow& row,
                                          const Pinned& pinned, const char* action) {
  if (row.person_id == call.caller.person_id || row.content_version == 0) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(OpenedResponse opened,
                            OpenResponse(transaction, LookAs(call, Viewer::kOtherPartner, action), facts, row,
                                         row.content_version, *pinned.revision, *pinned.variant));
  if (opened.answers.empty()) {
    return base::NotFound();
  }
  return opened;
}

// What may lie open while several partners are in the room: what the author shared with every other partner.
// No score, and nothing else: a response of which nothing is shared reads like none.
absl::StatusOr<v1::AccessResponseResponse> AccessTogether(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const store::ResponseRow& row,
                                                          const Pinned& pinned) {
  MENDWORK_ASSIGN_OR_RETURN(auto partners, store::ListPartners(transaction, row.practice_id, row.couple_id,
                                                               {.limit = kPageSizeMax}));
  std::vector<int64_t> others;
  for (const auto& partner : partners) {
    if (partner.person_id != row.person_id) {
      others.push_back(partner.person_id);
    }
  }
  MENDWORK_ASSIGN_OR_RETURN(
      auto shared, ItemsSharedWith(call, transaction, others, row, *pinned.variant, "AccessResponse"));
  if (shared.empty() || row.content_version == 0) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(ResponseFacts facts, TherapistFacts(call, transaction, row));
  MENDWORK_ASSIGN_OR_RETURN(OpenedResponse opened,
                            OpenResponse(transaction, LookAs(call, Viewer::kTherapist, "AccessResponse"),
                                         facts, row, row.content_version, *pinned.revision, *pinned.variant));
  v1::AccessResponseResponse response;
  for (v1::Answer& answer : opened.answers) {
    if (shared.count(answer.item_id()) > 0) {
      *response.add_answers() = std::move(answer);
    }
  }
  if (response.answers().empty()) {
    return base::NotFound();
  }
  response.mutable_response()->set_name(
      FormatName(call.runtime.ids(), kResponseName,
                 {row.practice_id, row.couple_id, row.assignment_id, row.response_id}));
  return response;
}

}  // namespace

absl::StatusOr<std::set<std::string>> ItemsSharedWith(const Call& call, store::WriteTransaction& transaction,
                                                      const std::vector<int64_t>& person_ids,
                                                      const store::ResponseRow& row,
                                                      const domain::Variant& variant, const char* action) {
  std::set<std::string> shared;
  for (const domain::Item& item : variant.items) {
    shared.insert(item.id);
  }
  for (int64_t person_id : person_ids) {
    MENDWORK_ASSIGN_OR_RETURN(ResponseFacts facts,
                              OtherPartnerFacts(call, transaction, row.couple_id, person_id));
    const Look look = {.viewer = Viewer::kOtherPartner,
                       .practice_id = call.caller.practice_id,
                       .viewer_id = person_id,
                       .action = action};
    MENDWORK_ASSIGN_OR_RETURN(auto visible, VisibleToViewer(transaction, look, facts, row, variant));
    std::set<std::string> both;
    std::set_intersection(shared.begin(), shared.end(), visible.begin(), visible.end(),
                          std::inserter(both, both.begin()));
    shared = std::move(both);
  }
  return person_ids.empty() ? std::set<std::string>() : shared;
}

absl::StatusOr<v1::Response> PresentResponse(const Call& call, store::Transaction& transaction,
                                             const store::ResponseRow& row) {
  v1::Response response;
  response.set_name(FormatName(call.runtime.ids(), kResponseName,
                               {row.practice_id, row.couple_id, row.assignment_id, row.response_id}));
  response.set_partner(
      FormatName(call.runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, row.person_id}));
  response.set_state(static_cast<v1::Response::State>(row.state));
  SetOptionalTime(row.submit_time, &response, &v1::Response::mutable_submit_time);
  response.set_version(static_cast<int32_t>(row.content_version));
  if (row.person_id == call.caller.person_id) {
    MENDWORK_ASSIGN_OR_RETURN(auto draft, store::FindDraft(transaction, row.response_id));
    response.set_draft_revision(draft.has_value() ? static_cast<int32_t>(draft->draft_revision) : 0);
  }
  response.set_etag(Etag(call.runtime, Kind::kResponse, row.response_id, row.version));
  return response;
}

absl::StatusOr<ResponseFacts> TherapistFacts(const Call& call, store::Transaction& transaction,
                                             const store::ResponseRow& row) {
  ResponseFacts facts = {.whole = policy::kSamePractice,
                         .consents = {},
                         .audience = domain::Audience::kTherapist,
                         .scores = true};
  MENDWORK_ASSIGN_OR_RETURN(bool related,
                            store::HasCareRelation(transaction, call.caller.practice_id, row.couple_id,
                                                   call.caller.person_id, transaction.now()));
  facts.whole |= policy::When(related, policy::kCurrentRelation);
  MENDWORK_ASSIGN_OR_RETURN(
      facts.consents, store::ListConsentsInForce(transaction, row.practice_id, row.person_id,
                                                 store::AudienceKind::kTherapist, 0, transaction.now()));
  return facts;
}

absl::StatusOr<v1::Response> GetResponse(const Call& call, store::Transaction& transaction,
                                         const v1::GetResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, RequireResponse(call, transaction, ids));
  return PresentResponse(call, transaction, row);
}

absl::StatusOr<v1::ListResponsesResponse> ListResponses(const Call& call, store::Transaction& transaction,
                                                        const v1::ListResponsesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("responses/", request.parent()),
                                                  request.page_size(), request.page_token()));
  std::vector<store::ResponseRow> rows;
  if (call.caller.is_partner()) {
    MENDWORK_ASSIGN_OR_RETURN(rows, store::ListResponsesOfPerson(transaction, call.caller.practice_id,
                                                                 call.caller.person_id, page.range()));
  } else {
    MENDWORK_ASSIGN_OR_RETURN(
        rows, store::ListResponses(transaction, call.caller.practice_id, ids[1], page.range()));
  }
  v1::ListResponsesResponse response;
  response.set_next_page_token(
      page.Close<store::ResponseRow>(&rows, [](const auto& row) { return row.response_id; }));
  for (const auto& row : rows) {
    MENDWORK_ASSIGN_OR_RETURN(*response.add_responses(), PresentResponse(call, transaction, row));
  }
  return response;
}

absl::StatusOr<v1::AccessDraftResponse> AccessDraft(const Call& call, store::WriteTransaction& transaction,
                                                    const v1::AccessDraftRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, RequireResponse(call, transaction, ids));
  MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                            RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant));
  MENDWORK_ASSIGN_OR_RETURN(auto practice, RequirePractice(call, transaction));
  v1::AccessDraftResponse response;
  *response.mutable_support() = BuildSupportBlock(practice);
  MENDWORK_ASSIGN_OR_RETURN(auto draft, store::FindDraft(transaction, row.response_id));
  if (!draft.has_value()) {
    return response;
  }
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, LookAs(call, Viewer::kAuthor, "AccessDraft"), DataClass::kDraft, 0,
                 DraftRecord(row, draft->draft_revision), draft->draft));
  storage::v1::ResponseContent content;
  content.ParseFromString(plaintext);
  for (v1::Answer& answer : *content.mutable_answers()) {
    const domain::Item* item = pinned.variant->FindItem(answer.item_id());
    if (item != nullptr && !domain::IsSafetyItem(*item)) {  // safety answers are write-only
      *response.add_answers() = std::move(answer);
    }
  }
  response.set_draft_revision(static_cast<int32_t>(draft->draft_revision));
  return response;
}

absl::StatusOr<v1::AccessResponseResponse> AccessResponse(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::AccessResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row,
                            RequireResponse(call, transaction, ids, Panel::kTogether));
  MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                            RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant));
  const bool author = call.caller.is_partner();
  MENDWORK_ASSIGN_OR_RETURN(bool together, IsTogether(call, transaction, row.couple_id));
  if (together) {
    return AccessTogether(call, transaction, row, pinned);
  }
  ResponseFacts facts = AuthorFacts();
  if (!author) {
    MENDWORK_ASSIGN_OR_RETURN(facts, TherapistFacts(call, transaction, row));
  }
  if (row.content_version == 0) {
    return base::NotFound();
  }
  const Look look = LookAs(call, author ? Viewer::kAuthor : Viewer::kTherapist, "AccessResponse");
  MENDWORK_ASSIGN_OR_RETURN(
      OpenedResponse opened,
      OpenResponse(transaction, look, facts, row, row.content_version, *pinned.revision, *pinned.variant));
  v1::AccessResponseResponse response;
  MENDWORK_ASSIGN_OR_RETURN(*response.mutable_response(), PresentResponse(call, transaction, row));
  for (v1::Answer& answer : opened.answers) {
    *response.add_answers() = std::move(answer);
  }
  for (v1::Score& score : opened.scores) {
    *response.add_scores() = std::move(score);
  }
  if (author) {
    MENDWORK_ASSIGN_OR_RETURN(auto withheld, OwnWithheld(call, transaction, row));
    for (std::string& item_id : withheld) {
      response.add_withheld_items(std::move(item_id));
    }
  }
  return response;
}

absl::StatusOr<v1::ListSharedResponsesResponse> ListSharedResponses(
    const Call& call, store::WriteTransaction& transaction, const v1::ListSharedResponsesRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", request.parent(), kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, absl::StrCat("shared/", request.parent()),
                                                  request.page_size(), request.page_token()));
  MENDWORK_ASSIGN_OR_RETURN(ResponseFacts facts,
                            OtherPartnerFacts(call, transaction, ids[1], call.caller.person_id));
  // Only the responses of those who share anything are looked at, and only what is shared becomes a row:
  // neither the number of pages nor their length depends on anything else.
  v1::ListSharedResponsesResponse response;
  store::PageRange range = {.after_id = page.range().after_id, .limit = kPageSizeMax};
  int64_t last_shown = 0;
  while (!facts.consents.empty()) {
    MENDWORK_ASSIGN_OR_RETURN(auto rows,
                              store::ListResponses(transaction, call.caller.practice_id, ids[1], range));
    for (const auto& row : rows) {
      range.after_id = row.response_id;
      const auto pinned = RequirePinned(call.runtime, row.exercise_key, row.revision, row.variant);
      if (!pinned.ok()) {
        return pinned.status();
      }
      const auto opened = OpenShared(call, transaction, facts, row, *pinned, "ListSharedResponses");
      if (absl::IsNotFound(opened.status())) {
        continue;
      }
      MENDWORK_RETURN_IF_ERROR(opened.status());
      if (response.shared_responses_size() == page.size()) {
        response.set_next_page_token(page.Token(last_shown));
        return response;
      }
      *response.add_shared_responses() = PresentShared(call, row, *pinned);
      last_shown = row.response_id;
    }
    if (rows.size() < static_cast<size_t>(range.limit)) {
      break;
    }
  }
  return response;
}

absl::StatusOr<v1::AccessSharedResponseResponse> AccessSharedResponse(
    const Call& call, store::WriteTransaction& transaction, const v1::AccessSharedResponseRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kSharedResponseName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1]).status());
  MENDWORK_ASSIGN_OR_RETURN(auto row, store::FindResponse(transaction, call.caller.practice_id, ids[2]));
  if (!row.has_value() || row->couple_id != ids[1]) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(Pinned pinned,
                            RequirePinned(call.runtime, row->exercise_key, row->revision, row->variant));
  MENDWORK_ASSIGN_OR_RETURN(ResponseFacts facts,
                            OtherPartnerFacts(call, transaction, ids[1], call.caller.person_id));
  MENDWORK_ASSIGN_OR_RETURN(OpenedResponse opened,
                            OpenShared(call, transaction, facts, *row, pinned, "AccessSharedResponse"));
  v1::AccessSharedResponseResponse response;
  *response.mutable_shared_response() = PresentShared(call, *row, pinned);
  for (v1::Answer& answer : opened.answers) {
    const domain::Item* item = pinned.variant->FindItem(answer.item_id());
    auto* shown = response.add_answers();
    shown->set_question(domain::TextIn(item->text, call.caller.language));
    for (std::string& label : ChosenLabels(*item, answer, call.caller.language)) {
      shown->add_option_labels(std::move(label));
    }
    *shown->mutable_answer() = std::move(answer);
  }
  return response;
}

absl::StatusOr<v1::AccessReviewResponse> AccessReview(const Call& call, store::WriteTransaction& transaction,
                                                      const v1::AccessReviewRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", request.name(), kResponseName));
  MENDWORK_ASSIGN_OR_RETURN(store::ResponseRow row, RequireResponse(call, transaction, ids));
  MENDWORK_ASSIGN_OR_RETURN(auto review, store::FindReview(transaction, row.response_id));
  if (!review.has_value()) {
    return base::NotFound();
  }
  const bool author = call.caller.is_partner();
  const Look look = LookAs(call, author ? Viewer::kAuthor : Viewer::kTherapist, "AccessReview");
  MENDWORK_ASSIGN_OR_RETURN(std::string plaintext,
                            OpenRecord(transaction, look, DataClass::kReviewNote, policy::kCurrentRelation,
                                       ReviewRecord(row), review->note));
  storage::v1::SealedText note;
  note.ParseFromString(plaintext);
  v1::AccessReviewResponse response;
  if (!author) {
    response.set_outcome(static_cast<v1::ReviewOutcome>(review->outcome));
  }
  response.set_note_to_author(note.text());
  response.set_audience("the person who wrote the answers, and the therapists who treat the couple");
  SetTime(review->create_time, response.mutable_review_time());
  return response;
}

}  // namespace mendwork::app
