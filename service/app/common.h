// What many use cases share: etags, pages, times, and the checks that a named resource exists for the caller.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/app/call.h"
#include "service/app/names.h"
#include "service/domain/exercise.h"
#include "service/store/care_rows.h"
#include "service/store/homework_rows.h"
#include "service/store/people_rows.h"

namespace mendwork::app {

void SetTime(absl::Time time, google::protobuf::Timestamp* proto);
absl::Time GetTime(const google::protobuf::Timestamp& proto);
template <class Message>
void SetOptionalTime(absl::optional<absl::Time> time, Message* message,
                     google::protobuf::Timestamp* (Message::*mutable_field)()) {
  if (time.has_value()) {
    SetTime(*time, (message->*mutable_field)());
  }
}

// Opaque, and different for every kind, id and version.
std::string Etag(Runtime& runtime, Kind kind, int64_t id, int64_t version);
// ABORTED, reason ETAG_MISMATCH, unless `etag` is that of the version.
absl::Status CheckEtag(Runtime& runtime, Kind kind, int64_t id, int64_t version, absl::string_view etag);

// INVALID_ARGUMENT unless every path is one of `allowed` and there is at least one.
absl::Status CheckMask(const google::protobuf::FieldMask& mask,
                       const std::vector<absl::string_view>& allowed);
bool MaskHas(const google::protobuf::FieldMask& mask, absl::string_view path);

constexpr int kPageSizeDefault = 50;
constexpr int kPageSizeMax = 200;

// A page of a list: tokens are sealed and bound to the caller, the list and its filter, so they tell nothing
// and work for nobody else. `range.limit` is one more than the page, to see whether another one follows.
class Page {
 public:
  // `list` names the list and its filter. For lists that run newest first, ids fall.
  static absl::StatusOr<Page> Open(const Call& call, absl::string_view list, int page_size,
                                   absl::string_view page_token, bool newest_first = false);

  store::PageRange range() const { return {.after_id = after_id_, .limit = size_ + 1}; }
  // Cuts the row that only shows that more follows, and returns the token of the next page or an empty text.
  template <class Row>
  std::string Close(std::vector<Row>* rows, int64_t (*id_of)(const Row&)) const {
    if (static_cast<int64_t>(rows->size()) <= size_) {
      return "";
    }
    rows->resize(static_cast<size_t>(size_));
    return Token(id_of(rows->back()));
  }
  std::string Token(int64_t last_id) const;
  int64_t size() const { return size_; }

 private:
  Page(Runtime& runtime, int64_t person_id, std::string filter_hash, int64_t after_id, int64_t size)
      : runtime_(&runtime),
        person_id_(person_id),
        filter_hash_(std::move(filter_hash)),
        after_id_(after_id),
        size_(size) {}

  Runtime* runtime_;
  int64_t person_id_;
  std::string filter_hash_;
  int64_t after_id_;
  int64_t size_;
};

// A session that nobody closed counts as over after this time.
constexpr absl::Duration kSessionLengthMax = absl::Hours(4);

// What a method puts on a clinician's screen: what may be seen with several partners in the room, or more.
enum class Panel { kPrivate, kTogether };

// The couple, for staff with a current relation and for its own partners. Otherwise NOT_FOUND. A clinician
// who is in a room with several partners of this couple meets FAILED_PRECONDITION, reason STEP_UP_REQUIRED,
// at every private panel until they step up (clinical rulings 2.14).
absl::StatusOr<store::CoupleRow> RequireCouple(const Call& call, store::Transaction& transaction,
                                               int64_t couple_id, Panel panel = Panel::kPrivate);

// Refuses like RequireCouple when the clinician is in a room with several partners of any couple: for panels
// over all couples, such as the flags.
absl::Status RequirePrivateRoom(const Call& call, store::Transaction& transaction);
// Is the caller a clinician who is with several partners of the couple, and has not stepped up?
absl::StatusOr<bool> IsTogether(const Call& call, store::Transaction& transaction, int64_t couple_id);

// The ids in the name of a couple, for which RequireCouple holds.
absl::StatusOr<Ids> RequireCoupleNamed(const Call& call, store::Transaction& transaction,
                                       absl::string_view parent, Panel panel = Panel::kPrivate);

// The ids of named partners of one couple. NOT_FOUND for anybody else; INVALID_ARGUMENT names `field` when
// one is named twice.
absl::StatusOr<std::vector<int64_t>> RequirePartners(
    const Call& call, store::Transaction& transaction, int64_t couple_id, absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& names);

// A partner of that couple. Otherwise NOT_FOUND. Does not look at the caller.
absl::StatusOr<store::PartnerRow> RequirePartner(const Call& call, store::Transaction& transaction,
                                                 int64_t couple_id, int64_t person_id);

// The calling partner's own row.
absl::StatusOr<store::PartnerRow> RequireSelf(const Call& call, store::Transaction& transaction,
                                              int64_t couple_id);

absl::StatusOr<store::PracticeRow> RequirePractice(const Call& call, store::Transaction& transaction);

// A response named by its path: a partner reaches only their own, staff those of couples they have a relation
// to.
absl::StatusOr<store::ResponseRow> RequireResponse(const Call& call, store::Transaction& transaction,
                                                   const Ids& ids, Panel panel = Panel::kPrivate);

// The pinned revision and variant. INTERNAL when the catalogue lost them: a file that was removed.
struct Pinned {
  const domain::ExerciseRevision* revision = nullptr;
  const domain::Variant* variant = nullptr;
};
absl::StatusOr<Pinned> RequirePinned(Runtime& runtime, absl::string_view exercise_key, int64_t revision,
                                     absl::string_view variant);

// Appends the audit leaf of a change.
struct Change {
  const char* action;
  const char* object_kind;
  int64_t object_id = 0;
  std::string sealed;  // what was written, if sealed: its hash goes into the leaf
};
absl::Status AuditChange(const Call& call, store::WriteTransaction& transaction, const Change& change);

// "staff", "partner" or "server": the kind of an actor in the audit log.
const char* ActorKind(const Caller& caller);

absl::Status Precondition(absl::string_view reason, absl::string_view message);

}  // namespace mendwork::app
