#include "admin/fields.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "admin/errors.h"
#include "admin/names.h"
#include "admin/print.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "service/base/status.h"

namespace mendwork::admin {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// "WithdrawalPolicy" -> "WITHDRAWAL_POLICY_": what every value of the enum starts with.
std::string EnumPrefix(const EnumDescriptor& type) {
  std::string prefix;
  for (const char letter : type.name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(letter)) && !prefix.empty()) {
      prefix += '_';
    }
    prefix += absl::ascii_toupper(static_cast<unsigned char>(letter));
  }
  return prefix + "_";
}

struct Place {
  Message* message;
  const FieldDescriptor* field;
};

// Walks to the message that holds the last part of the path, creating what is on the way.
absl::StatusOr<Place> Locate(Message& message, absl::string_view path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
  if (field == nullptr) {
    return absl::InternalError(absl::StrCat("There is no field ", path, "."));
  }
  if (dot == absl::string_view::npos) {
    return Place{&message, field};
  }
  return Locate(*message.GetReflection()->MutableMessage(&message, field), path.substr(dot + 1));
}

absl::Status SetEnum(const Place& place, absl::string_view text) {
  for (int i = 0; i < place.field->enum_type()->value_count(); ++i) {
    const EnumValueDescriptor* value = place.field->enum_type()->value(i);
    if (value->number() != 0 && EnumText(*value) == text) {
      const Reflection* reflection = place.message->GetReflection();
      place.field->is_repeated() ? reflection->AddEnum(place.message, place.field, value)
                                 : reflection->SetEnum(place.message, place.field, value);
      return absl::OkStatus();
    }
  }
  return UsageError(absl::StrCat(
      "\"", text, "\" is not one of: ", absl::StrJoin(EnumChoices(*place.field->enum_type()), ", "), "."));
}

absl::Status SetMessage(const Place& place, absl::string_view text) {
  Message* message = place.message->GetReflection()->MutableMessage(place.message, place.field);
  if (auto* timestamp = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    MENDWORK_ASSIGN_OR_RETURN(const absl::Time time, ParseTime(text));
    timestamp->set_seconds(absl::ToUnixSeconds(time));
    timestamp->set_nanos(static_cast<int32_t>((time - absl::FromUnixSeconds(absl::ToUnixSeconds(time))) /
                                              absl::Nanoseconds(1)));
    return absl::OkStatus();
  }
  if (auto* duration = dynamic_cast<google::protobuf::Duration*>(message)) {
    MENDWORK_ASSIGN_OR_RETURN(const absl::Duration value, ParseDuration(text));
    duration->set_seconds(absl::ToInt64Seconds(value));
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(place.field->full_name(), " cannot be set from text."));
}

absl::Status SetNumber(const Place& place, absl::string_view text) {
  int32_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) {
    return UsageError(absl::StrCat("\"", text, "\" is not a whole number."));
  }
  place.message->GetReflection()->SetInt32(place.message, place.field, number);
  return absl::OkStatus();
}

std::string MessageText(const Message& message) {
  if (const auto* timestamp = dynamic_cast<const google::protobuf::Timestamp*>(&message)) {
    return TimeText(absl::FromUnixSeconds(timestamp->seconds()));
  }
  if (const auto* duration = dynamic_cast<const google::protobuf::Duration*>(&message)) {
    return absl::FormatDuration(absl::Seconds(duration->seconds()));
  }
  return message.ShortDebugString();
}

bool EndsWithBytes(const FieldDescriptor& field) {
  return absl::StripSuffix(field.name(), "_bytes").size() != field.name().size();
}

// One value of a field; `index` is -1 for a field that is not repeated.
std::string ValueText(const Message& message, const FieldDescriptor* field, int index,
                      absl::string_view practice) {
  const Reflection* reflection = message.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return ShortName(index < 0 ? reflection->GetString(message, field)
                                 : reflection->GetRepeatedString(message, field, index),
                       practice);
    case FieldDescriptor::CPPTYPE_ENUM:
      return EnumText(index < 0 ? *reflection->GetEnum(message, field)
                                : *reflection->GetRepeatedEnum(message, field, index));
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(message, field) ? "yes" : "no";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(reflection->GetInt32(message, field));
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t number = reflection->GetInt64(message, field);
      return EndsWithBytes(*field) ? BytesText(number) : absl::StrCat(number);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(index < 0 ? reflection->GetMessage(message, field)
                                   : reflection->GetRepeatedMessage(message, field, index));
    default:
      return "";
  }
}

}  // namespace

const FieldDescriptor* FindField(const Descriptor& type, absl::string_view path) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = type.FindFieldByName(std::string(path.substr(0, dot)));
  if (field == nullptr || dot == absl::string_view::npos) {
    return field;
  }
  return field->message_type() == nullptr ? nullptr : FindField(*field->message_type(), path.substr(dot + 1));
}

absl::Status SetField(Message& message, absl::string_view path, absl::string_view text) {
  MENDWORK_ASSIGN_OR_RETURN(const Place place, Locate(message, path));
  const Reflection* reflection = place.message->GetReflection();
  const google::protobuf::OneofDescriptor* choice = place.field->real_containing_oneof();
  if (choice != nullptr && reflection->HasOneof(*place.message, choice)) {
    return UsageError(absl::StrCat("Give only one ", choice->name(), "."));
  }
  switch (place.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      place.field->is_repeated() ? reflection->AddString(place.message, place.field, std::string(text))
                                 : reflection->SetString(place.message, place.field, std::string(text));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(place, text);
    case FieldDescriptor::CPPTYPE_BOOL:
      reflection->SetBool(place.message, place.field, text == "true");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
      return SetNumber(place, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return SetMessage(place, text);
    default:
      return absl::InternalError(absl::StrCat(path, " cannot be set from text."));
  }
}

std::string FieldText(const Message& message, absl::string_view path, absl::string_view practice) {
  const size_t dot = path.find('.');
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(std::string(path.substr(0, dot)));
  if (field == nullptr) {
    return "";
  }
  const Reflection* reflection = message.GetReflection();
  if (field->is_repeated()) {
    std::vector<std::string> lines;
    for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
      lines.push_back(
          dot == absl::string_view::npos
              ? ValueText(message, field, i, practice)
              : FieldText(reflection->GetRepeatedMessage(message, field, i), path.substr(dot + 1), practice));
    }
    return absl::StrJoin(lines, "\n");
  }
  if (field->has_presence() && !reflection->HasField(message, field)) {
    return "";
  }
  if (dot != absl::string_view::npos) {
    return FieldText(reflection->GetMessage(message, field), path.substr(dot + 1), practice);
  }
  return ValueText(message, field, -1, practice);
}

std::string EnumText(const EnumValueDescriptor& value) {
  if (value.number() == 0) {
    return "";
  }
  const absl::string_view word = absl::StripPrefix(value.name(), EnumPrefix(*value.type()));
  return absl::StrReplaceAll(absl::AsciiStrToLower(word), {{"_", "-"}});
}

std::vector<std::string> EnumChoices(const EnumDescriptor& type) {
  std::vector<std::string> choices;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) {
      choices.push_back(EnumText(*type.value(i)));
    }
  }
  return choices;
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text) {
  absl::string_view days_text = text;
  int days = 0;
  if (absl::ConsumeSuffix(&days_text, "d") && absl::SimpleAtoi(days_text, &days)) {
    return absl::Hours(24) * days;
  }
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) {
    return UsageError(absl::StrCat("\"", text, "\" is not a length of time; write 24h, 90m or 7d."));
  }
  return duration;
}

absl::StatusOr<absl::Time> ParseTime(absl::string_view text) {
  absl::Time time;
  for (const char* format : {"%Y-%m-%d%ET%H:%M:%E*S%Ez", "%Y-%m-%d%ET%H:%M%Ez"}) {
    if (absl::ParseTime(format, text, &time, nullptr)) {
      return time;
    }
  }
  for (const char* format : {"%Y-%m-%d %H:%M", "%Y-%m-%d%ET%H:%M"}) {
    if (absl::ParseTime(format, text, absl::LocalTimeZone(), &time, nullptr)) {
      return time;
    }
  }
  return UsageError(absl::StrCat("\"", text,
                                 "\" is not a time; write \"2025-01-31 14:05\" (the zone of this machine) ",
                                 "or 2025-01-31T14:05:00+01:00."));
}

}  // namespace mendwork::admin
