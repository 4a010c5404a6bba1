// Safety concerns: what waits, and what was done.
#include "absl/strings/str_cat.h"
#include "admin/command.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/v1/safety_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

absl::Status ShowFlag(Context& context, const Command& command, const Values& values) {
  if (!values.Has("--open")) {
    return RunMethod(context, command, values);
  }
  mendwork::v1::AccessFlagRequest request;
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_name(), ResourceName(context, command, values, "flag"));
  MENDWORK_ASSIGN_OR_RETURN(const auto opened, context.client.Call<mendwork::v1::AccessFlagResponse>(
                                                   "SafetyService.AccessFlag", request));
  if (context.json) {
    context.out << Json(opened);
    return absl::OkStatus();
  }
  PrintReply(context, command, opened.flag(),
             {{"Written by", opened.partner_display_name()},
              {"Location", opened.partner_location().empty() ? "unknown" : opened.partner_location()}});
  for (const auto& evidence : opened.evidence()) {
    context.out << "\n"
                << Record({{"Rule", evidence.rule_id()},
                           {"Question", evidence.question()},
                           {"Answer", evidence.answer()}});
  }
  context.out << (opened.resolution_note().empty() ? "" : "\n")
              << Record({{"What was found and agreed", opened.resolution_note()}});
  return absl::OkStatus();
}

const std::vector<Column>& FlagColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Flag", "name"},
      {"Severity", "severity"},
      {"State", "state"},
      {"Category", "category"},
      {"About", "subject"},
      {"Couple", "couple"},
      {"Partner", "partner"},
      {"Raised", "create_time"},
      {"Acknowledge by", "acknowledge_due_time"},
      {"Acknowledged", "acknowledge_time"},
      {"Resolved", "resolve_time"},
      {"What was done", "disposition"},
  };
  return columns;
}

}  // namespace

std::vector<Command> FlagCommands() {
  const Argument flag = {.flag = "flag", .field = "name", .help = "The flag", .collection = "flags"};
  return {
      {.path = "flag list",
       .help = "List the safety concerns you answer for, newest first",
       .example = "mendctl flag list",
       .method = "SafetyService.ListFlags",
       .arguments = {{.flag = "--all", .field = "include_closed", .help = "Resolved and merged ones too"}},
       .columns = {{"Flag", "name"},
                   {"Severity", "severity"},
                   {"State", "state"},
                   {"Category", "category"},
                   {"About", "subject"},
                   {"Raised", "create_time"},
                   {"Acknowledge by", "acknowledge_due_time"}}},
      {.path = "flag show",
       .help = "Show a safety concern; with --open also what raised it",
       .example = "mendctl flag show flags/ID --open",
       .method = "SafetyService.GetFlag",
       .arguments = {flag,
                     {.flag = "--open",
                      .help = "Open what raised it, who wrote it and where they are; audited",
                      .kind = ArgumentKind::kSwitch}},
       .columns = FlagColumns(),
       .run = ShowFlag},
      {.path = "flag acknowledge",
       .help = "Record that you have seen a safety concern and act",
       .example = "mendctl flag acknowledge flags/ID",
       .method = "SafetyService.AcknowledgeFlag",
       .arguments = {flag},
       .columns = FlagColumns(),
       .read_method = "SafetyService.GetFlag",
       .next = "You have taken it. When you have acted: mendctl flag resolve"},
      {.path = "flag resolve",
       .help = "Close a safety concern with what was done",
       .example = "mendctl flag resolve flags/ID --disposition contacted-safe --note-file note.txt",
       .method = "SafetyService.ResolveFlag",
       .arguments = {flag,
                     {.flag = "--disposition", .field = "disposition", .help = "What was done"},
                     {.flag = "--note-file",
                      .field = "note",
                      .help =
                          "What was found, decided and agreed; needed for high, critical and false alarms",
                      .kind = ArgumentKind::kFile}},
       .columns = FlagColumns(),
       .read_method = "SafetyService.GetFlag"},
  };
}

}  // namespace mendwork::admin
