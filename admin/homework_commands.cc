// Homework: assigning, what was handed in, and releases to the practice's other tools.
#include "absl/strings/str_cat.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/fields.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

const std::vector<Column>& AssignmentColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Assignment", "name"},
      {"Partner", "partner"},
      {"Exercise", "exercise_revision"},
      {"Title", "title"},
      {"Variant", "variant"},
      {"State", "state"},
      {"Assigned", "create_time"},
      {"Due", "due_time"},
      {"Response", "response"},
      {"Assigned together", "group"},
  };
  return columns;
}

void PrintAssigned(Context& context, const mendwork::v1::AssignExerciseResponse& reply) {
  for (const mendwork::v1::Assignment& assignment : reply.assignments()) {
    std::vector<std::pair<std::string, std::string>> entries;
    for (const Column& column : AssignmentColumns()) {
      entries.emplace_back(column.title, FieldText(assignment, column.field, context.practice));
    }
    context.out << Record(entries) << "\n";
  }
  if (!reply.contraindications().empty()) {
    context.out << "Weigh before you go on:\n";
  }
  for (const std::string& contraindication : reply.contraindications()) {
    context.out << Wrap(Clean(contraindication), "  ");
  }
}

absl::Status Assign(Context& context, const Command& command, const Values& values) {
  if (!values.Has("--partner") && !values.Has("--role") && !values.Has("--whole-couple")) {
    return UsageError("Say whom it is for: --partner, --role or --whole-couple.");
  }
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  MENDWORK_ASSIGN_OR_RETURN(
      const auto reply, context.client.Call<mendwork::v1::AssignExerciseResponse>(command.method, *request));
  if (context.json) {
    context.out << Json(reply);
    return absl::OkStatus();
  }
  PrintAssigned(context, reply);
  if (values.Has("--dry-run")) {
    context.out << "It could be assigned. Nothing was changed.\n";
  }
  return absl::OkStatus();
}

// The couple is part of the response's name.
absl::Status CreateRelease(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer message, BuildRequest(context, command, values));
  auto& request = dynamic_cast<mendwork::v1::CreateReleaseRequest&>(*message);
  request.set_parent(request.response().substr(0, request.response().find("/assignments/")));
  return SendAndPrint(context, command, request);
}

const std::vector<Column>& ReleaseColumns() {
  static const auto& columns =
      *new std::vector<Column>{{"Release", "name"}, {"Response", "response"},    {"Plugin", "plugin"},
                               {"State", "state"},  {"Released", "create_time"}, {"Revoked", "revoke_time"}};
  return columns;
}

const Argument& InCouple() {
  static const auto& argument =
      *new Argument{.flag = "couple", .field = "parent", .help = "The couple", .collection = "couples"};
  return argument;
}

Argument Assignment() {
  return {
      .flag = "assignment", .field = "name", .help = "The assignment", .collection = "couples/*/assignments"};
}

std::vector<Command> AssignmentCommands() {
  return {
      {.path = "assign",
       .help = "Give homework: one assignment per partner",
       .example = "mendctl assign couples/ID s2-responsibility@1 --whole-couple --event ID --due "
                  "\"2025-02-07 18:00\"\n"
                  "  mendctl assign couples/ID s1-impact@1 --partner ID --dry-run",
       .method = "AssignmentService.AssignExercise",
       .arguments = {InCouple(),
                     {.flag = "exercise",
                      .field = "exercise_revision",
                      .help = "The exercise revision, as in: mendctl catalogue list",
                      .collection = "exercises"},
                     {.flag = "--partner",
                      .field = "partner",
                      .help = "For this partner",
                      .collection = "couples/*/partners"},
                     {.flag = "--role", .field = "role", .help = "For everybody with this part in the event"},
                     {.flag = "--whole-couple", .field = "whole_couple", .help = "For every active partner"},
                     {.flag = "--event",
                      .field = "betrayal_event",
                      .help = "The betrayal event that decides who gets which variant",
                      .collection = "couples/*/betrayalEvents"},
                     {.flag = "--due",
                      .field = "due_time",
                      .help = "When it is due; late answers are accepted"},
                     {.flag = "--dry-run",
                      .field = "validate_only",
                      .help = "Check everything on the server and assign nothing"}},
       .run = Assign},
      {.path = "assignment list",
       .help = "List the homework of a couple, oldest first",
       .example = "mendctl assignment list couples/ID",
       .method = "AssignmentService.ListAssignments",
       .arguments = {InCouple()},
       .columns = {{"Assignment", "name"},
                   {"Partner", "partner"},
                   {"Exercise", "exercise_revision"},
                   {"State", "state"},
                   {"Due", "due_time"}}},
      {.path = "assignment show",
       .help = "Show an assignment",
       .example = "mendctl assignment show couples/ID/assignments/ID",
       .method = "AssignmentService.GetAssignment",
       .arguments = {Assignment()},
       .columns = AssignmentColumns()},
      {.path = "assignment cancel",
       .help = "Take an assignment back; what was handed in stays",
       .example = "mendctl assignment cancel couples/ID/assignments/ID --dry-run",
       .method = "AssignmentService.CancelAssignment",
       .arguments = {Assignment()},
       .columns = AssignmentColumns(),
       .read_method = "AssignmentService.GetAssignment",
       .dry_run = "This assignment would be taken back; what was handed in would stay."},
      {.path = "response list",
       .help = "List what partners handed in: states and times, no answers",
       .example = "mendctl response list couples/ID",
       .method = "ResponseService.ListResponses",
       .arguments = {InCouple()},
       .columns = {{"Response", "name"},
                   {"Partner", "partner"},
                   {"State", "state"},
                   {"Handed in", "submit_time"},
                   {"Versions", "version"}}},
  };
}

std::vector<Command> ReleaseCommands() {
  return {
      {.path = "release create",
       .help = "Release a response to a plugin; it leaves only while its author consents",
       .example = "mendctl release create couples/ID/assignments/ID/responses/ID --plugin plugins/ID",
       .method = "ConsentService.CreateRelease",
       .arguments = {{.flag = "response",
                      .field = "response",
                      .help = "The response",
                      .collection = "couples/*/assignments/*/responses"},
                     {.flag = "--plugin", .field = "plugin", .help = "The plugin", .collection = "plugins"}},
       .columns = ReleaseColumns(),
       .run = CreateRelease},
      {.path = "release list",
       .help = "List the releases of a couple, oldest first",
       .example = "mendctl release list couples/ID",
       .method = "ConsentService.ListReleases",
       .arguments = {InCouple()},
       .columns = ReleaseColumns()},
      {.path = "release cancel",
       .help = "Take a release back; the plugin is ordered to stop disclosing",
       .example = "mendctl release cancel couples/ID/releases/ID --dry-run",
       .method = "ConsentService.CancelRelease",
       .arguments =
           {{.flag = "release", .field = "name", .help = "The release", .collection = "couples/*/releases"}},
       .columns = ReleaseColumns(),
       .read_method = "ConsentService.GetRelease",
       .dry_run = "This release would be taken back; the plugin would be ordered to stop disclosing."},
  };
}

}  // namespace

std::vector<Command> HomeworkCommands() {
  std::vector<Command> commands = AssignmentCommands();
  for (const Command& command : ReleaseCommands()) {
    commands.push_back(command);
  }
  return commands;
}

}  // namespace mendwork::admin
