#include "service/app/common.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/base/crypto.h"
#include "service/base/encoding.h"
#include "service/base/status.h"
#include "service/store/encounter_rows.h"

namespace mendwork::app {

void SetTime(absl::Time time, google::protobuf::Timestamp* proto) {
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / 1'000'000;
  int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  proto->set_seconds(seconds);
  proto->set_nanos(static_cast<int32_t>(rest * 1000));
}

absl::Time GetTime(const google::protobuf::Timestamp& proto) {
  return absl::FromUnixSeconds(proto.seconds()) + absl::Nanoseconds(proto.nanos());
}

std::string Etag(Runtime& runtime, Kind kind, int64_t id, int64_t version) {
  const std::string text = absl::StrCat("etag/", static_cast<int>(kind), "/", id, "/", version);
  return base::Base32Encode(base::KeyedHash(runtime.page_token_key().view(), text, 16));
}

absl::Status CheckEtag(Runtime& runtime, Kind kind, int64_t id, int64_t version, absl::string_view etag) {
  if (etag == Etag(runtime, kind, id, version)) {
    return absl::OkStatus();
  }
  return base::Error(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                     "The resource changed since it was read. Read it again and repeat the change.");
}

absl::Status CheckMask(const google::protobuf::FieldMask& mask,
                       const std::vector<absl::string_view>& allowed) {
  std::vector<base::Violation> violations;
  if (mask.paths().empty()) {
    violations.push_back({"update_mask", "REQUIRED", "must name at least one field"});
  }
  for (const std::string& path : mask.paths()) {
    if (std::find(allowed.begin(), allowed.end(), path) == allowed.end()) {
      violations.push_back({"update_mask", "UNKNOWN_PATH", "names a field that cannot be changed here"});
    }
  }
  return violations.empty() ? absl::OkStatus() : base::InvalidArgument(std::move(violations));
}

bool MaskHas(const google::protobuf::FieldMask& mask, absl::string_view path) {
  return std::find(mask.paths().begin(), mask.paths().end(), path) != mask.paths().end();
}

absl::StatusOr<Page> Page::Open(const Call& call, absl::string_view list, int page_size,
                                absl::string_view page_token, bool newest_first) {
  const int64_t size = page_size == 0 ? kPageSizeDefault : std::min(page_size, kPageSizeMax);
  const std::string filter_hash = base::Sha256(list);
  int64_t after_id = newest_first ? std::numeric_limits<int64_t>::max() : 0;
  if (!page_token.empty()) {
    const absl::Status bad =
        base::InvalidArgument({{"page_token", "INVALID_PAGE_TOKEN",
                                "must be a token that this list gave you, with the same filter"}});
    const auto sealed = base::Base64UrlDecode(page_token);
    if (!sealed.has_value() || sealed->size() < base::kAeadNonceSize) {
      return bad;
    }
    const absl::string_view bytes(*sealed);
    const auto opened =
        base::AeadOpen(call.runtime.page_token_key().view(), bytes.substr(0, base::kAeadNonceSize),
                       "page-token", bytes.substr(base::kAeadNonceSize));
    storage::v1::PageToken token;
    if (!opened.has_value() || !token.ParseFromString(*opened) ||
        token.person_id() != call.caller.person_id || token.filter_hash() != filter_hash) {
      return bad;
    }
    after_id = token.last_id();
  }
  return Page(call.runtime, call.caller.person_id, filter_hash, after_id, size);
}

std::string Page::Token(int64_t last_id) const {
  storage::v1::PageToken token;
  token.set_person_id(person_id_);
  token.set_filter_hash(filter_hash_);
  token.set_last_id(last_id);
  std::string plaintext = token.SerializeAsString();
  std::string nonce(base::kAeadNonceSize, '\0');
  runtime_->random().Fill(absl::Span<uint8_t>(reinterpret_cast<uint8_t*>(nonce.data()), nonce.size()));
  return base::Base64UrlEncode(
      absl::StrCat(nonce, base::AeadSeal(runtime_->page_token_key().view(), nonce, "page-token", plaintext)));
}

namespace {

constexpr int64_t kAnyCouple = 0;

absl::Status StepUpRequired() {
  return Precondition("STEP_UP_REQUIRED",
                      "Several partners are in the room: your screen shows only what may be said together. "
                      "Step up (SessionService.StepUp) for five minutes of private view, or record who is "
                      "present.");
}

}  // namespace

absl::StatusOr<bool> IsTogether(const Call& call, store::Transaction& transaction, int64_t couple_id) {
  if (call.caller.is_partner() || transaction.now() < call.caller.step_up_expire_time) {
    return false;
  }
  return store::IsWithSeveral(transaction, call.caller.practice_id, couple_id, call.caller.person_id,
                              transaction.now() - kSessionLengthMax);
}

absl::Status RequirePrivateRoom(const Call& call, store::Transaction& transaction) {
  MENDWORK_ASSIGN_OR_RETURN(bool together, IsTogether(call, transaction, kAnyCouple));
  return together ? StepUpRequired() : absl::OkStatus();
}

absl::StatusOr<store::CoupleRow> RequireCouple(const Call& call, store::Transaction& transaction,
                                               int64_t couple_id, Panel panel) {
  MENDWORK_ASSIGN_OR_RETURN(auto couple, store::FindCouple(transaction, call.caller.practice_id, couple_id));
  if (!couple.has_value()) {
    return base::NotFound();
  }
  if (call.caller.is_partner()) {
    return call.caller.couple_id == couple_id ? absl::StatusOr<store::CoupleRow>(*couple) : base::NotFound();
  }
  MENDWORK_ASSIGN_OR_RETURN(bool related,
                            store::HasCareRelation(transaction, call.caller.practice_id, couple_id,
                                                   call.caller.person_id, transaction.now()));
  if (!related) {
    return base::NotFound();
  }
  if (panel == Panel::kPrivate) {
    MENDWORK_ASSIGN_OR_RETURN(bool together, IsTogether(call, transaction, couple_id));
    if (together) {
      return StepUpRequired();
    }
  }
  return *couple;
}

absl::StatusOr<Ids> RequireCoupleNamed(const Call& call, store::Transaction& transaction,
                                       absl::string_view parent, Panel panel) {
  MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, "parent", parent, kCoupleName));
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1], panel).status());
  return ids;
}

absl::StatusOr<std::vector<int64_t>> RequirePartners(
    const Call& call, store::Transaction& transaction, int64_t couple_id, absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& names) {
  std::vector<int64_t> person_ids;
  for (const std::string& name : names) {
    MENDWORK_ASSIGN_OR_RETURN(Ids ids, ParseName(call, field, name, kPartnerName));
    if (ids[1] != couple_id) {
      return base::NotFound();
    }
    MENDWORK_RETURN_IF_ERROR(RequirePartner(call, transaction, couple_id, ids[2]).status());
    if (std::find(person_ids.begin(), person_ids.end(), ids[2]) != person_ids.end()) {
      return base::InvalidArgument({{std::string(field), "DUPLICATE", "must name each partner once"}});
    }
    person_ids.push_back(ids[2]);
  }
  return person_ids;
}

absl::StatusOr<store::PartnerRow> RequirePartner(const Call& call, store::Transaction& transaction,
                                                 int64_t couple_id, int64_t person_id) {
  MENDWORK_ASSIGN_OR_RETURN(auto partner,
                            store::FindPartner(transaction, call.caller.practice_id, person_id));
  if (!partner.has_value() || partner->couple_id != couple_id) {
    return base::NotFound();
  }
  return *partner;
}

absl::StatusOr<store::PartnerRow> RequireSelf(const Call& call, store::Transaction& transaction,
                                              int64_t couple_id) {
  return RequirePartner(call, transaction, couple_id, call.caller.person_id);
}

absl::StatusOr<store::PracticeRow> RequirePractice(const Call& call, store::Transaction& transaction) {
  MENDWORK_ASSIGN_OR_RETURN(auto practice, store::FindPractice(transaction, call.caller.practice_id));
  if (!practice.has_value()) {
    return base::NotFound();
  }
  return *practice;
}

absl::StatusOr<store::ResponseRow> RequireResponse(const Call& call, store::Transaction& transaction,
                                                   const Ids& ids, Panel panel) {
  MENDWORK_RETURN_IF_ERROR(RequireCouple(call, transaction, ids[1], panel).status());
  MENDWORK_ASSIGN_OR_RETURN(auto response, store::FindResponse(transaction, call.caller.practice_id, ids[3]));
  if (!response.has_value() || response->couple_id != ids[1] || response->assignment_id != ids[2]) {
    return base::NotFound();
  }
  if (call.caller.is_partner() && response->person_id != call.caller.person_id) {
    return base::NotFound();
  }
  return *response;
}

absl::StatusOr<Pinned> RequirePinned(Runtime& runtime, absl::string_view exercise_key, int64_t revision,
                                     absl::string_view variant) {
  Pinned pinned;
  pinned.revision = runtime.catalog().Find(exercise_key, static_cast<int>(revision));
  if (pinned.revision != nullptr) {
    pinned.variant = pinned.revision->FindVariantByCode(variant);
  }
  if (pinned.variant == nullptr) {
    return base::Error(
        absl::StatusCode::kInternal, "EXERCISE_REVISION_MISSING",
        absl::StrCat("revision ", revision, " of ", exercise_key, " is assigned but not loaded"));
  }
  return pinned;
}

const char* ActorKind(const Caller& caller) {
  if (caller.anonymous()) {
    return "server";
  }
  return caller.is_partner() ? "partner" : "staff";
}

absl::Status AuditChange(const Call& call, store::WriteTransaction& transaction, const Change& change) {
  store::AuditEntry entry;
  entry.practice_id = call.caller.practice_id;
  entry.actor_kind = ActorKind(call.caller);
  entry.actor_id = call.caller.person_id;
  entry.action = change.action;
  entry.object_kind = change.object_kind;
  entry.object_id = change.object_id;
  entry.decision = store::AuditDecision::kPermit;
  if (!change.sealed.empty()) {
    entry.ciphertext_hash = base::Sha256(change.sealed);
  }
  return transaction.Audit(entry);
}

absl::Status Precondition(absl::string_view reason, absl::string_view message) {
  return base::Error(absl::StatusCode::kFailedPrecondition, reason, message);
}

}  // namespace mendwork::app
