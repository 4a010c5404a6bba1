// Every RPC the server serves: one line each, in services_v1.cc and services_admin.cc.
#pragma once

#include <vector>

#include "service/rpc/method_table.h"

namespace mendwork::rpc {

std::vector<ServiceHandlers> ApiServices();             // mendwork.v1
std::vector<ServiceHandlers> AdministrationServices();  // mendwork.admin.v1
std::vector<ServiceHandlers> AllServices();

}  // namespace mendwork::rpc

// One line of a service: the use case has the name of the RPC.
#define MENDWORK_UNARY(Name) ::mendwork::rpc::Serve(#Name, ::mendwork::app::Name)
#define MENDWORK_UNARY_SLOW(Name) ::mendwork::rpc::ServeSlowly(#Name, ::mendwork::app::Name)
