// The services of mendwork.admin.v1.
#include <utility>

#include "mendwork/admin/v1/plugin_admin_service.pb.h"
#include "mendwork/admin/v1/practice_service.pb.h"
#include "mendwork/admin/v1/staff_service.pb.h"
#include "service/app/plugin_admin_service.h"
#include "service/app/practice_service.h"
#include "service/app/staff_service.h"
#include "service/rpc/services.h"

namespace mendwork::rpc {
namespace {

ServiceHandlers PracticeService() {
  return {FindService("mendwork.admin.v1.PracticeService"),
          {
              MENDWORK_UNARY(InitializeServer),
              MENDWORK_UNARY(CreatePractice),
              MENDWORK_UNARY(GetPractice),
              MENDWORK_UNARY(UpdatePractice),
              MENDWORK_UNARY(GetServerStatus),
          }};
}

ServiceHandlers StaffService() {
  return {FindService("mendwork.admin.v1.StaffService"),
          {
              MENDWORK_UNARY(CreateStaff),
              MENDWORK_UNARY(GetStaff),
              MENDWORK_UNARY(ListStaff),
              MENDWORK_UNARY(AccessStaff),
              MENDWORK_UNARY(UpdateStaffRoles),
              MENDWORK_UNARY(DisableStaff),
              MENDWORK_UNARY(ReissueStaffEnrollment),
          }};
}

ServiceHandlers PluginAdminService() {
  return {FindService("mendwork.admin.v1.PluginAdminService"),
          {
              MENDWORK_UNARY_SLOW(RegisterPlugin),
              MENDWORK_UNARY(GetPlugin),
              MENDWORK_UNARY(ListPlugins),
              MENDWORK_UNARY(GrantPlugin),
              MENDWORK_UNARY_SLOW(ConfigurePlugin),
              MENDWORK_UNARY(EnablePlugin),
              MENDWORK_UNARY(DisablePlugin),
              MENDWORK_UNARY(ListDeliveries),
              MENDWORK_UNARY(GetDelivery),
              MENDWORK_UNARY(RetryDelivery),
          }};
}

}  // namespace

std::vector<ServiceHandlers> AdministrationServices() {
  return {PracticeService(), StaffService(), PluginAdminService()};
}

std::vector<ServiceHandlers> AllServices() {
  std::vector<ServiceHandlers> services = ApiServices();
  for (ServiceHandlers& service : AdministrationServices()) {
    services.push_back(std::move(service));
  }
  return services;
}

}  // namespace mendwork::rpc
