// One proto service on one listener. The methods are registered as raw ones, with their bytes: gRPC 1.51
// answers a request that it cannot parse with an empty UNIMPLEMENTED, which tells a client nothing, and it
// would parse before the guard has looked at who calls. A method that is not served here is not registered,
// so that it is answered exactly like one that does not exist.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "service/rpc/guard.h"
#include "service/rpc/method_table.h"
#include "service/rpc/watch_streams.h"

namespace mendwork::rpc {

enum class Listener { kApi, kAdministration };

// True when the listener serves at least one method of the service.
bool IsServedOn(const ServiceInfo& service, Listener listener);

// All three must outlive the endpoint.
std::unique_ptr<grpc::Service> MakeEndpoint(const ServiceInfo& service, Listener listener, Guard& guard,
                                            WatchStreams& watches);

}  // namespace mendwork::rpc
