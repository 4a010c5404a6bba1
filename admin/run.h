// Carries a command out: the shared steps from arguments to printed reply.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/command.h"
#include "admin/errors.h"

namespace mendwork::admin {

using MessagePointer = std::unique_ptr<google::protobuf::Message>;

// Asks for what is missing, reads files, then runs the command's function or RunMethod.
absl::Status RunCommand(Context& context, const Command& command, const Values& values);

// BuildRequest, then SendAndPrint or the dry run.
absl::Status RunMethod(Context& context, const Command& command, const Values& values);

// The request of `command.method`, with the fields of the arguments, the constants, the parent and the update
// mask.
absl::StatusOr<MessagePointer> BuildRequest(const Context& context, const Command& command,
                                            const Values& values);

// Reads the etag when the command says so, calls, prints.
absl::Status SendAndPrint(Context& context, const Command& command, google::protobuf::Message& request);

// As SendAndPrint, without the printing.
absl::StatusOr<MessagePointer> Send(Context& context, const Command& command,
                                    google::protobuf::Message& request);

// A reply as JSON, a table when it is a list, or a record; then what to do next. `first` goes before a
// record.
void PrintReply(Context& context, const Command& command, const google::protobuf::Message& reply,
                const std::vector<std::pair<std::string, std::string>>& first = {});

// Says which argument a field violation is about.
void NameFlags(const Command& command, Failure& failure);

// Full names of the resources that were typed for `flag`, in order.
absl::StatusOr<std::vector<std::string>> ResourceNames(const Context& context, const Command& command,
                                                       const Values& values, const std::string& flag);
// The same for a flag that is given once; empty when it was not given.
absl::StatusOr<std::string> ResourceName(const Context& context, const Command& command, const Values& values,
                                         const std::string& flag);

// Fails with the way to sign in when nobody is.
absl::Status RequireSignedIn(const Context& context);

bool IsPositional(const Argument& argument);
bool IsList(const Command& command);
// By the table, or because the API requires the field that the argument sets.
bool IsRequired(const Command& command, const Argument& argument);
// The field that an argument sets; null when it sets none.
const google::protobuf::FieldDescriptor* FieldOf(const Command& command, const Argument& argument);

}  // namespace mendwork::admin
