// Message fields by path ("appointment.start_time"), written from and read as the text that people type and
// read: enum values as lower-case words, times and durations in words.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace mendwork::admin {

// Null when a part of the path does not exist.
const google::protobuf::FieldDescriptor* FindField(const google::protobuf::Descriptor& type,
                                                   absl::string_view path);

// Sets a field, or adds to a repeated one. A second member of a oneof is refused.
absl::Status SetField(google::protobuf::Message& message, absl::string_view path, absl::string_view text);

// A repeated field gives one line per value; an unset message field gives nothing. `practice` is cut from the
// front of resource names.
std::string FieldText(const google::protobuf::Message& message, absl::string_view path,
                      absl::string_view practice);

// "STATE_IN_FORCE" of enum State -> "in-force"; the zero value gives an empty text.
std::string EnumText(const google::protobuf::EnumValueDescriptor& value);
// What may be typed for an enum field, in the order of declaration.
std::vector<std::string> EnumChoices(const google::protobuf::EnumDescriptor& type);

// A duration such as "24h", "90m" or "7d".
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text);
// RFC 3339, or "2025-01-31 14:05" in the zone of the machine.
absl::StatusOr<absl::Time> ParseTime(absl::string_view text);

}  // namespace mendwork::admin
