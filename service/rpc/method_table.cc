#include "service/rpc/method_table.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mendwork/options/v1/options.pb.h"
#include "service/base/check.h"
#include "service/base/status.h"

namespace mendwork::rpc {
namespace {

using google::protobuf::MethodDescriptor;
using google::protobuf::MethodOptions;

MethodInfo ReadRules(const MethodDescriptor& method) {
  const options::v1::MethodRule& rule = method.options().GetExtension(options::v1::method);
  MethodInfo info;
  info.full_name = method.full_name();
  info.path = absl::StrCat("/", method.service()->full_name(), "/", method.name());
  for (const int role : rule.roles()) {
    info.roles |= 1u << role;
  }
  info.anonymous = rule.anonymous();
  info.administration = rule.administration();
  info.side_effects = method.options().idempotency_level() != MethodOptions::NO_SIDE_EFFECTS;
  info.request_id = method.input_type()->FindFieldByName("request_id");
  return info;
}

// Empty when the handler fits the method.
std::string WhyNotFitting(const MethodDescriptor& method, const Handler& handler) {
  const bool has_side_effects = method.options().idempotency_level() != MethodOptions::NO_SIDE_EFFECTS;
  const bool writes = handler.shape == Shape::kMutation || handler.shape == Shape::kPrepared;
  if (handler.request_type != method.input_type() || handler.response_type != method.output_type()) {
    return "has a handler for other messages";
  }
  if (method.client_streaming() || method.server_streaming() != (handler.shape == Shape::kWatch)) {
    return "streams otherwise than its handler";
  }
  if (has_side_effects != writes) {
    return writes ? "is declared NO_SIDE_EFFECTS, but its use case writes"
                  : "has a use case that only reads, but is not declared NO_SIDE_EFFECTS";
  }
  return "";
}

}  // namespace

const google::protobuf::ServiceDescriptor* FindService(const std::string& full_name) {
  const google::protobuf::ServiceDescriptor* const service =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(full_name);
  MENDWORK_CHECK(service != nullptr, full_name);
  return service;
}

absl::StatusOr<std::vector<ServiceInfo>> BuildMethodTable(std::vector<ServiceHandlers> services) {
  std::vector<ServiceInfo> table;
  std::vector<std::string> problems;
  for (ServiceHandlers& service : services) {
    std::map<std::string, Handler> handlers;
    for (Handler& handler : service.handlers) {
      const std::string name = handler.name;
      if (!handlers.emplace(name, std::move(handler)).second) {
        problems.push_back(absl::StrCat(service.service->full_name(), ".", name, " has two handlers."));
      }
    }
    ServiceInfo& info = table.emplace_back();
    info.full_name = service.service->full_name();
    for (int i = 0; i < service.service->method_count(); ++i) {
      const MethodDescriptor& method = *service.service->method(i);
      if (!method.options().HasExtension(options::v1::method)) {
        problems.push_back(absl::StrCat(method.full_name(), " has no (mendwork.options.v1.method) option."));
      }
      const auto found = handlers.find(method.name());
      if (found == handlers.end()) {
        problems.push_back(absl::StrCat(method.full_name(), " has no handler."));
        continue;
      }
      const std::string misfit = WhyNotFitting(method, found->second);
      if (!misfit.empty()) {
        problems.push_back(absl::StrCat(method.full_name(), " ", misfit, "."));
      }
      info.methods.push_back(ReadRules(method));
      info.methods.back().handler = std::move(found->second);
      handlers.erase(found);
    }
    for (const auto& [name, handler] : handlers) {
      problems.push_back(absl::StrCat(service.service->full_name(), ".", name, " is not in the proto."));
    }
  }
  if (!problems.empty()) {
    return base::Error(absl::StatusCode::kFailedPrecondition, "METHOD_TABLE",
                       absl::StrCat("The server does not start with methods that are not guarded: ",
                                    absl::StrJoin(problems, " ")));
  }
  return table;
}

}  // namespace mendwork::rpc
