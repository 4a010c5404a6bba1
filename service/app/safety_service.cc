#include "service/app/safety_service.h"

#include <limits>
#include <string>
#include <utility>

#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/common.h"
#include "service/app/door.h"
#include "service/app/flags.h"
#include "service/app/support.h"
#include "service/base/status.h"
#include "service/store/safety_rows.h"

namespace mendwork::app {
namespace {

using policy::DataClass;
using policy::Viewer;

constexpr int64_t kChangesAtOnce = 200;
constexpr char kWatchList[] = "watch-flags";

bool Closed(const store::FlagRow& flag) {
  return flag.state == store::FlagState::kResolved || flag.state == store::FlagState::kMerged;
}

}  // namespace

v1::Flag PresentFlag(Runtime& runtime, const store::FlagRow& row) {
  v1::Flag flag;
  flag.set_name(FormatName(runtime.ids(), kFlagName, {row.practice_id, row.flag_id}));
  flag.set_couple(FormatName(runtime.ids(), kCoupleName, {row.practice_id, row.couple_id}));
  flag.set_partner(FormatName(runtime.ids(), kPartnerName, {row.practice_id, row.couple_id, row.person_id}));
  flag.set_severity(static_cast<v1::Flag::Severity>(row.severity));
  flag.set_category(row.category);
  flag.set_subject(row.subject);
  flag.set_state(static_cast<v1::Flag::State>(row.state));
  SetTime(row.create_time, flag.mutable_create_time());
  SetOptionalTime(row.acknowledge_due_time, &flag, &v1::Flag::mutable_acknowledge_due_time);
  SetOptionalTime(row.acknowledge_time, &flag, &v1::Flag::mutable_acknowledge_time);
  SetOptionalTime(row.resolve_time, &flag, &v1::Flag::mutable_resolve_time);
  flag.set_disposition(static_cast<v1::Disposition>(row.disposition));
  flag.set_etag(Etag(runtime, Kind::kFlag, row.flag_id, row.version));
  return flag;
}

namespace {

// Whether the caller answers for a flag, and as what: the treating therapist, or on call while it is open.
struct Standing {
  store::FlagRow flag;
  Viewer viewer = Viewer::kTherapist;
  policy::Facts facts = 0;
};

absl::StatusOr<absl::optional<Standing>> StandingFor(const Call& call, store::Transaction& transaction,
                                                     const store::FlagRow& flag) {
  Standing standing = {.flag = flag};
  standing.facts |= policy::When(!Closed(flag), policy::kFlagOpen);
  MENDWORK_ASSIGN_OR_RETURN(bool related,
                            store::HasCareRelation(transaction, call.caller.practice_id, flag.couple_id,
                                                   call.caller.person_id, transaction.now()));
  if (related && call.caller.Is(Role::kTherapist)) {
    standing.facts |= policy::kCurrentRelation;
    return absl::optional<Standing>(standing);
  }
  if (call.caller.Is(Role::kOnCall) && !Closed(flag)) {
    standing.viewer = Viewer::kOnCall;
    return absl::optional<Standing>(standing);
  }
  return absl::optional<Standing>();
}

absl::StatusOr<Standing> RequireFlag(const Call& call, store::Transaction& transaction,
                                     absl::string_view name) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "name", name, kFlagName));
  MENDWORK_RETURN_IF_ERROR(RequirePrivateRoom(call, transaction));
  MENDWORK_ASSIGN_OR_RETURN(auto flag, store::FindFlag(transaction, call.caller.practice_id, ids[1]));
  if (!flag.has_value()) {
    return base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto standing, StandingFor(call, transaction, *flag));
  if (!standing.has_value()) {
    return base::NotFound();
  }
  return *standing;
}

absl::Status CheckResolution(const store::FlagRow& flag, const Call& call,
                             const v1::ResolveFlagRequest& request) {
  const bool severe = flag.severity >= static_cast<int64_t>(domain::Severity::kHigh);
  const bool false_alarm = request.disposition() == v1::DISPOSITION_FALSE_ALARM;
  const bool needs_note =
      severe || false_alarm || request.disposition() == v1::DISPOSITION_NO_ACTION_WITH_REASONS;
  if (needs_note && request.note().empty()) {
    return base::InvalidArgument(
        {{"note", "REQUIRED",
          "must say what was found, decided and agreed, for this severity or disposition"}});
  }
  const bool critical = flag.severity == static_cast<int64_t>(domain::Severity::kCritical);
  if (critical && false_alarm && flag.acknowledger_id == call.caller.person_id) {
    return Precondition(
        "SECOND_PERSON_NEEDED",
        "A critical flag is closed as a false alarm by somebody other than who acknowledged it.");
  }
  return absl::OkStatus();
}

// A resume token is a page token of the list of changes: sealed, bound to the caller.
absl::StatusOr<Page> OpenWatch(const Call& call, const std::string& token) {
  return Page::Open(call, kWatchList, kPageSizeMax, token);
}

absl::StatusOr<FlagChanges> OpenFlagsNow(const Call& call, store::Transaction& transaction,
                                         const Page& page) {
  FlagChanges changes;
  MENDWORK_ASSIGN_OR_RETURN(int64_t last, store::LastFlagChange(transaction, call.caller.practice_id));
  changes.resume_token = page.Token(last);
  const store::FlagViewer viewer = {.practice_id = call.caller.practice_id,
                                    .staff_id = call.caller.person_id,
                                    .on_call = call.caller.Is(Role::kOnCall),
                                    .now = transaction.now()};
  store::PageRange range = {.after_id = std::numeric_limits<int64_t>::max(), .limit = kChangesAtOnce};
  for (;;) {
    MENDWORK_ASSIGN_OR_RETURN(auto flags, store::ListFlags(transaction, viewer, false, range));
    for (const auto& flag : flags) {
      v1::WatchFlagsResponse message;
      *message.mutable_flag() = PresentFlag(call.runtime, flag);
      changes.messages.push_back(std::move(message));
      range.after_id = flag.flag_id;
    }
    if (flags.size() < static_cast<size_t>(range.limit)) {
      break;
    }
  }
  // Only the last message carries the token: a client that breaks off before it starts again from what is
  // open.
  v1::WatchFlagsResponse caught_up;
  caught_up.set_resume_token(changes.resume_token);
  changes.messages.push_back(std::move(caught_up));
  return changes;
}

}  // namespace

absl::StatusOr<v1::ListFlagsResponse> ListFlags(const Call& call, store::Transaction& transaction,
                                                const v1::ListFlagsRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_RETURN_IF_ERROR(RequirePrivateRoom(call, transaction));
  MENDWORK_ASSIGN_OR_RETURN(Page page, Page::Open(call, request.include_closed() ? "flags/all" : "flags/open",
                                                  request.page_size(), request.page_token(), true));
  const store::FlagViewer viewer = {.practice_id = call.caller.practice_id,
                                    .staff_id = call.caller.person_id,
                                    .on_call = call.caller.Is(Role::kOnCall),
                                    .now = transaction.now()};
  MENDWORK_ASSIGN_OR_RETURN(auto rows,
                            store::ListFlags(transaction, viewer, request.include_closed(), page.range()));
  v1::ListFlagsResponse response;
  response.set_next_page_token(
      page.Close<store::FlagRow>(&rows, [](const auto& row) { return row.flag_id; }));
  for (const auto& row : rows) {
    *response.add_flags() = PresentFlag(call.runtime, row);
  }
  return response;
}

absl::StatusOr<v1::Flag> GetFlag(const Call& call, store::Transaction& transaction,
                                 const v1::GetFlagRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Standing standing, RequireFlag(call, transaction, request.name()));
  return PresentFlag(call.runtime, standing.flag);
}

absl::StatusOr<v1::AccessFlagResponse> AccessFlag(const Call& call, store::WriteTransaction& transaction,
                                                  const v1::AccessFlagRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Standing standing, RequireFlag(call, transaction, request.name()));
  const store::FlagRow& flag = standing.flag;
  MENDWORK_ASSIGN_OR_RETURN(auto partner, RequirePartner(call, transaction, flag.couple_id, flag.person_id));
  MENDWORK_ASSIGN_OR_RETURN(auto person, store::FindPerson(transaction, flag.practice_id, flag.person_id));
  const Look look = {.viewer = standing.viewer,
                     .practice_id = call.caller.practice_id,
                     .viewer_id = call.caller.person_id,
                     .action = "AccessFlag"};
  const policy::Facts facts =
      standing.facts | policy::When(partner.limits_time.has_value(), policy::kLimitsAcknowledged);
  v1::AccessFlagResponse response;
  *response.mutable_flag() = PresentFlag(call.runtime, flag);
  MENDWORK_ASSIGN_OR_RETURN(
      std::string plaintext,
      OpenRecord(transaction, look, DataClass::kFlagEvidence, facts,
                 FlagEvidenceRecord(flag.practice_id, flag.person_id, flag.flag_id), flag.evidence));
  storage::v1::FlagEvidence evidence;
  evidence.ParseFromString(plaintext);
  for (const auto& piece : evidence.pieces()) {
    auto* shown = response.add_evidence();
    shown->set_rule_id(piece.rule_id());
    shown->set_question(piece.question());
    shown->set_answer(piece.answer());
  }
  MENDWORK_ASSIGN_OR_RETURN(plaintext, OpenRecord(transaction, look, DataClass::kPartnerIdentity, facts,
                                                  PersonIdentityRecord(person->practice_id, person->person_id,
                                                                       person->identity_version),
                                                  person->identity));
  storage::v1::Identity identity;
  identity.ParseFromString(plaintext);
  response.set_partner_display_name(identity.display_name());
  response.set_partner_location(identity.location());
  if (!flag.note.empty()) {
    MENDWORK_ASSIGN_OR_RETURN(
        plaintext, OpenRecord(transaction, look, DataClass::kFlagNote, facts,
                              FlagNoteRecord(flag.practice_id, flag.person_id, flag.flag_id), flag.note));
    storage::v1::SealedText note;
    note.ParseFromString(plaintext);
    response.set_resolution_note(note.text());
  }
  return response;
}

absl::StatusOr<v1::Flag> AcknowledgeFlag(const Call& call, store::WriteTransaction& transaction,
                                         const v1::AcknowledgeFlagRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Standing standing, RequireFlag(call, transaction, request.name()));
  store::FlagRow& flag = standing.flag;
  MENDWORK_RETURN_IF_ERROR(CheckEtag(call.runtime, Kind::kFlag, flag.flag_id, flag.version, request.etag()));
  if (Closed(flag)) {
    return Precondition("FLAG_CLOSED", "The flag is closed.");
  }
  flag.state = store::FlagState::kAcknowledged;
  flag.acknowledge_time = transaction.now();
  flag.acknowledger_id = call.caller.person_id;
  flag.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateFlag(transaction, flag));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"AcknowledgeFlag", "flag", flag.flag_id, ""}));
  MENDWORK_RETURN_IF_ERROR(RecordFlagChange(call, transaction, flag));
  return PresentFlag(call.runtime, flag);
}

absl::StatusOr<v1::Flag> ResolveFlag(const Call& call, store::WriteTransaction& transaction,
                                     const v1::ResolveFlagRequest& request) {
  MENDWORK_ASSIGN_OR_RETURN(Standing standing, RequireFlag(call, transaction, request.name()));
  store::FlagRow& flag = standing.flag;
  MENDWORK_RETURN_IF_ERROR(CheckEtag(call.runtime, Kind::kFlag, flag.flag_id, flag.version, request.etag()));
  if (Closed(flag)) {
    return Precondition("FLAG_CLOSED", "The flag is closed.");
  }
  if (!flag.acknowledge_time.has_value()) {
    return Precondition("NOT_ACKNOWLEDGED", "Acknowledge the flag first: somebody must have seen it.");
  }
  MENDWORK_RETURN_IF_ERROR(CheckResolution(flag, call, request));
  storage::v1::SealedText note;
  note.set_text(request.note());
  MENDWORK_ASSIGN_OR_RETURN(
      flag.note,
      SealMessage(call.runtime, FlagNoteRecord(flag.practice_id, flag.person_id, flag.flag_id), note));
  flag.state = store::FlagState::kResolved;
  flag.resolve_time = transaction.now();
  flag.resolver_id = call.caller.person_id;
  flag.disposition = request.disposition();
  flag.version += 1;
  MENDWORK_RETURN_IF_ERROR(store::UpdateFlag(transaction, flag));
  MENDWORK_RETURN_IF_ERROR(AuditChange(call, transaction, {"ResolveFlag", "flag", flag.flag_id, flag.note}));
  MENDWORK_RETURN_IF_ERROR(RecordFlagChange(call, transaction, flag));
  return PresentFlag(call.runtime, flag);
}

absl::StatusOr<v1::SupportBlock> GetSupport(const Call& call, store::Transaction& transaction,
                                            const v1::GetSupportRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_ASSIGN_OR_RETURN(auto practice, RequirePractice(call, transaction));
  return BuildSupportBlock(practice);
}

absl::StatusOr<FlagChanges> ListFlagChanges(const Call& call, store::Transaction& transaction,
                                            const v1::WatchFlagsRequest& request) {
  MENDWORK_RETURN_IF_ERROR(ParseName(call, "parent", request.parent(), kPracticeName).status());
  MENDWORK_RETURN_IF_ERROR(RequirePrivateRoom(call, transaction));
  MENDWORK_ASSIGN_OR_RETURN(Page page, OpenWatch(call, request.resume_token()));
  if (request.resume_token().empty()) {
    return OpenFlagsNow(call, transaction, page);
  }
  FlagChanges changes = {.messages = {}, .resume_token = request.resume_token()};
  store::PageRange range = {.after_id = page.range().after_id, .limit = kChangesAtOnce};
  for (;;) {
    MENDWORK_ASSIGN_OR_RETURN(auto rows, store::ListFlagChanges(transaction, call.caller.practice_id, range));
    for (const auto& row : rows) {
      range.after_id = row.change_id;
      MENDWORK_ASSIGN_OR_RETURN(auto flag, store::FindFlag(transaction, row.practice_id, row.flag_id));
      if (!flag.has_value()) {
        continue;
      }
      // On call, the closing of a flag is still told: it ends what the person was watching.
      MENDWORK_ASSIGN_OR_RETURN(auto standing, StandingFor(call, transaction, *flag));
      if (!standing.has_value() && !(call.caller.Is(Role::kOnCall) && Closed(*flag))) {
        continue;
      }
      v1::WatchFlagsResponse message;
      *message.mutable_flag() = PresentFlag(call.runtime, *flag);
      changes.resume_token = page.Token(row.change_id);
      message.set_resume_token(changes.resume_token);
      changes.messages.push_back(std::move(message));
    }
    if (!changes.messages.empty() || rows.size() < static_cast<size_t>(range.limit)) {
      return changes;
    }
  }
}

}  // namespace mendwork::app
