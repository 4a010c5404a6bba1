#include "admin/methods.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "mendwork/admin/v1/plugin_admin_service.pb.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/admin/v1/staff_service.pb.h"
#include "mendwork/options/v1/options.pb.h"
#include "mendwork/v1/assignment_service.pb.h"
#include "mendwork/v1/care_service.pb.h"
#include "mendwork/v1/catalog_service.pb.h"
#include "mendwork/v1/consent_service.pb.h"
#include "mendwork/v1/encounter_service.pb.h"
#include "mendwork/v1/response_service.pb.h"
#include "mendwork/v1/safety_service.pb.h"
#include "mendwork/v1/session_service.pb.h"

namespace mendwork::admin {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Naming one message of each file also makes the linker keep the file's description.
std::vector<const FileDescriptor*> Files() {
  return {
      ::mendwork::v1::Session::descriptor()->file(),
      ::mendwork::v1::CreateCoupleRequest::descriptor()->file(),
      ::mendwork::v1::Exercise::descriptor()->file(),
      ::mendwork::v1::Assignment::descriptor()->file(),
      ::mendwork::v1::Encounter::descriptor()->file(),
      ::mendwork::v1::Response::descriptor()->file(),
      ::mendwork::v1::Consent::descriptor()->file(),
      ::mendwork::v1::Flag::descriptor()->file(),
      ::mendwork::admin::v1::Practice::descriptor()->file(),
      ::mendwork::admin::v1::Staff::descriptor()->file(),
      ::mendwork::admin::v1::Plugin::descriptor()->file(),
  };
}

const options::v1::MethodRule& Rule(const MethodDescriptor& method) {
  return method.options().GetExtension(options::v1::method);
}

}  // namespace

const MethodDescriptor* FindMethod(absl::string_view name) {
  const size_t dot = name.find('.');
  if (dot == absl::string_view::npos) {
    return nullptr;
  }
  const std::string service_name(name.substr(0, dot));
  for (const FileDescriptor* file : Files()) {
    if (const ServiceDescriptor* service = file->FindServiceByName(service_name)) {
      return service->FindMethodByName(std::string(name.substr(dot + 1)));
    }
  }
  return nullptr;
}

std::string MethodPath(const MethodDescriptor& method) {
  return absl::StrCat("/", method.service()->full_name(), "/", method.name());
}

bool HasNoSideEffects(const MethodDescriptor& method) {
  return method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

bool AllowsAnonymous(const MethodDescriptor& method) { return Rule(method).anonymous(); }

std::string RolesText(const MethodDescriptor& method) {
  std::vector<std::string> roles;
  for (const int role : Rule(method).roles()) {
    const std::string& name = options::v1::Role_Name(static_cast<options::v1::Role>(role));
    roles.push_back(
        absl::StrReplaceAll(absl::AsciiStrToLower(absl::StripPrefix(name, "ROLE_")), {{"_", "-"}}));
  }
  return absl::StrJoin(roles, ", ");
}

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type) {
  return std::unique_ptr<google::protobuf::Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

}  // namespace mendwork::admin
