// Enrolment, sign-in and sessions.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/print.h"
#include "admin/run.h"
#include "admin/session.h"
#include "mendwork/v1/session_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

// `prompt` is asked on the terminal, unless secrets come from standard input, a line each.
absl::StatusOr<std::string> ReadSecret(Context& context, const Values& values, absl::string_view prompt) {
  return values.Has("--secret-stdin") ? context.terminal.ReadLine()
                                      : context.terminal.Ask(prompt, /*echo=*/false);
}

absl::StatusOr<std::string> ReadNewSecret(Context& context, const Values& values) {
  return values.Has("--secret-stdin") ? context.terminal.ReadLine()
                                      : context.terminal.AskNewSecret("New secret (12 characters or more): ");
}

absl::Status Enroll(Context& context, const Command& command, const Values& values) {
  mendwork::v1::EnrollRequest request;
  if (values.Has("--code")) {
    request.set_code(values.Get("--code"));
  } else {
    MENDWORK_ASSIGN_OR_RETURN(*request.mutable_code(), ReadSecret(context, values, "One-time code: "));
  }
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_secret(), ReadNewSecret(context, values));
  MENDWORK_ASSIGN_OR_RETURN(const auto reply,
                            context.client.Call<mendwork::v1::EnrollResponse>(command.method, request));
  PrintReply(context, command, reply);
  if (!context.json) {
    context.out << "\nSign in with: mendctl sign-in --name " << Clean(reply.sign_in_name()) << "\n";
  }
  return absl::OkStatus();
}

absl::Status SignIn(Context& context, const Command& command, const Values& values) {
  mendwork::v1::SignInRequest request;
  request.set_sign_in_name(values.Get("--name"));
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_secret(), ReadSecret(context, values, "Secret: "));
  MENDWORK_ASSIGN_OR_RETURN(auto reply,
                            context.client.Call<mendwork::v1::SignInResponse>(command.method, request));
  if (!reply.has_session()) {
    return RefusedError(
        "The server asks for a further step that this mendctl does not know. A newer one may.");
  }
  const mendwork::v1::Session& session = reply.session().session();
  MENDWORK_RETURN_IF_ERROR(SaveSession(
      context.session_path,
      {.token = reply.session().token(), .person = session.person(), .practice = session.practice()}));
  context.practice = session.practice();
  PrintReply(context, command, session);
  return absl::OkStatus();
}

// A session that the server no longer knows has ended, which is what was wanted.
absl::Status SignOut(Context& context, const Command& command, const Values&) {
  const mendwork::v1::SignOutRequest request;
  const Client::Reply reply = context.client.Call(command.method, request);
  if (!reply.ok() && reply.status().code() != absl::StatusCode::kUnauthenticated) {
    return reply.status();
  }
  MENDWORK_RETURN_IF_ERROR(RemoveSession(context.session_path));
  PrintReply(context, command, mendwork::v1::SignOutResponse());
  return absl::OkStatus();
}

absl::Status RevokeSessions(Context& context, const Command& command, const Values&) {
  mendwork::v1::RevokeSessionsRequest request;
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer reply, Send(context, command, request));
  MENDWORK_RETURN_IF_ERROR(RemoveSession(context.session_path));
  PrintReply(context, command, *reply);
  return absl::OkStatus();
}

absl::Status StepUp(Context& context, const Command& command, const Values& values) {
  mendwork::v1::StepUpRequest request;
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_secret(), ReadSecret(context, values, "Secret: "));
  return SendAndPrint(context, command, request);
}

absl::Status ChangeSecret(Context& context, const Command& command, const Values& values) {
  mendwork::v1::ChangeSecretRequest request;
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_current_secret(),
                            ReadSecret(context, values, "Present secret: "));
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_new_secret(), ReadNewSecret(context, values));
  return SendAndPrint(context, command, request);
}

const std::vector<Column>& SessionColumns() {
  static const auto& columns = *new std::vector<Column>{{"Person", "person"},
                                                        {"Practice", "practice"},
                                                        {"Roles", "roles"},
                                                        {"Ends", "expire_time"},
                                                        {"Ends when idle (seconds)", "idle_timeout_seconds"},
                                                        {"First", "pending_steps"}};
  return columns;
}

}  // namespace

std::vector<Command> SessionCommands() {
  const Argument secret_stdin = {.flag = "--secret-stdin",
                                 .help = "Read secrets from standard input, one on a line",
                                 .kind = ArgumentKind::kSwitch};
  return {
      {.path = "enroll",
       .help = "Redeem a one-time code and choose a secret",
       .example = "mendctl enroll\n  printf '%s\\n' \"$CODE\" \"$SECRET\" | mendctl enroll --secret-stdin",
       .method = "SessionService.Enroll",
       .arguments = {{.flag = "--code",
                      .help =
                          "The one-time code; asked for when left out (with --secret-stdin: the first line)"},
                     secret_stdin},
       .columns = {{"Sign-in name", "sign_in_name"}},
       .run = Enroll},
      {.path = "sign-in",
       .help = "Sign in; the session is kept in a file that only you can read",
       .example = "mendctl sign-in --name NAME",
       .method = "SessionService.SignIn",
       .arguments = {{.flag = "--name", .help = "The sign-in name that enroll printed", .required = true},
                     secret_stdin},
       .columns = SessionColumns(),
       .run = SignIn},
      {.path = "sign-out",
       .help = "End the session at once",
       .example = "mendctl sign-out",
       .method = "SessionService.SignOut",
       .next = "You are signed out.",
       .run = SignOut},
      {.path = "whoami",
       .help = "Show who is signed in, and until when",
       .example = "mendctl whoami",
       .method = "SessionService.GetSession",
       .columns = SessionColumns()},
      {.path = "step-up",
       .help = "Open private panels for five minutes while several partners are in the room",
       .example = "mendctl step-up",
       .method = "SessionService.StepUp",
       .arguments = {secret_stdin},
       .columns = {{"Private view until", "expire_time"}},
       .run = StepUp},
      {.path = "change-secret",
       .help = "Replace your secret; every other session of yours ends",
       .example = "mendctl change-secret",
       .method = "SessionService.ChangeSecret",
       .arguments = {secret_stdin},
       .next = "The secret is changed. Every other session of yours has ended.",
       .run = ChangeSecret},
      {.path = "revoke-sessions",
       .help = "End every session of yours at once, this one included",
       .example = "mendctl revoke-sessions",
       .method = "SessionService.RevokeSessions",
       .next = "Every session of yours has ended. Sign in again with: mendctl sign-in --name NAME",
       .run = RevokeSessions},
  };
}

}  // namespace mendwork::admin
