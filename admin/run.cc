#include "admin/run.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "admin/errors.h"
#include "admin/fields.h"
#include "admin/methods.h"
#include "admin/names.h"
#include "admin/print.h"
#include "mendwork/options/v1/options.pb.h"
#include "service/base/check.h"
#include "service/base/file.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Entries = std::vector<std::pair<std::string, std::string>>;

const google::protobuf::MethodDescriptor& MethodOf(const std::string& name) {
  const google::protobuf::MethodDescriptor* method = FindMethod(name);
  MENDWORK_CHECK(method != nullptr, "Command tables name methods that exist.");
  return *method;
}

std::string NameField(const Command& command) { return absl::StrCat(command.resource, "name"); }

std::string Prompt(const Argument& argument) {
  return absl::StrCat(argument.help.substr(0, argument.help.find_first_of(".;(")), ": ");
}

absl::StatusOr<std::string> ResolveValue(Context& context, const Argument& argument,
                                         const std::string& value) {
  if (argument.kind == ArgumentKind::kFile) {
    return value == "-" ? context.terminal.ReadAll() : base::ReadFile(value);
  }
  if (argument.kind != ArgumentKind::kContent) {
    return value;
  }
  if (value != "-") {
    return UsageError(absl::StrCat(
        argument.flag, " may not stand on the command line, where others can see it: leave it out to be ",
        "asked, or give - and one line on standard input."));
  }
  return context.terminal.ReadLine();
}

// Replaces file names by texts, and asks for content that is missing.
absl::StatusOr<Values> Resolve(Context& context, const Command& command, const Values& typed) {
  Values values = typed;
  for (const Argument& argument : command.arguments) {
    if (argument.field.empty()) {
      continue;
    }
    values.Remove(argument.flag);
    for (const std::string& value : typed.All(argument.flag)) {
      MENDWORK_ASSIGN_OR_RETURN(std::string text, ResolveValue(context, argument, value));
      values.Add(argument.flag, std::move(text));
    }
    const bool asks = argument.kind == ArgumentKind::kContent && IsRequired(command, argument);
    if (asks && !typed.Has(argument.flag)) {
      MENDWORK_ASSIGN_OR_RETURN(std::string text, context.terminal.Ask(Prompt(argument), /*echo=*/true));
      values.Add(argument.flag, std::move(text));
    }
  }
  return values;
}

absl::Status SetArgument(const Context& context, const Command& command, const Values& values,
                         const Argument& argument, Message& request) {
  std::vector<std::string> texts = values.All(argument.flag);
  if (!argument.collection.empty()) {
    MENDWORK_ASSIGN_OR_RETURN(texts, ResourceNames(context, command, values, argument.flag));
  }
  for (const std::string& text : texts) {
    const absl::Status status = SetField(request, argument.field, text);
    if (!status.ok()) {
      return UsageError(absl::StrCat(argument.flag, ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

// Every field that is sent below the updated resource, in the order of the arguments.
void SetUpdateMask(const Command& command, const Values& values, Message& request) {
  const FieldDescriptor* mask_field = request.GetDescriptor()->FindFieldByName("update_mask");
  if (mask_field == nullptr) {
    return;
  }
  Message* mask = request.GetReflection()->MutableMessage(&request, mask_field);
  const FieldDescriptor* paths = mask->GetDescriptor()->FindFieldByName("paths");
  const auto add = [&](absl::string_view field) {
    mask->GetReflection()->AddString(mask, paths, std::string(absl::StripPrefix(field, command.resource)));
  };
  for (const Argument& argument : command.arguments) {
    if (!argument.field.empty() && argument.field != NameField(command) && values.Has(argument.flag)) {
      add(argument.field);
    }
  }
  for (const auto& [field, text] : command.constants) {
    add(field);
  }
}

// Fills `name` (or `parent`) with the caller's practice where no argument did.
void SetPractice(const Context& context, absl::string_view path, Message& request) {
  const FieldDescriptor* field = FindField(*request.GetDescriptor(), path);
  if (field != nullptr && FieldText(request, path, "").empty()) {
    SetField(request, path, context.practice).IgnoreError();
  }
}

absl::StatusOr<MessagePointer> ReadResource(Context& context, const Command& command,
                                            const Message& request) {
  const google::protobuf::MethodDescriptor& method = MethodOf(command.read_method);
  MessagePointer read = NewMessage(*method.input_type());
  MENDWORK_RETURN_IF_ERROR(SetField(*read, "name", FieldText(request, NameField(command), "")));
  return context.client.Call(command.read_method, *read);
}

void PrintRecord(Context& context, const Command& command, const Message& reply, Entries entries) {
  for (const Column& column : command.columns) {
    entries.emplace_back(column.title, FieldText(reply, column.field, context.practice));
  }
  context.out << Record(entries);
}

void PrintTable(Context& context, const Command& command, const Message& reply) {
  const Descriptor& type = *reply.GetDescriptor();
  const FieldDescriptor* rows_field = type.field(0);
  const int count = reply.GetReflection()->FieldSize(reply, rows_field);
  if (count == 0) {
    context.out << "There is nothing to list.\n";
    return;
  }
  std::vector<std::string> titles;
  for (const Column& column : command.columns) {
    titles.push_back(column.title);
  }
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < count; ++i) {
    const Message& row = reply.GetReflection()->GetRepeatedMessage(reply, rows_field, i);
    std::vector<std::string>& cells = rows.emplace_back();
    for (const Column& column : command.columns) {
      cells.push_back(FieldText(row, column.field, context.practice));
    }
  }
  context.out << Table(titles, rows);
  if (!FieldText(reply, "next_page_token", "").empty()) {
    context.err << "There are more; a greater --limit shows them.\n";
  }
}

absl::Status DryRun(Context& context, const Command& command, const Message& request) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer resource, ReadResource(context, command, request));
  if (context.json) {
    context.out << Json(*resource);
    return absl::OkStatus();
  }
  PrintRecord(context, command, *resource, {});
  context.out << command.dry_run << " Nothing was changed.\n";
  return absl::OkStatus();
}

}  // namespace

absl::Status RunCommand(Context& context, const Command& command, const Values& typed) {
  if (!command.method.empty() && !AllowsAnonymous(MethodOf(command.method))) {
    MENDWORK_RETURN_IF_ERROR(RequireSignedIn(context));
  }
  MENDWORK_ASSIGN_OR_RETURN(const Values values, Resolve(context, command, typed));
  return command.run != nullptr ? command.run(context, command, values) : RunMethod(context, command, values);
}

absl::Status RunMethod(Context& context, const Command& command, const Values& values) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer request, BuildRequest(context, command, values));
  if (values.Has("--dry-run")) {
    return DryRun(context, command, *request);
  }
  if (!IsList(command)) {
    return SendAndPrint(context, command, *request);
  }
  int limit = 0;
  if (values.Has("--limit") && (!absl::SimpleAtoi(values.Get("--limit"), &limit) || limit < 0)) {
    return UsageError("--limit: give a number, 0 for everything.");
  }
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer reply,
                            context.client.CallList(command.method, *request, limit));
  PrintReply(context, command, *reply);
  return absl::OkStatus();
}

absl::StatusOr<MessagePointer> BuildRequest(const Context& context, const Command& command,
                                            const Values& values) {
  MessagePointer request = NewMessage(*MethodOf(command.method).input_type());
  for (const Argument& argument : command.arguments) {
    if (!argument.field.empty()) {
      MENDWORK_RETURN_IF_ERROR(SetArgument(context, command, values, argument, *request));
    }
  }
  for (const auto& [field, text] : command.constants) {
    MENDWORK_RETURN_IF_ERROR(SetField(*request, field, text));
  }
  SetPractice(context, "parent", *request);
  SetPractice(context, NameField(command), *request);
  SetUpdateMask(command, values, *request);
  return request;
}

absl::StatusOr<MessagePointer> Send(Context& context, const Command& command, Message& request) {
  const std::string etag_field = absl::StrCat(command.resource, "etag");
  if (!command.read_method.empty() && FindField(*request.GetDescriptor(), etag_field) != nullptr) {
    MENDWORK_ASSIGN_OR_RETURN(const MessagePointer resource, ReadResource(context, command, request));
    MENDWORK_RETURN_IF_ERROR(SetField(request, etag_field, FieldText(*resource, "etag", "")));
  }
  return context.client.Call(command.method, request);
}

absl::Status SendAndPrint(Context& context, const Command& command, Message& request) {
  MENDWORK_ASSIGN_OR_RETURN(const MessagePointer reply, Send(context, command, request));
  PrintReply(context, command, *reply);
  return absl::OkStatus();
}

void PrintReply(Context& context, const Command& command, const Message& reply,
                const std::vector<std::pair<std::string, std::string>>& first) {
  if (context.json) {
    context.out << Json(reply);
    return;
  }
  IsList(command) ? PrintTable(context, command, reply) : PrintRecord(context, command, reply, first);
  if (!command.next.empty()) {
    context.out << "\n" << Wrap(command.next, "");
  }
}

void NameFlags(const Command& command, Failure& failure) {
  for (FieldProblem& problem : failure.problems) {
    const std::string field = problem.field.substr(0, problem.field.find('['));
    for (const Argument& argument : command.arguments) {
      if (!argument.field.empty() && argument.field == field) {
        problem.flag = argument.flag;
      }
    }
  }
}

absl::StatusOr<std::vector<std::string>> ResourceNames(const Context& context, const Command& command,
                                                       const Values& values, const std::string& flag) {
  std::string base;
  std::string collection;
  for (const Argument& argument : command.arguments) {
    if (argument.flag == flag) {
      collection = argument.collection;
    } else if (argument.field == "parent" && !argument.collection.empty() && values.Has(argument.flag)) {
      MENDWORK_ASSIGN_OR_RETURN(
          base, ExpandName(values.Get(argument.flag), argument.collection, context.practice, ""));
    }
  }
  std::vector<std::string> names;
  for (const std::string& text : values.All(flag)) {
    MENDWORK_ASSIGN_OR_RETURN(std::string name, ExpandName(text, collection, context.practice, base));
    names.push_back(std::move(name));
  }
  return names;
}

absl::StatusOr<std::string> ResourceName(const Context& context, const Command& command, const Values& values,
                                         const std::string& flag) {
  MENDWORK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                            ResourceNames(context, command, values, flag));
  return names.empty() ? std::string() : names.front();
}

absl::Status RequireSignedIn(const Context& context) {
  return context.client.has_token() ? absl::OkStatus()
                                    : NotSignedInError("You are not signed in at this server.");
}

bool IsPositional(const Argument& argument) { return !absl::StartsWith(argument.flag, "-"); }

bool IsList(const Command& command) {
  return !command.method.empty() &&
         MethodOf(command.method).output_type()->FindFieldByName("next_page_token") != nullptr;
}

const FieldDescriptor* FieldOf(const Command& command, const Argument& argument) {
  if (command.method.empty() || argument.field.empty()) {
    return nullptr;
  }
  const FieldDescriptor* field = FindField(*MethodOf(command.method).input_type(), argument.field);
  MENDWORK_CHECK(field != nullptr, "Command tables name fields that exist.");
  return field;
}

bool IsRequired(const Command& command, const Argument& argument) {
  const FieldDescriptor* field = FieldOf(command, argument);
  if (argument.required || field == nullptr) {
    return argument.required;
  }
  const options::v1::FieldRule& rule = field->options().GetExtension(options::v1::field);
  // In an update a field is sent only when it changes; the name is always needed.
  const bool is_optional_in_update =
      MethodOf(command.method).input_type()->FindFieldByName("update_mask") != nullptr &&
      argument.field != NameField(command);
  return IsPositional(argument) || (!is_optional_in_update && (rule.required() || rule.defined_enum()));
}

}  // namespace mendwork::admin
