// The people who work in a practice.
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "admin/command.h"
#include "admin/fields.h"
#include "admin/names.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/admin/v1/staff_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

absl::StatusOr<std::string> DisplayName(Context& context, const std::string& name) {
  v1::AccessStaffRequest request;
  request.set_name(name);
  MENDWORK_ASSIGN_OR_RETURN(
      const auto reply, context.client.Call<v1::AccessStaffResponse>("StaffService.AccessStaff", request));
  return reply.display_name();
}

nlohmann::json JsonWithName(const v1::Staff& staff, const std::string& display_name) {
  nlohmann::json json = nlohmann::json::parse(Json(staff), nullptr, /*allow_exceptions=*/false);
  json["displayName"] = display_name;
  return json;
}

absl::Status ShowStaff(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  MENDWORK_ASSIGN_OR_RETURN(const auto staff, context.client.Call<v1::Staff>(command.method, *request));
  MENDWORK_ASSIGN_OR_RETURN(const std::string display_name, DisplayName(context, staff.name()));
  if (context.json) {
    context.out << JsonWithName(staff, display_name).dump(1) << "\n";
    return absl::OkStatus();
  }
  PrintReply(context, command, staff, {{"Name", display_name}});
  return absl::OkStatus();
}

absl::Status ListStaff(Context& context, const Command& command, const Values& values) {
  if (!values.Has("--names")) {
    return RunMethod(context, command, values);
  }
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer reply, context.client.CallList(command.method, *request, 0));
  nlohmann::json json = {{"staff", nlohmann::json::array()}};
  std::vector<std::vector<std::string>> rows;
  for (const v1::Staff& staff : dynamic_cast<const v1::ListStaffResponse&>(*reply).staff()) {
    MENDWORK_ASSIGN_OR_RETURN(const std::string display_name, DisplayName(context, staff.name()));
    json["staff"].push_back(JsonWithName(staff, display_name));
    std::vector<std::string>& cells = rows.emplace_back();
    for (const Column& column : command.columns) {
      cells.push_back(FieldText(staff, column.field, context.practice));
    }
    cells.push_back(display_name);
  }
  std::vector<std::string> titles;
  for (const Column& column : command.columns) {
    titles.push_back(column.title);
  }
  titles.push_back("Name");
  context.out << (context.json ? json.dump(1) + "\n" : Table(titles, rows));
  return absl::OkStatus();
}

const std::vector<Column>& StaffColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Staff", "name"}, {"State", "state"}, {"Roles", "roles"}, {"Created", "create_time"}};
  return columns;
}

}  // namespace

std::vector<Command> StaffCommands() {
  const Argument staff = {
      .flag = "staff", .field = "name", .help = "The staff member", .collection = "staff"};
  const Argument roles = {.flag = "--role", .field = "roles", .help = "A role; repeat for several"};
  const std::string code_note =
      "The code is shown this once and works once. Hand it over in person; its owner runs: mendctl enroll";
  return {
      {.path = "staff create",
       .help = "Add a staff member and make their one-time code",
       .example = "mendctl staff create --name \"Ivan Petrov\" --role therapist --role on-call",
       .method = "StaffService.CreateStaff",
       .arguments = {{.flag = "--name", .field = "display_name", .help = "Name as clients see it"}, roles},
       .columns = {{"Staff", "staff.name"},
                   {"Roles", "staff.roles"},
                   {"One-time code", "enrollment_code"},
                   {"Code ends", "expire_time"}},
       .next = code_note},
      {.path = "staff list",
       .help = "List the staff, in the order of joining",
       .example = "mendctl staff list --names",
       .method = "StaffService.ListStaff",
       .arguments = {{.flag = "--names",
                      .help = "Open every name too; each opening is audited",
                      .kind = ArgumentKind::kSwitch}},
       .columns = StaffColumns(),
       .run = ListStaff},
      {.path = "staff show",
       .help = "Show a staff member with their name; the opening of the name is audited",
       .example = "mendctl staff show staff/ID",
       .method = "StaffService.GetStaff",
       .arguments = {staff},
       .columns = StaffColumns(),
       .run = ShowStaff},
      {.path = "staff roles",
       .help = "Replace the roles of a staff member; their sessions end",
       .example = "mendctl staff roles staff/ID --role therapist --role supervisor",
       .method = "StaffService.UpdateStaffRoles",
       .arguments = {staff, roles},
       .columns = StaffColumns(),
       .read_method = "StaffService.GetStaff"},
      {.path = "staff disable",
       .help = "Shut a staff member out at once and end their relations to couples",
       .example = "mendctl staff disable staff/ID --dry-run",
       .method = "StaffService.DisableStaff",
       .arguments = {staff},
       .columns = StaffColumns(),
       .read_method = "StaffService.GetStaff",
       .dry_run =
           "This staff member would be shut out at once: sessions and relations to couples would end."},
      {.path = "staff reissue",
       .help = "Make a new one-time code for a staff member who lost their secret",
       .example = "mendctl staff reissue staff/ID",
       .method = "StaffService.ReissueStaffEnrollment",
       .arguments = {staff},
       .columns = {{"One-time code", "enrollment_code"}, {"Code ends", "expire_time"}},
       .next = code_note + ". Their old secret and sessions end when they do."},
  };
}

}  // namespace mendwork::admin
