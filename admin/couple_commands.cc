// Couples, their partners, and who treats them.
#include "admin/command.h"
#include "admin/fields.h"
#include "admin/print.h"
#include "admin/run.h"
#include "mendwork/v1/care_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

absl::Status ShowPartner(Context& context, const Command& command, const Values& values) {
  if (!values.Has("--open")) {
    return RunMethod(context, command, values);
  }
  mendwork::v1::AccessPartnerRequest request;
  MENDWORK_ASSIGN_OR_RETURN(*request.mutable_name(), ResourceName(context, command, values, "partner"));
  MENDWORK_ASSIGN_OR_RETURN(const auto identity, context.client.Call<mendwork::v1::PartnerIdentity>(
                                                     "CareService.AccessPartner", request));
  if (context.json) {
    context.out << Json(identity);
    return absl::OkStatus();
  }
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer get, BuildRequest(context, command, values));
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer partner, context.client.Call(command.method, *get));
  PrintReply(context, command, *partner,
             {{"Name", identity.display_name()},
              {"Location", identity.location().empty() ? "unknown" : identity.location()}});
  return absl::OkStatus();
}

const std::vector<Column>& CoupleColumns() {
  static const auto& columns =
      *new std::vector<Column>{{"Couple", "name"}, {"State", "state"}, {"Created", "create_time"}};
  return columns;
}

const std::vector<Column>& PartnerColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Partner", "name"},
      {"State", "state"},
      {"Language", "language"},
      {"Time zone", "time_zone"},
      {"Adult", "adult_confirmed"},
      {"Location confirmed", "location_confirm_time"},
      {"Digital homework", "digital_homework"},
      {"Enrolled", "enrolled"},
      {"Treatment granted", "treatment_granted"},
      {"Linked records", "linked_plugins"},
      {"Joined", "create_time"},
  };
  return columns;
}

const std::vector<Column>& RelationColumns() {
  static const auto& columns = *new std::vector<Column>{{"Relation", "name"},
                                                        {"Staff", "staff"},
                                                        {"Kind", "kind"},
                                                        {"From", "start_time"},
                                                        {"Until", "end_time"}};
  return columns;
}

const Argument& InCouple() {
  static const auto& argument =
      *new Argument{.flag = "couple", .field = "parent", .help = "The couple", .collection = "couples"};
  return argument;
}

Argument PartnerIn(const std::string& field) {
  return {.flag = "partner", .field = field, .help = "The partner", .collection = "couples/*/partners"};
}

std::vector<Command> PartnerCommands() {
  const Argument language = {.flag = "--language",
                             .field = "language",
                             .help = "Language they write and read in, such as es; English when left out"};
  const Argument time_zone = {.flag = "--time-zone",
                              .field = "time_zone",
                              .help = "Their time zone, such as Europe/Madrid; UTC when left out"};
  return {
      {.path = "partner add",
       .help = "Add a partner to a couple",
       .example = "mendctl partner add couples/ID --language es --time-zone Europe/Madrid",
       .method = "CareService.CreatePartner",
       .arguments = {InCouple(),
                     {.flag = "--name",
                      .field = "display_name",
                      .help = "Name by which they want to be called",
                      .kind = ArgumentKind::kContent},
                     language,
                     time_zone},
       .columns = PartnerColumns(),
       .next = "Next, after speaking to them alone: mendctl partner confirm"},
      {.path = "partner confirm",
       .help = "Record what you established with a partner alone, before any invitation",
       .example =
           "mendctl partner confirm couples/ID/partners/ID --adult --digital-homework accepted --asked-alone",
       .method = "CareService.ConfirmPartner",
       .arguments = {PartnerIn("name"),
                     {.flag = "--adult", .field = "adult", .help = "They are of age where they are"},
                     {.flag = "--location",
                      .field = "location",
                      .help = "Where they are (a region code such as ES-MD, and words if wanted)",
                      .kind = ArgumentKind::kContent},
                     {.flag = "--digital-homework",
                      .field = "digital_homework",
                      .help = "What they answered about digital homework"},
                     {.flag = "--asked-alone", .field = "asked_alone", .help = "They were asked alone"}},
       .columns = PartnerColumns(),
       .next = "Next: mendctl partner invite"},
      {.path = "partner invite",
       .help = "Make a one-time invitation code; earlier codes of the partner end",
       .example = "mendctl partner invite couples/ID/partners/ID --in-person",
       .method = "CareService.CreateInvitation",
       .arguments = {PartnerIn("partner"),
                     {.flag = "--in-person",
                      .field = "in_person",
                      .help = "The code is handed over to the person themselves, alone"}},
       .columns = {{"Partner", "partner"}, {"One-time code", "code"}, {"Code ends", "expire_time"}},
       .next = "The code is shown this once. Hand it over in person and alone; never by a shared channel."},
      {.path = "partner list",
       .help = "List the partners of a couple, without names",
       .example = "mendctl partner list couples/ID",
       .method = "CareService.ListPartners",
       .arguments = {InCouple()},
       .columns = {{"Partner", "name"},
                   {"State", "state"},
                   {"Language", "language"},
                   {"Digital homework", "digital_homework"},
                   {"Enrolled", "enrolled"},
                   {"Treatment granted", "treatment_granted"}}},
      {.path = "partner show",
       .help = "Show a partner; with --open also name and location",
       .example = "mendctl partner show couples/ID/partners/ID --open",
       .method = "CareService.GetPartner",
       .arguments = {PartnerIn("name"),
                     {.flag = "--open",
                      .help = "Open name and location too; audited (with --json: these alone)",
                      .kind = ArgumentKind::kSwitch}},
       .columns = PartnerColumns(),
       .run = ShowPartner},
      {.path = "partner update",
       .help = "Change a partner's state, language or time zone",
       .example = "mendctl partner update couples/ID/partners/ID --state paused",
       .method = "CareService.UpdatePartner",
       .arguments = {PartnerIn("name"),
                     {.flag = "--state", .field = "state", .help = "The new state"},
                     language,
                     time_zone},
       .columns = PartnerColumns(),
       .read_method = "CareService.GetPartner"},
      {.path = "partner link",
       .help = "Link a partner to their own chart in a record system",
       .example =
           "mendctl partner link couples/ID/partners/ID --plugin plugins/ID --system urn:oid:2.16.724.4.40",
       .method = "CareService.LinkRecord",
       .arguments = {PartnerIn("partner"),
                     {.flag = "--plugin",
                      .field = "plugin",
                      .help = "The plugin of the record system",
                      .collection = "plugins"},
                     {.flag = "--system",
                      .field = "identifier_system",
                      .help = "Identifier system of the chart number, a URI"},
                     {.flag = "--number",
                      .field = "identifier_value",
                      .help = "Chart number",
                      .kind = ArgumentKind::kContent,
                      .required = true}},
       .columns = PartnerColumns()},
      {.path = "partner unlink",
       .help = "Undo the link of a partner to a chart",
       .example =
           "mendctl partner unlink couples/ID/partners/ID --plugin plugins/ID --system urn:oid:2.16.724.4.40",
       .method = "CareService.LinkRecord",
       .arguments = {PartnerIn("partner"),
                     {.flag = "--plugin",
                      .field = "plugin",
                      .help = "The plugin of the record system",
                      .collection = "plugins"},
                     {.flag = "--system",
                      .field = "identifier_system",
                      .help = "Identifier system of the chart number, a URI"}},
       .columns = PartnerColumns()},
  };
}

std::vector<Command> RelationCommands() {
  return {
      {.path = "relation add",
       .help = "Add a staff member to those who treat a couple, from now on",
       .example =
           "mendctl relation add couples/ID --staff staff/ID --kind cover --until \"2025-08-31 18:00\"",
       .method = "CareService.CreateCareRelation",
       .arguments = {InCouple(),
                     {.flag = "--staff",
                      .field = "care_relation.staff",
                      .help = "The staff member",
                      .collection = "staff"},
                     {.flag = "--kind", .field = "care_relation.kind", .help = "The kind of relation"},
                     {.flag = "--until",
                      .field = "care_relation.end_time",
                      .help = "When it ends; open when left out"}},
       .columns = RelationColumns()},
      {.path = "relation end",
       .help = "End a relation now; the staff member no longer reaches the couple through it",
       .example = "mendctl relation end couples/ID/careRelations/ID",
       .method = "CareService.EndCareRelation",
       .arguments = {{.flag = "relation",
                      .field = "name",
                      .help = "The relation",
                      .collection = "couples/*/careRelations"}},
       .columns = RelationColumns()},
      {.path = "relation list",
       .help = "List who treats a couple, past and present",
       .example = "mendctl relation list couples/ID",
       .method = "CareService.ListCareRelations",
       .arguments = {InCouple()},
       .columns = RelationColumns()},
  };
}

}  // namespace

std::vector<Command> CoupleCommands() {
  std::vector<Command> commands = {
      {.path = "couple create",
       .help = "Create a couple; you become its lead therapist",
       .example = "mendctl couple create",
       .method = "CareService.CreateCouple",
       .columns = CoupleColumns(),
       .next = "Next, for each partner: mendctl partner add"},
      {.path = "couple list",
       .help = "List the couples you treat, oldest first",
       .example = "mendctl couple list",
       .method = "CareService.ListCouples",
       .columns = CoupleColumns()},
      {.path = "couple show",
       .help = "Show a couple",
       .example = "mendctl couple show couples/ID",
       .method = "CareService.GetCouple",
       .arguments = {{.flag = "couple", .field = "name", .help = "The couple", .collection = "couples"}},
       .columns = CoupleColumns()},
  };
  for (const std::vector<Command>& more : {PartnerCommands(), RelationCommands()}) {
    commands.insert(commands.end(), more.begin(), more.end());
  }
  return commands;
}

}  // namespace mendwork::admin
