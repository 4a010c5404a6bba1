#include "service/rpc/validate.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>
#include <google/protobuf/unknown_field_set.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "mendwork/options/v1/options.pb.h"
#include "service/base/status.h"
#include "service/rpc/limits.h"

namespace mendwork::rpc {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using options::v1::FieldRule;

// 8-4-4-4-12 hexadecimal digits, version 4, variant 10. Either case: RFC 9562 reads both.
bool IsUuid4(absl::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) {
      return false;
    }
  }
  return text[14] == '4' && absl::string_view("89abAB").find(text[19]) != absl::string_view::npos;
}

class Validator {
 public:
  explicit Validator(UnknownFields unknown_fields) : unknown_fields_(unknown_fields) {}

  void Visit(const Message& message, const std::string& path);
  std::vector<base::Violation> Take() { return std::move(violations_); }

 private:
  // One value of one field: `index` is -1 for a field that is not repeated.
  struct Value {
    const Message& message;
    const FieldDescriptor* field;
    int index;
    const std::string& path;
    const FieldRule& rule;
  };

  void Add(absl::string_view field, absl::string_view rule, absl::string_view text);
  bool full() const { return violations_.size() >= kViolationsMax || items_ > kRequestItemsMax; }

  void VisitUnknown(const Message& message, const std::string& path);
  void VisitWellKnown(const Message& message, const std::string& path);
  void VisitField(const Message& message, const FieldDescriptor* field, const std::string& path);
  void VisitSingular(const Message& message, const FieldDescriptor* field, const std::string& path,
                     const FieldRule& rule);
  void VisitRepeated(const Message& message, const FieldDescriptor* field, const std::string& path,
                     const FieldRule& rule);
  void VisitMap(const Message& message, const FieldDescriptor* field, const std::string& path,
                const FieldRule& rule);
  void VisitValue(const Value& value);
  void CheckText(const Value& value);
  void CheckEnum(const Value& value);
  void CheckInteger(const Value& value);
  void CheckFinite(const Value& value);

  const UnknownFields unknown_fields_;
  int items_ = 0;
  std::vector<base::Violation> violations_;
};

void Validator::Add(absl::string_view field, absl::string_view rule, absl::string_view text) {
  if (violations_.size() < kViolationsMax) {
    violations_.push_back({std::string(field), std::string(rule), std::string(text)});
  }
}

std::string Join(const std::string& path, absl::string_view name) {
  return path.empty() ? std::string(name) : absl::StrCat(path, ".", name);
}

void Validator::Visit(const Message& message, const std::string& path) {
  if (unknown_fields_ == UnknownFields::kRefuse) {
    VisitUnknown(message, path);
  }
  VisitWellKnown(message, path);
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count() && !full(); ++i) {
    VisitField(message, type.field(i), Join(path, type.field(i)->name()));
  }
}

void Validator::VisitUnknown(const Message& message, const std::string& path) {
  const google::protobuf::UnknownFieldSet& unknown = message.GetReflection()->GetUnknownFields(message);
  std::set<int> numbers;
  for (int i = 0; i < unknown.field_count(); ++i) {
    numbers.insert(unknown.field(i).number());
  }
  for (const int number : numbers) {
    Add(Join(path, absl::StrCat(number)), "UNKNOWN_FIELD",
        "The server does not know a field with this number. The client may be newer than the server.");
  }
}

void Validator::VisitWellKnown(const Message& message, const std::string& path) {
  constexpr int kNanosMax = 999'999'999;
  if (message.GetDescriptor() == google::protobuf::Timestamp::descriptor()) {
    const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
    constexpr int64_t kYear1 = -62'135'596'800;
    constexpr int64_t kYear9999 = 253'402'300'799;
    if (time.seconds() < kYear1 || time.seconds() > kYear9999 || time.nanos() < 0 ||
        time.nanos() > kNanosMax) {
      Add(path, "TIMESTAMP", "The time must lie in the years 1 to 9999, with nanos from 0 to 999999999.");
    }
  } else if (message.GetDescriptor() == google::protobuf::Duration::descriptor()) {
    const auto& duration = static_cast<const google::protobuf::Duration&>(message);
    constexpr int64_t kTenThousandYears = 315'576'000'000;
    const bool signs_differ =
        (duration.seconds() > 0 && duration.nanos() < 0) || (duration.seconds() < 0 && duration.nanos() > 0);
    if (duration.nanos() > kNanosMax || duration.nanos() < -kNanosMax ||
        duration.seconds() > kTenThousandYears || duration.seconds() < -kTenThousandYears || signs_differ) {
      Add(path, "DURATION", "The duration must be within 10000 years, with seconds and nanos of one sign.");
    }
  }
}

void Validator::VisitField(const Message& message, const FieldDescriptor* field, const std::string& path) {
  const FieldRule& rule = field->options().GetExtension(options::v1::field);
  if (field->is_map()) {
    VisitMap(message, field, path, rule);
  } else if (field->is_repeated()) {
    VisitRepeated(message, field, path, rule);
  } else {
    VisitSingular(message, field, path, rule);
  }
}

void Validator::VisitSingular(const Message& message, const FieldDescriptor* field, const std::string& path,
                              const FieldRule& rule) {
  const Reflection& reflection = *message.GetReflection();
  // Without presence, HasField means "not the zero value".
  if (!reflection.HasField(message, field)) {
    if (rule.required()) {
      Add(path, "REQUIRED", "The field is required.");
    } else if (rule.defined_enum() && !field->has_presence()) {
      Add(path, "DEFINED_ENUM", "One of the listed values is required.");
    } else if (rule.bounded() && !field->has_presence()) {
      VisitValue({message, field, -1, path, rule});
    }
    return;
  }
  VisitValue({message, field, -1, path, rule});
}

void Validator::VisitRepeated(const Message& message, const FieldDescriptor* field, const std::string& path,
                              const FieldRule& rule) {
  const int count = message.GetReflection()->FieldSize(message, field);
  if (count == 0) {
    if (rule.required()) {
      Add(path, "REQUIRED", "At least one element is required.");
    }
    return;
  }
  const int items_max = rule.max_items() > 0 ? static_cast<int>(rule.max_items()) : kFieldItemsDefault;
  if (count > items_max) {
    Add(path, "MAX_ITEMS", absl::StrCat("The field may hold at most ", items_max, " elements."));
    return;  // Nobody wants to read about each of them.
  }
  items_ += count;
  if (items_ > kRequestItemsMax) {
    Add(path, "MAX_ITEMS",
        absl::StrCat("The request may hold at most ", kRequestItemsMax, " elements in all."));
    return;
  }
  for (int i = 0; i < count && !full(); ++i) {
    VisitValue({message, field, i, absl::StrCat(path, "[", i, "]"), rule});
  }
}

// Keys are the client's own words and their order means nothing, so the path ends at the field.
void Validator::VisitMap(const Message& message, const FieldDescriptor* field, const std::string& path,
                         const FieldRule& rule) {
  const Reflection& reflection = *message.GetReflection();
  const int count = reflection.FieldSize(message, field);
  if (count == 0 && rule.required()) {
    Add(path, "REQUIRED", "At least one entry is required.");
  }
  const int items_max = rule.max_items() > 0 ? static_cast<int>(rule.max_items()) : kFieldItemsDefault;
  items_ += count;
  if (count > items_max || items_ > kRequestItemsMax) {
    Add(path, "MAX_ITEMS", absl::StrCat("The field may hold at most ", items_max, " entries."));
    return;
  }
  for (int i = 0; i < count && !full(); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, field, i);
    for (int part = 0; part < entry.GetDescriptor()->field_count(); ++part) {
      VisitValue({entry, entry.GetDescriptor()->field(part), -1, path, rule});
    }
  }
}

void Validator::VisitValue(const Value& value) {
  const Reflection& reflection = *value.message.GetReflection();
  switch (value.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      Visit(value.index < 0 ? reflection.GetMessage(value.message, value.field)
                            : reflection.GetRepeatedMessage(value.message, value.field, value.index),
            value.path);
      return;
    case FieldDescriptor::CPPTYPE_STRING:
      CheckText(value);
      return;
    case FieldDescriptor::CPPTYPE_ENUM:
      CheckEnum(value);
      return;
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      CheckFinite(value);
      return;
    case FieldDescriptor::CPPTYPE_BOOL:
      return;
    default:
      CheckInteger(value);
  }
}

void Validator::CheckText(const Value& value) {
  const Reflection& reflection = *value.message.GetReflection();
  std::string scratch;
  const std::string& text =
      value.index < 0
          ? reflection.GetStringReference(value.message, value.field, &scratch)
          : reflection.GetRepeatedStringReference(value.message, value.field, value.index, &scratch);
  if (text.empty() && value.rule.required()) {
    Add(value.path, "REQUIRED", "The value must not be empty.");
    return;
  }
  const size_t bytes_max = value.rule.max_bytes() > 0 ? value.rule.max_bytes() : kFieldBytesDefault;
  if (text.size() > bytes_max) {
    Add(value.path, "MAX_BYTES", absl::StrCat("The value may take at most ", bytes_max, " bytes of UTF-8."));
    return;
  }
  if (value.rule.uuid4() && !text.empty() && !IsUuid4(text)) {
    Add(value.path, "UUID4",
        "The value must be a UUID version 4, such as xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx.");
  }
}

void Validator::CheckEnum(const Value& value) {
  const Reflection& reflection = *value.message.GetReflection();
  const int number = value.index < 0
                         ? reflection.GetEnumValue(value.message, value.field)
                         : reflection.GetRepeatedEnumValue(value.message, value.field, value.index);
  const bool zero_refused = value.rule.defined_enum() || value.rule.required();
  if (value.field->enum_type()->FindValueByNumber(number) == nullptr) {
    Add(value.path, "UNKNOWN_ENUM_VALUE", "The server does not know a value with this number.");
  } else if (number == 0 && zero_refused) {
    Add(value.path, "DEFINED_ENUM", "One of the listed values is required.");
  }
}

void Validator::CheckInteger(const Value& value) {
  if (!value.rule.bounded()) {
    return;
  }
  const Reflection& reflection = *value.message.GetReflection();
  const bool single = value.index < 0;
  bool within = false;
  const auto is_within = [&value](int64_t number) {
    return number >= value.rule.minimum() && number <= value.rule.maximum();
  };
  switch (value.field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      within = is_within(single ? reflection.GetInt32(value.message, value.field)
                                : reflection.GetRepeatedInt32(value.message, value.field, value.index));
      break;
    case FieldDescriptor::CPPTYPE_INT64:
      within = is_within(single ? reflection.GetInt64(value.message, value.field)
                                : reflection.GetRepeatedInt64(value.message, value.field, value.index));
      break;
    case FieldDescriptor::CPPTYPE_UINT32:
      within = is_within(single ? reflection.GetUInt32(value.message, value.field)
                                : reflection.GetRepeatedUInt32(value.message, value.field, value.index));
      break;
    case FieldDescriptor::CPPTYPE_UINT64: {
      const uint64_t number = single ? reflection.GetUInt64(value.message, value.field)
                                     : reflection.GetRepeatedUInt64(value.message, value.field, value.index);
      within = number <= INT64_MAX && is_within(static_cast<int64_t>(number));
      break;
    }
    default:
      within = true;
  }
  if (!within) {
    Add(value.path, "BOUNDS",
        absl::StrCat("The value must lie between ", value.rule.minimum(), " and ", value.rule.maximum(),
                     "."));
  }
}

void Validator::CheckFinite(const Value& value) {
  const Reflection& reflection = *value.message.GetReflection();
  double number = 0;
  if (value.field->cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
    number = value.index < 0 ? reflection.GetDouble(value.message, value.field)
                             : reflection.GetRepeatedDouble(value.message, value.field, value.index);
  } else {
    number = value.index < 0 ? reflection.GetFloat(value.message, value.field)
                             : reflection.GetRepeatedFloat(value.message, value.field, value.index);
  }
  if (!std::isfinite(number)) {
    Add(value.path, "FINITE", "The value must be a finite number.");
  }
}

}  // namespace

absl::Status ValidateRequest(const Message& request, UnknownFields unknown_fields) {
  Validator validator(unknown_fields);
  validator.Visit(request, "");
  std::vector<base::Violation> violations = validator.Take();
  return violations.empty() ? absl::OkStatus() : base::InvalidArgument(std::move(violations));
}

}  // namespace mendwork::rpc
