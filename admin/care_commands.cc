// What the therapist records about care: betrayal events, suitability decisions, appointments.
#include "absl/strings/str_cat.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/run.h"
#include "mendwork/v1/care_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

using mendwork::v1::BetrayalEvent;
using mendwork::v1::CreateBetrayalEventRequest;

struct RoleFlag {
  const char* flag;
  mendwork::v1::EventRole role;
};

constexpr RoleFlag kRoleFlags[] = {{"--betrayed", mendwork::v1::EVENT_ROLE_BETRAYED},
                                   {"--involved", mendwork::v1::EVENT_ROLE_INVOLVED},
                                   {"--both", mendwork::v1::EVENT_ROLE_BOTH}};

absl::Status CreateEvent(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer message, BuildRequest(context, command, values));
  auto& request = dynamic_cast<CreateBetrayalEventRequest&>(*message);
  for (const RoleFlag& entry : kRoleFlags) {
    MENDWORK_ASSIGN_OR_RETURN(const std::vector<std::string> partners,
                              ResourceNames(context, command, values, entry.flag));
    for (const std::string& partner : partners) {
      BetrayalEvent::Participant* participant = request.mutable_betrayal_event()->add_participants();
      participant->set_partner(partner);
      participant->set_role(entry.role);
    }
  }
  if (request.betrayal_event().participants().empty()) {
    return UsageError("Say who took which part: --betrayed, --involved, --both.");
  }
  return SendAndPrint(context, command, request);
}

const std::vector<Column>& EventColumns() {
  static const auto& columns = *new std::vector<Column>{{"Event", "name"},
                                                        {"Status", "status"},
                                                        {"Partners", "participants.partner"},
                                                        {"Parts", "participants.role"},
                                                        {"Recorded", "create_time"}};
  return columns;
}

const std::vector<Column>& SuitabilityColumns() {
  static const auto& columns =
      *new std::vector<Column>{{"Decision", "name"}, {"Partners", "partners"}, {"Decided", "decision"},
                               {"By", "decider"},    {"On", "create_time"},    {"Lapses", "expire_time"}};
  return columns;
}

const std::vector<Column>& AppointmentColumns() {
  static const auto& columns = *new std::vector<Column>{{"Appointment", "name"},
                                                        {"Start", "start_time"},
                                                        {"End", "end_time"},
                                                        {"State", "state"},
                                                        {"Attendees", "attendees"}};
  return columns;
}

const Argument& InCouple() {
  static const auto& argument =
      *new Argument{.flag = "couple", .field = "parent", .help = "The couple", .collection = "couples"};
  return argument;
}

Argument ParticipantFlag(const std::string& flag, const std::string& help) {
  return {.flag = flag, .help = help, .collection = "couples/*/partners", .repeated = true};
}

std::vector<Command> EventCommands() {
  return {
      {.path = "event create",
       .help = "Record a betrayal event; never shown to partners",
       .example = "mendctl event create couples/ID --status acknowledged --betrayed ID --involved ID",
       .method = "CareService.CreateBetrayalEvent",
       .arguments = {InCouple(),
                     {.flag = "--status",
                      .field = "betrayal_event.status",
                      .help = "How far it is established"},
                     ParticipantFlag("--betrayed", "A partner who was betrayed; repeat for several"),
                     ParticipantFlag("--involved", "A partner who was involved; repeat for several"),
                     ParticipantFlag("--both", "A partner who was both; repeat for several")},
       .columns = EventColumns(),
       .run = CreateEvent},
      {.path = "event list",
       .help = "List the betrayal events of a couple, oldest first",
       .example = "mendctl event list couples/ID",
       .method = "CareService.ListBetrayalEvents",
       .arguments = {InCouple()},
       .columns = EventColumns()},
      {.path = "event update",
       .help = "Change how far a betrayal event is established",
       .example = "mendctl event update couples/ID/betrayalEvents/ID --status disputed",
       .method = "CareService.UpdateBetrayalEvent",
       .arguments = {{.flag = "event",
                      .field = "betrayal_event.name",
                      .help = "The event",
                      .collection = "couples/*/betrayalEvents"},
                     {.flag = "--status",
                      .field = "betrayal_event.status",
                      .help = "How far it is established",
                      .required = true}},
       .columns = EventColumns(),
       .resource = "betrayal_event.",
       .read_method = "CareService.GetBetrayalEvent"},
  };
}

std::vector<Command> SuitabilityCommands() {
  return {
      {.path = "suitability record",
       .help = "Record a decision about joint work of two partners; it lapses after 8 weeks",
       .example = "mendctl suitability record couples/ID --partner ID --partner ID --decision joint "
                  "--spoke-to-each-alone",
       .method = "CareService.RecordSuitability",
       .arguments = {InCouple(),
                     {.flag = "--partner",
                      .field = "suitability_decision.partners",
                      .help = "A partner; give two",
                      .collection = "couples/*/partners"},
                     {.flag = "--decision",
                      .field = "suitability_decision.decision",
                      .help = "What you decided"},
                     {.flag = "--spoke-to-each-alone",
                      .field = "suitability_decision.spoke_to_each_alone",
                      .help = "You spoke to each of them alone before deciding"}},
       .columns = SuitabilityColumns()},
      {.path = "suitability list",
       .help = "List the decisions about joint work, newest first",
       .example = "mendctl suitability list couples/ID",
       .method = "CareService.ListSuitabilityDecisions",
       .arguments = {InCouple()},
       .columns = SuitabilityColumns()},
  };
}

std::vector<Command> AppointmentCommands() {
  return {
      {.path = "appointment create",
       .help = "Plan a meeting; one of a single partner appears nowhere for the other",
       .example = "mendctl appointment create couples/ID --attendee ID --start \"2025-01-31 14:00\" --end "
                  "\"2025-01-31 15:00\"",
       .method = "CareService.CreateAppointment",
       .arguments = {InCouple(),
                     {.flag = "--attendee",
                      .field = "appointment.attendees",
                      .help = "A partner who attends; repeat for several",
                      .collection = "couples/*/partners"},
                     {.flag = "--start", .field = "appointment.start_time", .help = "When it starts"},
                     {.flag = "--end", .field = "appointment.end_time", .help = "When it ends"}},
       .columns = AppointmentColumns()},
      {.path = "appointment list",
       .help = "List the appointments of a couple, in the order in which they were made",
       .example = "mendctl appointment list couples/ID",
       .method = "CareService.ListAppointments",
       .arguments = {InCouple()},
       .columns = AppointmentColumns()},
      {.path = "appointment cancel",
       .help = "Cancel an appointment",
       .example = "mendctl appointment cancel couples/ID/appointments/ID",
       .method = "CareService.UpdateAppointment",
       .arguments = {{.flag = "appointment",
                      .field = "appointment.name",
                      .help = "The appointment",
                      .collection = "couples/*/appointments"}},
       .columns = AppointmentColumns(),
       .constants = {{"appointment.state", "cancelled"}},
       .resource = "appointment.",
       .read_method = "CareService.GetAppointment",
       .dry_run = "This appointment would be cancelled."},
  };
}

}  // namespace

std::vector<Command> CareCommands() {
  std::vector<Command> commands;
  for (const std::vector<Command>& more : {EventCommands(), SuitabilityCommands(), AppointmentCommands()}) {
    commands.insert(commands.end(), more.begin(), more.end());
  }
  return commands;
}

}  // namespace mendwork::admin
