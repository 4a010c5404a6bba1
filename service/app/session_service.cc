#include "service/app/session_service.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/common.h"
#include "service/app/enrollment.h"
#include "service/base/encoding.h"
#include "service/base/status.h"
#include "service/store/care_rows.h"

namespace mendwork::app {
namespace {

constexpr size_t kTokenBytes = 32;

absl::Status WrongCode() {
  return base::Error(absl::StatusCode::kUnauthenticated, "CODE_INVALID",
                     "The code is wrong, was used before or has ended. Ask for a new one.");
}

absl::Status WrongSecret() {
  return base::Error(
      absl::StatusCode::kUnauthenticated, "SIGN_IN_FAILED",
      "The sign-in name or the secret is wrong. After several failures each further try has to wait.");
}

bool CanSignIn(const store::PersonRow& person) { return person.staff_state != store::StaffState::kDisabled; }

std::string PersonName(Runtime& runtime, const Caller& caller) {
  return caller.is_partner() ? FormatName(runtime.ids(), kPartnerName,
                                          {caller.practice_id, caller.couple_id, caller.person_id})
                             : FormatName(runtime.ids(), kStaffName, {caller.practice_id, caller.person_id});
}

// What a partner is asked once, at the first sign-in.
absl::StatusOr<std::vector<std::string>> PendingSteps(store::Transaction& transaction, const Caller& caller) {
  std::vector<std::string> steps;
  if (!caller.is_partner()) {
    return steps;
  }
  MENDWORK_ASSIGN_OR_RETURN(auto partner,
                            store::FindPartner(transaction, caller.practice_id, caller.person_id));
  if (partner.has_value() && !partner->limits_time.has_value()) {
    steps.push_back("acknowledge_limits");
    steps.push_back("decide_treatment_grant");
  }
  return steps;
}

absl::StatusOr<v1::Session> PresentSession(Runtime& runtime, store::Transaction& transaction,
                                           const Caller& caller, absl::Time expire_time) {
  v1::Session session;
  session.set_person(PersonName(runtime, caller));
  session.set_practice(FormatName(runtime.ids(), kPracticeName, {caller.practice_id}));
  for (int role = 1; role <= 6; ++role) {
    if ((caller.roles & (1u << role)) != 0) {
      session.add_roles(static_cast<options::v1::Role>(role));
    }
  }
  SetTime(expire_time, session.mutable_expire_time());
  session.set_idle_timeout_seconds(static_cast<int32_t>(
      (caller.is_partner() ? kPartnerIdleTimeout : kStaffIdleTimeout) / absl::Seconds(1)));
  MENDWORK_ASSIGN_OR_RETURN(auto steps, PendingSteps(transaction, caller));
  for (std::string& step : steps) {
    session.add_pending_steps(std::move(step));
  }
  return session;
}

// Creates the session row and, once it is durable, its entry in memory.
absl::StatusOr<v1::SignInResponse> StartSession(Runtime& runtime, store::WriteTransaction& transaction,
                                                const store::PersonRow& person) {
  Caller caller = {.practice_id = person.practice_id,
                   .person_id = person.person_id,
                   .session_id = runtime.store().NewId(),
                   .roles = person.roles,
                   .language = person.language};
  if (caller.is_partner()) {
    MENDWORK_ASSIGN_OR_RETURN(auto partner,
                              store::FindPartner(transaction, person.practice_id, person.person_id));
    if (!partner.has_value()) {
      return WrongSecret();
    }
    caller.couple_id = partner->couple_id;
  }
  const std::string token = base::Base64UrlEncode(base::Secret::Random(kTokenBytes, runtime.random()).view());
  const absl::Time expire_time =
      transaction.now() + (caller.is_partner() ? kPartnerSessionLength : kStaffSessionLength);
  MENDWORK_RETURN_IF_ERROR(store::InsertSession(transaction, {.session_id = caller.session_id,
                                                              .practice_id = caller.practice_id,
                                                              .person_id = caller.person_id,
                                                              .token_hash = base::Sha256(token),
                                                              .create_time = transaction.now(),
                                                              .expire_time = expire_time}));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange({runtime, caller}, transaction, {"SignIn", "session", caller.session_id, ""}));
  v1::SignInResponse response;
  response.mutable_session()->set_token(token);
  MENDWORK_ASSIGN_OR_RETURN(*response.mutable_session()->mutable_session(),
                            PresentSession(runtime, transaction, caller, expire_time));
  transaction.OnCommit([&runtime, caller, expire_time, hash = base::Sha256(token), now = transaction.now()] {
    runtime.sessions().Add(hash,
                           {.session_id = caller.session_id,
                            .practice_id = caller.practice_id,
                            .person_id = caller.person_id,
                            .couple_id = caller.couple_id,
                            .roles = caller.roles,
                            .language = caller.language,
                            .expire_time = expire_time,
                            .idle_timeout = caller.is_partner() ? kPartnerIdleTimeout : kStaffIdleTimeout,
                            .last_use = now});
  });
  return response;
}

absl::StatusOr<v1::EnrollResponse> FinishEnroll(Runtime& runtime, store::WriteTransaction& transaction,
                                                const std::string& code_hash,
                                                const std::string& secret_hash) {
  MENDWORK_ASSIGN_OR_RETURN(auto code, store::FindOneTimeCode(transaction, code_hash));
  if (!code.has_value() || code->end_time.has_value() || code->expire_time <= transaction.now()) {
    return WrongCode();
  }
  MENDWORK_ASSIGN_OR_RETURN(auto person, store::FindPerson(transaction, code->practice_id, code->person_id));
  if (!person.has_value() || !CanSignIn(*person)) {
    return WrongCode();
  }
  v1::EnrollResponse response;
  response.set_sign_in_name(MakeSignInName(runtime));
  MENDWORK_RETURN_IF_ERROR(store::EndOneTimeCodes(transaction, person->person_id, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(store::EndSessionsOfPerson(transaction, person->person_id, 0, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(
      store::PutCredential(transaction, {.person_id = person->person_id,
                                         .practice_id = person->practice_id,
                                         .sign_in_hash = SignInHash(runtime, response.sign_in_name()),
                                         .secret_hash = secret_hash,
                                         .create_time = transaction.now()}));
  if (person->staff_state == store::StaffState::kInvited) {
    person->staff_state = store::StaffState::kActive;
    person->version += 1;
    MENDWORK_RETURN_IF_ERROR(store::UpdatePerson(transaction, *person));
  }
  const Caller self = {
      .practice_id = person->practice_id, .person_id = person->person_id, .roles = person->roles};
  MENDWORK_RETURN_IF_ERROR(
      AuditChange({runtime, self}, transaction, {"Enroll", "person", person->person_id, ""}));
  transaction.OnCommit([&runtime, id = person->person_id] { runtime.sessions().RemovePerson(id, 0); });
  return response;
}

// The caller's credential, if `secret` is theirs. Failures in a row make the next try wait, as at sign-in: a
// session left open must not be a place to guess.
absl::StatusOr<store::CredentialRow> RequireOwnSecret(const Call& call, const char* field,
                                                      const std::string& secret) {
  Runtime& runtime = call.runtime;
  const std::string guesser = absl::StrCat("own-secret/", call.caller.person_id);
  const absl::Duration wait = runtime.throttle().Wait(guesser, runtime.Now());
  if (wait > absl::ZeroDuration()) {
    return base::Exhausted("SIGN_IN_THROTTLED", "Too many failures in a row. Wait before the next try.",
                           wait);
  }
  absl::optional<store::CredentialRow> credential;
  MENDWORK_RETURN_IF_ERROR(runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(credential, store::FindCredential(transaction, call.caller.person_id));
    return absl::OkStatus();
  }));
  if (!credential.has_value() || !base::VerifyPassword(credential->secret_hash, secret)) {
    runtime.throttle().NoteFailure(guesser, runtime.Now());
    return Precondition("WRONG_SECRET", absl::StrCat(field, " is not your present secret."));
  }
  runtime.throttle().NoteSuccess(guesser);
  return *credential;
}

absl::StatusOr<Commit<v1::ChangeSecretResponse>> PrepareChange(const Call& call,
                                                               const v1::ChangeSecretRequest& request) {
  Runtime& runtime = call.runtime;
  MENDWORK_ASSIGN_OR_RETURN(store::CredentialRow credential,
                            RequireOwnSecret(call, "current_secret", request.current_secret()));
  MENDWORK_ASSIGN_OR_RETURN(credential.secret_hash,
                            base::HashPassword(request.new_secret(), runtime.argon2(), runtime.random()));
  return Commit<v1::ChangeSecretResponse>(
      [call, changed = std::move(credential)](
          store::WriteTransaction& transaction) -> absl::StatusOr<v1::ChangeSecretResponse> {
        MENDWORK_RETURN_IF_ERROR(store::PutCredential(transaction, changed));
        MENDWORK_RETURN_IF_ERROR(store::EndSessionsOfPerson(transaction, changed.person_id,
                                                            call.caller.session_id, transaction.now()));
        MENDWORK_RETURN_IF_ERROR(
            AuditChange(call, transaction, {"ChangeSecret", "person", changed.person_id, ""}));
        transaction.OnCommit(
            [call] { call.runtime.sessions().RemovePerson(call.caller.person_id, call.caller.session_id); });
        return v1::ChangeSecretResponse();
      });
}

}  // namespace

absl::StatusOr<Commit<v1::EnrollResponse>> Enroll(const Call& call, const v1::EnrollRequest& request) {
  MENDWORK_RETURN_IF_ERROR(CheckNewSecret("secret", request.secret()));
  Runtime& runtime = call.runtime;
  std::string code_hash = CodeHash(runtime, request.code());
  MENDWORK_ASSIGN_OR_RETURN(std::string secret_hash,
                            base::HashPassword(request.secret(), runtime.argon2(), runtime.random()));
  return Commit<v1::EnrollResponse>([&runtime, code_hash, secret_hash](store::WriteTransaction& transaction) {
    return FinishEnroll(runtime, transaction, code_hash, secret_hash);
  });
}

absl::StatusOr<Commit<v1::SignInResponse>> SignIn(const Call& call, const v1::SignInRequest& request) {
  Runtime& runtime = call.runtime;
  const std::string name_hash = SignInHash(runtime, request.sign_in_name());
  const absl::Duration wait = runtime.throttle().Wait(name_hash, runtime.Now());
  if (wait > absl::ZeroDuration()) {
    return base::Exhausted("SIGN_IN_THROTTLED", "Too many failures in a row. Wait before the next try.",
                           wait);
  }
  absl::optional<store::CredentialRow> credential;
  MENDWORK_RETURN_IF_ERROR(runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(credential, store::FindCredentialBySignInHash(transaction, name_hash));
    return absl::OkStatus();
  }));
  // A name that does not exist costs the same work as one that does.
  bool right = false;
  if (credential.has_value()) {
    right = base::VerifyPassword(credential->secret_hash, request.secret());
  } else {
    MENDWORK_RETURN_IF_ERROR(
        base::HashPassword(request.secret(), runtime.argon2(), runtime.random()).status());
  }
  if (!right) {
    runtime.throttle().NoteFailure(name_hash, runtime.Now());
    return WrongSecret();
  }
  runtime.throttle().NoteSuccess(name_hash);
  return Commit<v1::SignInResponse>(
      [&runtime,
       checked = *credential](store::WriteTransaction& transaction) -> absl::StatusOr<v1::SignInResponse> {
        MENDWORK_ASSIGN_OR_RETURN(auto current, store::FindCredential(transaction, checked.person_id));
        MENDWORK_ASSIGN_OR_RETURN(auto person,
                                  store::FindPerson(transaction, checked.practice_id, checked.person_id));
        if (!current.has_value() || current->secret_hash != checked.secret_hash || !person.has_value() ||
            !CanSignIn(*person)) {
          return WrongSecret();
        }
        return StartSession(runtime, transaction, *person);
      });
}

absl::StatusOr<v1::Session> GetSession(const Call& call, store::Transaction& transaction,
                                       const v1::GetSessionRequest&) {
  const absl::optional<absl::Time> expire_time = call.runtime.sessions().ExpireTime(call.caller.session_id);
  return PresentSession(call.runtime, transaction, call.caller, expire_time.value_or(transaction.now()));
}

absl::StatusOr<v1::SignOutResponse> SignOut(const Call& call, store::WriteTransaction& transaction,
                                            const v1::SignOutRequest&) {
  MENDWORK_RETURN_IF_ERROR(store::EndSession(transaction, call.caller.session_id, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"SignOut", "session", call.caller.session_id, ""}));
  transaction.OnCommit([call] { call.runtime.sessions().Remove(call.caller.session_id); });
  return v1::SignOutResponse();
}

absl::StatusOr<v1::RevokeSessionsResponse> RevokeSessions(const Call& call,
                                                          store::WriteTransaction& transaction,
                                                          const v1::RevokeSessionsRequest&) {
  MENDWORK_RETURN_IF_ERROR(
      store::EndSessionsOfPerson(transaction, call.caller.person_id, 0, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(
      AuditChange(call, transaction, {"RevokeSessions", "person", call.caller.person_id, ""}));
  transaction.OnCommit([call] { call.runtime.sessions().RemovePerson(call.caller.person_id, 0); });
  return v1::RevokeSessionsResponse();
}

absl::StatusOr<Commit<v1::StepUpResponse>> StepUp(const Call& call, const v1::StepUpRequest& request) {
  MENDWORK_RETURN_IF_ERROR(RequireOwnSecret(call, "secret", request.secret()).status());
  return Commit<v1::StepUpResponse>(
      [call](store::WriteTransaction& transaction) -> absl::StatusOr<v1::StepUpResponse> {
        const absl::Time expire_time = transaction.now() + kStepUpLength;
        MENDWORK_RETURN_IF_ERROR(
            AuditChange(call, transaction, {"StepUp", "session", call.caller.session_id, ""}));
        transaction.OnCommit(
            [call, expire_time] { call.runtime.sessions().StepUp(call.caller.session_id, expire_time); });
        v1::StepUpResponse response;
        SetTime(expire_time, response.mutable_expire_time());
        return response;
      });
}

absl::StatusOr<Commit<v1::ChangeSecretResponse>> ChangeSecret(const Call& call,
                                                              const v1::ChangeSecretRequest& request) {
  MENDWORK_RETURN_IF_ERROR(CheckNewSecret("new_secret", request.new_secret()));
  return PrepareOrRefuse<v1::ChangeSecretResponse>([&] { return PrepareChange(call, request); });
}

}  // namespace mendwork::app
