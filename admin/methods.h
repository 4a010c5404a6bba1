// The RPCs that mendctl calls, found by name in the compiled-in API description, with what it says about
// each.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace mendwork::admin {

// `name` is "Service.Method", such as "CareService.CreateCouple". Null when there is no such method.
const google::protobuf::MethodDescriptor* FindMethod(absl::string_view name);

// "/mendwork.v1.CareService/CreateCouple"
std::string MethodPath(const google::protobuf::MethodDescriptor& method);
bool HasNoSideEffects(const google::protobuf::MethodDescriptor& method);
bool AllowsAnonymous(const google::protobuf::MethodDescriptor& method);
// Who may call it: "administrator, therapist"; empty when anybody who is signed in may.
std::string RolesText(const google::protobuf::MethodDescriptor& method);

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type);

}  // namespace mendwork::admin
