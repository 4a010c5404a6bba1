// Setting a server up, its state, and the settings of the practice.
#include <utility>

#include "absl/strings/str_cat.h"
#include "admin/command.h"
#include "admin/errors.h"
#include "admin/run.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

using SupportContact = v1::Practice::SupportContact;

absl::StatusOr<SupportContact> ParseSupportContact(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    return UsageError(
        absl::StrCat("--support: \"", text, "\" is not LABEL=CONTACT, as in \"Crisis line=024\"."));
  }
  SupportContact contact;
  contact.set_label(text.substr(0, equals));
  contact.set_contact(text.substr(equals + 1));
  return contact;
}

// The contacts that --support gives, else those the practice has; confirmed as the options say.
absl::StatusOr<std::vector<SupportContact>> SupportContacts(Context& context, const Values& values) {
  std::vector<SupportContact> contacts;
  for (const std::string& text : values.All("--support")) {
    MENDWORK_ASSIGN_OR_RETURN(SupportContact contact, ParseSupportContact(text));
    contacts.push_back(std::move(contact));
  }
  if (contacts.empty()) {
    v1::GetPracticeRequest request;
    request.set_name(context.practice);
    MENDWORK_ASSIGN_OR_RETURN(const auto practice,
                              context.client.Call<v1::Practice>("PracticeService.GetPractice", request));
    contacts.assign(practice.support_contacts().begin(), practice.support_contacts().end());
  }
  for (SupportContact& contact : contacts) {
    if (values.Has("--support-confirmed-by")) {
      contact.set_confirmed_by(values.Get("--support-confirmed-by"));
    }
    if (values.Has("--confirmed-on")) {
      contact.set_confirmed_on(values.Get("--confirmed-on"));
    }
  }
  return contacts;
}

absl::Status UpdatePractice(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer message, BuildRequest(context, command, values));
  auto& request = dynamic_cast<v1::UpdatePracticeRequest&>(*message);
  if (values.Has("--support") || values.Has("--support-confirmed-by") || values.Has("--confirmed-on")) {
    MENDWORK_ASSIGN_OR_RETURN(const std::vector<SupportContact> contacts, SupportContacts(context, values));
    request.mutable_practice()->mutable_support_contacts()->Assign(contacts.begin(), contacts.end());
    request.mutable_update_mask()->add_paths("support_contacts");
  }
  if (request.update_mask().paths().empty()) {
    return UsageError("Say what to change; mendctl practice update --help lists the settings.");
  }
  return SendAndPrint(context, command, request);
}

const std::vector<Column>& PracticeColumns() {
  static const auto& columns = *new std::vector<Column>{
      {"Practice", "name"},
      {"Name", "display_name"},
      {"Demo", "demo"},
      {"Sharing between partners waits", "partner_grant_delay"},
      {"Copies after a withdrawal", "withdrawal_policy"},
      {"Reading hours", "reading_hours"},
      {"Support", "support_contacts.label"},
      {"Support contact", "support_contacts.contact"},
      {"Support confirmed by", "support_contacts.confirmed_by"},
      {"Support confirmed on", "support_contacts.confirmed_on"},
      {"Created", "create_time"},
  };
  return columns;
}

const std::vector<Column>& CreatedColumns() {
  static const auto& columns = *new std::vector<Column>{{"Practice", "practice.name"},
                                                        {"Name", "practice.display_name"},
                                                        {"Administrator", "administrator"},
                                                        {"One-time code", "enrollment_code"},
                                                        {"Code ends", "expire_time"}};
  return columns;
}

const std::vector<Argument>& CreateArguments() {
  static const auto& arguments = *new std::vector<Argument>{
      {.flag = "--practice", .field = "practice_display_name", .help = "Name of the practice"},
      {.flag = "--administrator",
       .field = "administrator_display_name",
       .help = "Name of its first administrator"},
      {.flag = "--demo",
       .field = "demo",
       .help =
           "Make it a practice for trying things out: nothing needs clinical acceptance, no number can be "
           "dialled; can never be changed"},
  };
  return arguments;
}

}  // namespace

std::vector<Command> PracticeCommands() {
  const std::string code_note =
      "The code is shown this once and works once. Hand it to the administrator, who runs: mendctl enroll";
  return {
      {.path = "init",
       .help = "Set a new server up: the first practice and its first administrator",
       .example = "mendctl init --practice \"Harbour Practice\" --administrator \"Ana Ruiz\"",
       .method = "PracticeService.InitializeServer",
       .arguments = CreateArguments(),
       .columns = CreatedColumns(),
       .next = code_note},
      {.path = "status",
       .help = "Show the state of the server, and what an administrator should look at",
       .example = "mendctl status",
       .method = "PracticeService.GetServerStatus",
       .columns = {{"Version", "version"},
                   {"Schema", "schema_version"},
                   {"Key provider", "key_provider"},
                   {"Started", "start_time"},
                   {"Waiting for the writer", "writer_queue_length"},
                   {"Database", "database_bytes"},
                   {"Free space", "free_bytes"},
                   {"Exercise revisions", "exercise_revision_count"},
                   {"Deliveries waiting", "pending_delivery_count"},
                   {"Deliveries given up", "dead_delivery_count"},
                   {"Look at", "warnings"}}},
      {.path = "practice create",
       .help = "Create another practice with its first administrator",
       .example = "mendctl practice create --practice \"Second Practice\" --administrator \"Ivan Petrov\"",
       .method = "PracticeService.CreatePractice",
       .arguments = CreateArguments(),
       .columns = CreatedColumns(),
       .next = code_note},
      {.path = "practice show",
       .help = "Show the settings of your practice",
       .example = "mendctl practice show",
       .method = "PracticeService.GetPractice",
       .columns = PracticeColumns()},
      {.path = "practice update",
       .help = "Change settings of your practice; what is not named stays",
       .example = "mendctl practice update --reading-hours \"Monday to Friday, 9:00 to 17:00\"\n"
                  "  mendctl practice update --support \"Crisis line=024\" --support \"Emergency=112\" "
                  "--support-confirmed-by \"Ana Ruiz\" --confirmed-on 2025-01-31",
       .method = "PracticeService.UpdatePractice",
       .arguments = {{.flag = "--display-name",
                      .field = "practice.display_name",
                      .help = "Name of the practice as clients see it"},
                     {.flag = "--grant-delay",
                      .field = "practice.partner_grant_delay",
                      .help = "How long a grant to another partner waits before it holds, such as 24h"},
                     {.flag = "--withdrawal-policy",
                      .field = "practice.withdrawal_policy",
                      .help = "What happens to copies in record systems after a withdrawal"},
                     {.flag = "--reading-hours",
                      .field = "practice.reading_hours",
                      .help = "When somebody reads, in words; shown to clients"},
                     {.flag = "--support",
                      .help =
                          "Whom clients can turn to, LABEL=CONTACT; give all, they replace the present ones",
                      .repeated = true},
                     {.flag = "--support-confirmed-by", .help = "Who in the practice checked the contacts"},
                     {.flag = "--confirmed-on", .help = "The day they were checked, YYYY-MM-DD"}},
       .columns = PracticeColumns(),
       .resource = "practice.",
       .read_method = "PracticeService.GetPractice",
       .run = UpdatePractice},
  };
}

}  // namespace mendwork::admin
