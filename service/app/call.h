// What every use case is given: the server it runs in, and who calls. A use case is one function per RPC, in
// one of three shapes (rpc/serve.h picks by signature):
//
//   Query      absl::StatusOr<Response> F(const Call&, store::Transaction&, const Request&)
//              runs on a reader; changes nothing, opens no sealed content.
//   Mutation   absl::StatusOr<Response> F(const Call&, store::WriteTransaction&, const Request&)
//              runs in the writer; the reply leaves after the commit is durable. Access methods are mutations
//              too: their audit leaf is committed before the bytes leave.
//   Prepared   absl::StatusOr<Commit<Response>> F(const Call&, const Request&)
//              works outside the writer first (scoring, sealing, hashing a secret) and returns the rest,
//              which runs in the writer.
#pragma once

#include <cstdint>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "service/app/runtime.h"
#include "service/store/store.h"
#include "service/store/transaction.h"

namespace mendwork::app {

// A bit per role; the numbers are those of mendwork.options.v1.Role and are stored.
enum class Role : uint32_t {
  kPartner = 1u << 1,
  kTherapist = 1u << 2,
  kSupervisor = 1u << 3,
  kOnCall = 1u << 4,
  kPrivacyOfficer = 1u << 5,
  kAdministrator = 1u << 6,
};

// Who calls, as established from the session token. All zero for an anonymous call.
struct Caller {
  int64_t practice_id = 0;
  int64_t person_id = 0;
  int64_t couple_id = 0;  // partners only
  int64_t session_id = 0;
  uint32_t roles = 0;  // bits of Role
  std::string language;
  absl::Time step_up_expire_time = absl::InfinitePast();  // until then private panels are open in a session

  bool anonymous() const { return person_id == 0; }
  bool Is(Role role) const { return (roles & static_cast<uint32_t>(role)) != 0; }
  bool is_partner() const { return Is(Role::kPartner); }
};

struct Call {
  Runtime& runtime;
  Caller caller;
};

// The part of a prepared use case that runs in the writer.
template <class Response>
using Commit = absl::AnyInvocable<absl::StatusOr<Response>(store::WriteTransaction&)>;

// Prepares, but keeps a refusal for the writer: a repeat of a request that was carried out must meet its
// stored outcome (RunOnce) before anything that has changed since can refuse it. A request that could never
// be right is refused at once.
template <class Response, class Prepare>
absl::StatusOr<Commit<Response>> PrepareOrRefuse(Prepare prepare) {
  absl::StatusOr<Commit<Response>> prepared = prepare();
  if (prepared.ok() || absl::IsInvalidArgument(prepared.status())) {
    return prepared;
  }
  return Commit<Response>([refusal = prepared.status()](
                              store::WriteTransaction&) -> absl::StatusOr<Response> { return refusal; });
}

// Finds who a session token belongs to and notes the use. UNAUTHENTICATED, reason SESSION_INVALID, with one
// text for unknown, expired and revoked tokens. Reads memory only.
absl::StatusOr<Caller> Authenticate(Runtime& runtime, absl::string_view token);

// The same check for a stream that is already open: is the session of `caller` still valid now?
bool SessionStillValid(Runtime& runtime, const Caller& caller);

// True for a refusal whose effect must be kept (a voided secret): rpc commits, then replies with the error.
bool CommitsAnyway(const absl::Status& status);

// Makes a mutation safe to repeat (confidentiality B19): a repeat of (caller, method, request_id) with the
// same body returns the stored outcome, sealed for 72 hours; another body answers INVALID_ARGUMENT, reason
// REQUEST_ID_REUSED; a method that returns a secret answers ABORTED, reason SECRET_NOT_REPEATED, and voids
// the first secret. `body_hash` is the SHA-256 of the request without its request_id. `run` returns the
// serialized response.
struct Replay {
  std::string method;      // full name, for example "mendwork.v1.ResponseService.SubmitResponse"
  std::string request_id;  // lower-case UUID
  std::string body_hash;
};
absl::StatusOr<std::string> RunOnce(const Call& call, store::WriteTransaction& transaction,
                                    const Replay& replay,
                                    absl::AnyInvocable<absl::StatusOr<std::string>()> run);

}  // namespace mendwork::app
