// The one door (confidentiality B1): every plaintext leaves the store through here. Each function decides
// from facts read in the caller's transaction, opens with the grant in hand, and appends the audit leaf,
// which is committed before the bytes leave. Denied reads like absent: NOT_FOUND.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/call.h"
#include "service/domain/exercise.h"
#include "service/policy/decision_point.h"
#include "service/store/consent_rows.h"
#include "service/store/homework_rows.h"

namespace mendwork::app {

// Who looks, at whose data, as what, in which method.
struct Look {
  policy::Viewer viewer = policy::Viewer::kAuthor;
  int64_t practice_id = 0;
  int64_t viewer_id = 0;    // a person, or a plugin for Viewer::kPlugin
  const char* action = "";  // the method
};

// Opens one sealed record. The identity names the subject; `facts` are what the use case read.
absl::StatusOr<std::string> OpenRecord(store::WriteTransaction& transaction, const Look& look,
                                       policy::DataClass data_class, policy::Facts facts,
                                       const store::RecordIdentity& identity, absl::string_view sealed);

// The identities of sealed records: one function per column, so that writer and reader agree.
store::RecordIdentity PersonIdentityRecord(int64_t practice_id, int64_t person_id, int64_t version);
store::RecordIdentity ContentRecord(const store::ResponseRow& response, int64_t content_version);
store::RecordIdentity DraftRecord(const store::ResponseRow& response, int64_t draft_revision);
store::RecordIdentity WithheldRecord(const store::ResponseRow& response, int64_t version);
store::RecordIdentity ReviewRecord(const store::ResponseRow& response);
store::RecordIdentity FlagEvidenceRecord(int64_t practice_id, int64_t person_id, int64_t flag_id);
store::RecordIdentity FlagNoteRecord(int64_t practice_id, int64_t person_id, int64_t flag_id);
store::RecordIdentity RecordLinkRecord(int64_t practice_id, int64_t person_id, int64_t version);
store::RecordIdentity ExternalReferencesRecord(const store::ReleaseRow& release, int64_t version);
store::RecordIdentity ConfigurationRecord(int64_t practice_id, int64_t plugin_id, int64_t version);
store::RecordIdentity OutcomeRecord(int64_t practice_id, int64_t person_id, int64_t record_id);

// Seals and serializes at once.
absl::StatusOr<std::string> SealMessage(Runtime& runtime, const store::RecordIdentity& identity,
                                        const google::protobuf::MessageLite& message);

// The facts that consents of the author in force now give for one item of one response.
policy::Facts ConsentFacts(const std::vector<store::ConsentRow>& in_force, const store::ResponseRow& response,
                           absl::string_view item_id);

// What a viewer may see of a submitted response: answers filtered to the decision, scores only when every
// item of their measure is visible and the measure allows it.
struct OpenedResponse {
  std::vector<v1::Answer> answers;
  std::vector<v1::Score> scores;
  std::string language;
  absl::Time submit_time;
};
struct ResponseFacts {
  policy::Facts whole = 0;                                   // what holds for the response as a whole
  std::vector<store::ConsentRow> consents;                   // to this very viewer, in force now
  domain::Audience audience = domain::Audience::kTherapist;  // the audience this viewer belongs to
  bool scores = false;                                       // may see scores at all
};
// NOT_FOUND when no version was submitted, or when the decision leaves not one item of the form to the viewer
// (so that "nothing visible" and "nothing there" look the same).
absl::StatusOr<OpenedResponse> OpenResponse(store::WriteTransaction& transaction, const Look& look,
                                            const ResponseFacts& facts, const store::ResponseRow& response,
                                            int64_t content_version, const domain::ExerciseRevision& revision,
                                            const domain::Variant& variant);

// The items of the form that the viewer could see if they were answered: for lists, and to tell whether there
// is anything. Opens the author's withheld choice as the server.
absl::StatusOr<std::set<std::string>> VisibleToViewer(store::WriteTransaction& transaction, const Look& look,
                                                      const ResponseFacts& facts,
                                                      const store::ResponseRow& response,
                                                      const domain::Variant& variant);

}  // namespace mendwork::app
