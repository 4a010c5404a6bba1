// Every method the server serves, with the rules its proto states. Built once at start; a method without a
// rule keeps the server from starting, so that no method is ever served unguarded.
#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "service/rpc/serve.h"

namespace mendwork::rpc {

// A proto service and the handlers of its methods.
struct ServiceHandlers {
  const google::protobuf::ServiceDescriptor* service = nullptr;
  std::vector<Handler> handlers;
};

// The service must exist in the protos this program is linked with.
const google::protobuf::ServiceDescriptor* FindService(const std::string& full_name);

struct MethodInfo {
  std::string full_name;  // "mendwork.v1.ResponseService.SubmitResponse"
  std::string path;       // "/mendwork.v1.ResponseService/SubmitResponse"
  uint32_t roles = 0;     // bits of app::Role; 0: any signed-in person
  bool anonymous = false;
  bool administration = false;
  bool side_effects = true;
  const google::protobuf::FieldDescriptor* request_id = nullptr;  // null: the request has none
  Handler handler;
};

struct ServiceInfo {
  std::string full_name;  // "mendwork.v1.ResponseService"
  std::vector<MethodInfo> methods;
};

// FAILED_PRECONDITION, reason METHOD_TABLE, naming every method that has no (mendwork.options.v1.method)
// option, no handler, or a handler that does not fit it.
absl::StatusOr<std::vector<ServiceInfo>> BuildMethodTable(std::vector<ServiceHandlers> services);

}  // namespace mendwork::rpc
