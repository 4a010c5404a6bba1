// Checks a request against the field options of its proto, through reflection: no use case sees a request
// that breaks them, and nobody writes the same check twice.
#pragma once

#include <google/protobuf/message.h>

#include "absl/status/status.h"

namespace mendwork::rpc {

// Unknown fields in a mutation mean that the client asks for something this server does not know of: refusing
// is the only honest answer. A query may ignore them.
enum class UnknownFields { kRefuse, kIgnore };

// INVALID_ARGUMENT with every violation at once, each with a field path such as
// `answers[3].log.entries[0].minutes`. No message repeats a value, and no path a key of a map. The rules are
// those of mendwork.options.v1.FieldRule, and for every field: listed enum numbers only, finite numbers,
// well-formed Timestamp and Duration.
absl::Status ValidateRequest(const google::protobuf::Message& request, UnknownFields unknown_fields);

}  // namespace mendwork::rpc
