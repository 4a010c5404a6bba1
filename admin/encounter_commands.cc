// Sessions with a couple: the brief to read before, who is in the room, and the close-out.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/fields.h"
#include "admin/names.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/v1/encounter_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::PrivateBrief;

// `at` is where the session stands in the reply, "encounter." or nothing.
std::vector<Column> EncounterColumns(const std::string& at = "") {
  std::vector<Column> columns = {{"Session", "name"},
                                 {"State", "state"},
                                 {"How", "modality"},
                                 {"Appointment", "appointment"},
                                 {"Attended", "attendees"},
                                 {"In the room now", "present"},
                                 {"Clinicians", "clinicians"},
                                 {"Opened", "start_time"},
                                 {"Closed", "end_time"},
                                 {"How it went", "outcome"},
                                 {"Joint work from", "joint_window_start_time"},
                                 {"Joint work until", "joint_window_end_time"}};
  for (Column& column : columns) {
    column.field = at + column.field;
  }
  return columns;
}

std::vector<Column> CloseColumns() {
  std::vector<Column> columns = EncounterColumns("encounter.");
  columns.push_back({"Next appointment", "next_appointment.name"});
  columns.push_back({"Starts", "next_appointment.start_time"});
  return columns;
}

Argument Encounter() {
  return {.flag = "session", .field = "name", .help = "The session", .collection = "couples/*/encounters"};
}

// --attendee and --elsewhere name partners; only the second asks where they are.
absl::Status OpenEncounter(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer message, BuildRequest(context, command, values));
  auto& request = dynamic_cast<mendwork::v1::OpenEncounterRequest&>(*message);
  for (const char* flag : {"--attendee", "--elsewhere"}) {
    MENDWORK_ASSIGN_OR_RETURN(const auto names, ResourceNames(context, command, values, flag));
    for (const std::string& name : names) {
      auto* attendee = request.add_attendees();
      attendee->set_partner(name);
      if (flag == std::string("--elsewhere")) {
        MENDWORK_ASSIGN_OR_RETURN(
            *attendee->mutable_location(),
            context.terminal.Ask(absl::StrCat("Where is ", ShortName(name, context.practice), "? "),
                                 /*echo=*/true));
      }
    }
  }
  if (request.attendees().empty()) {
    return UsageError("Say who attends: --attendee (where they were last), --elsewhere (somewhere else).");
  }
  return SendAndPrint(context, command, request);
}

// RESPONSE=OUTCOME, as in couples/ID/assignments/ID/responses/ID=helped.
absl::Status AddReviews(const Context& context, const Values& values,
                        mendwork::v1::CloseEncounterRequest* request) {
  for (const std::string& text : values.All("--reviewed")) {
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      return UsageError("--reviewed: give RESPONSE=OUTCOME, for example couples/ID/.../responses/ID=helped.");
    }
    auto* review = request->add_reviews();
    MENDWORK_ASSIGN_OR_RETURN(
        *review->mutable_response(),
        ExpandName(text.substr(0, equals), "couples/*/assignments/*/responses", context.practice, ""));
    const absl::Status status = SetField(*review, "outcome", text.substr(equals + 1));
    if (!status.ok()) {
      return UsageError(absl::StrCat("--reviewed: ", status.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CloseEncounter(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer message, BuildRequest(context, command, values));
  auto& request = dynamic_cast<mendwork::v1::CloseEncounterRequest&>(*message);
  MENDWORK_RETURN_IF_ERROR(AddReviews(context, values, &request));
  return SendAndPrint(context, command, request);
}

std::string Text(const Context& context, const google::protobuf::Message& message, absl::string_view path) {
  return FieldText(message, path, context.practice);
}

void PrintJointBrief(Context& context, const mendwork::v1::JointBrief& brief) {
  context.out << "MAY BE SAID TOGETHER\n"
              << Record({{"Couple", Text(context, brief, "couple")},
                         {"Session", Text(context, brief, "encounter")},
                         {"Last session ended", Text(context, brief, "last_end_time")},
                         {"Next appointment", Text(context, brief, "next_appointment")},
                         {"Starts", Text(context, brief, "next_appointment_time")},
                         {"Joint work until", Text(context, brief, "joint_window_end_time")}});
  std::vector<std::vector<std::string>> rows;
  for (const auto& homework : brief.common_homework()) {
    rows.push_back({homework.title(), Text(context, homework, "exercise_revision")});
  }
  context.out << "\nHomework everybody was given\n"
              << (rows.empty() ? "None.\n" : Table({"Title", "Exercise"}, rows));
  rows.clear();
  for (const auto& shared : brief.shared()) {
    rows.push_back({shared.title(), Text(context, shared, "partner"), Text(context, shared, "response"),
                    absl::StrJoin(shared.item_ids(), " ")});
  }
  context.out << "\nShared with everybody by its author\n"
              << (rows.empty() ? "Nothing.\n" : Table({"Title", "Partner", "Response", "Items"}, rows));
}

std::string ChangeText(const PrivateBrief::ScoreChange& score) {
  if (!score.has_previous_total()) {
    return "first";
  }
  return absl::StrCat("was ", score.previous_total(), score.reliable_change() ? ", a reliable change" : "");
}

std::string WaitText(const PrivateBrief::Homework& homework) {
  return homework.unreviewed() ? "waits for your review" : homework.overdue() ? "overdue" : "";
}

void PrintPartnerSheet(Context& context, const PrivateBrief::PartnerSheet& sheet) {
  context.out << "\n"
              << Record({{"Partner", Text(context, sheet, "partner")},
                         {"State", Text(context, sheet, "state")},
                         {"Treatment granted", Text(context, sheet, "treatment_granted")},
                         {"Location confirmed", Text(context, sheet, "location_confirm_time")},
                         {"Wants to talk alone", Text(context, sheet, "wants_to_talk")}});
  std::vector<std::vector<std::string>> rows;
  for (const auto& flag : sheet.open_flags()) {
    rows.push_back({Text(context, flag, "name"), Text(context, flag, "severity"),
                    Text(context, flag, "category"), Text(context, flag, "state"),
                    Text(context, flag, "acknowledge_due_time")});
  }
  if (!rows.empty()) {
    context.out << "Open flags\n" << Table({"Flag", "Severity", "Category", "State", "Acknowledge by"}, rows);
  }
  rows.clear();
  for (const auto& homework : sheet.homework()) {
    rows.push_back({homework.title(), Text(context, homework, "state"), homework.changed() ? "new" : "",
                    WaitText(homework), Text(context, homework, "due_time"),
                    Text(context, homework, "response")});
  }
  if (!rows.empty()) {
    context.out << "Homework\n" << Table({"Title", "State", "Since then", "", "Due", "Response"}, rows);
  }
  rows.clear();
  for (const auto& score : sheet.scores()) {
    rows.push_back({score.title(), Text(context, score, "total"), score.band(), ChangeText(score),
                    Text(context, score, "submit_time")});
  }
  if (!rows.empty()) {
    context.out << "Scores\n" << Table({"Measure", "Total", "Band", "Change", "Handed in"}, rows);
  }
  rows.clear();
  for (const auto& appointment : sheet.individual_appointments()) {
    rows.push_back({Text(context, appointment, "name"), Text(context, appointment, "start_time")});
  }
  if (!rows.empty()) {
    context.out << "Individual appointments\n" << Table({"Appointment", "Starts"}, rows);
  }
}

void PrintPrivateBrief(Context& context, const PrivateBrief& brief) {
  context.out << "DO NOT HINT AT\n"
              << Record({{"Couple", Text(context, brief, "couple")},
                         {"New since", Text(context, brief, "changed_since_time")}});
  for (const auto& sheet : brief.partners()) {
    PrintPartnerSheet(context, sheet);
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& pair : brief.pairs()) {
    std::vector<std::string> names;
    for (const std::string& name : pair.partners()) {
      names.push_back(ShortName(name, context.practice));
    }
    rows.push_back({absl::StrJoin(names, " and "), Text(context, pair, "decision"),
                    pair.current() ? "holds" : "does not hold", Text(context, pair, "expire_time")});
  }
  context.out << "\nDecisions about joint work\n" << Table({"Pair", "Decision", "Now", "Until"}, rows);
}

absl::Status Brief(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  if (!values.Has("--private")) {
    MENDWORK_ASSIGN_OR_RETURN(const auto brief,
                              context.client.Call<mendwork::v1::JointBrief>(command.method, *request));
    context.json ? void(context.out << Json(brief)) : PrintJointBrief(context, brief);
    return absl::OkStatus();
  }
  mendwork::v1::AccessPrivateBriefRequest private_request;
  private_request.set_parent(FieldText(*request, "parent", ""));
  MENDWORK_ASSIGN_OR_RETURN(const auto brief, context.client.Call<PrivateBrief>(
                                                  "EncounterService.AccessPrivateBrief", private_request));
  context.json ? void(context.out << Json(brief)) : PrintPrivateBrief(context, brief);
  return absl::OkStatus();
}

}  // namespace

std::vector<Command> EncounterCommands() {
  const Argument couple = {
      .flag = "couple", .field = "parent", .help = "The couple", .collection = "couples"};
  const auto partners = [](const char* flag, const char* field, const char* help) {
    return Argument{
        .flag = flag, .field = field, .help = help, .collection = "couples/*/partners", .repeated = true};
  };
  return {
      {.path = "brief",
       .help = "Read the brief before a session: what may be said together; with --private what must not be "
               "hinted at",
       .example = "mendctl brief couples/ID\n  mendctl brief couples/ID --private",
       .method = "EncounterService.AccessJointBrief",
       .arguments = {couple,
                     {.flag = "--private",
                      .help = "The second sheet, for you alone; audited",
                      .kind = ArgumentKind::kSwitch}},
       .run = Brief},
      {.path = "encounter open",
       .help =
           "Open a session now, with who attends; while several are in the room your view is the joint one",
       .example = "mendctl encounter open couples/ID --modality in-person --attendee partners/ID --attendee "
                  "partners/ID",
       .method = "EncounterService.OpenEncounter",
       .arguments = {couple,
                     {.flag = "--modality", .field = "modality", .help = "How you meet"},
                     partners("--attendee", "", "Attends, and is where they were last: asked, and confirmed"),
                     partners("--elsewhere", "", "Attends from another place, which is asked for"),
                     {.flag = "--appointment",
                      .field = "appointment",
                      .help = "The appointment that it belongs to",
                      .collection = "couples/*/appointments"},
                     {.flag = "--clinician",
                      .field = "clinicians",
                      .help = "Another clinician in the room",
                      .collection = "staff"}},
       .columns = EncounterColumns(),
       .next = "While several partners are in the room, private panels ask you to step up: mendctl step-up",
       .run = OpenEncounter},
      {.path = "encounter presence",
       .help = "Record who is in the room now, for example while each is seen alone",
       .example = "mendctl encounter presence couples/ID/encounters/ID --present couples/ID/partners/ID",
       .method = "EncounterService.UpdatePresence",
       .arguments = {Encounter(), partners("--present", "present", "Is in the room; nobody when left out")},
       .columns = EncounterColumns(),
       .read_method = "EncounterService.GetEncounter"},
      {.path = "encounter close",
       .help = "Close a session with one form: reviewed, outcome, joint work, next date",
       .example = "mendctl encounter close couples/ID/encounters/ID --outcome helped --reviewed "
                  "couples/ID/assignments/ID/responses/ID=helped --joint-until \"2025-02-07 18:00\" "
                  "--next-start \"2025-02-07 18:00\" --next-end \"2025-02-07 19:30\"",
       .method = "EncounterService.CloseEncounter",
       .arguments = {Encounter(),
                     {.flag = "--outcome", .field = "outcome", .help = "How it went"},
                     {.flag = "--reviewed",
                      .help = "RESPONSE=OUTCOME of homework that was reviewed",
                      .repeated = true},
                     {.flag = "--joint-from",
                      .field = "joint_window.start_time",
                      .help = "From when joint work is open; now when left out"},
                     {.flag = "--joint-until",
                      .field = "joint_window.end_time",
                      .help = "Until when joint work is open, at most 7 days; closed when left out"},
                     {.flag = "--next-start",
                      .field = "next_appointment.start_time",
                      .help = "Start of the next appointment of those who attended"},
                     {.flag = "--next-end",
                      .field = "next_appointment.end_time",
                      .help = "End of the next appointment"}},
       .columns = CloseColumns(),
       .read_method = "EncounterService.GetEncounter",
       .run = CloseEncounter},
      {.path = "encounter end-window",
       .help = "End the window for joint work that a session released, now",
       .example = "mendctl encounter end-window couples/ID/encounters/ID",
       .method = "EncounterService.EndJointWindow",
       .arguments = {Encounter()},
       .columns = EncounterColumns(),
       .read_method = "EncounterService.GetEncounter"},
      {.path = "encounter list",
       .help = "List the sessions of a couple, newest first",
       .example = "mendctl encounter list couples/ID",
       .method = "EncounterService.ListEncounters",
       .arguments = {couple},
       .columns = {{"Session", "name"},
                   {"State", "state"},
                   {"Opened", "start_time"},
                   {"Closed", "end_time"},
                   {"How it went", "outcome"},
                   {"Joint work until", "joint_window_end_time"}}},
      {.path = "encounter show",
       .help = "Show a session",
       .example = "mendctl encounter show couples/ID/encounters/ID",
       .method = "EncounterService.GetEncounter",
       .arguments = {Encounter()},
       .columns = EncounterColumns()},
  };
}

}  // namespace mendwork::admin
