// Names to addresses, within a deadline: the C library's own resolver cannot be interrupted.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugins/http/address.h"
#include "plugins/sdk/handler.h"

namespace mendwork::http {

// All addresses of a name, at least one. UNAVAILABLE if it has none or nobody knows, DEADLINE_EXCEEDED when
// the context's time is over, CANCELLED.
using Resolver = std::function<absl::StatusOr<std::vector<IpAddress>>(const std::string& name,
                                                                      const sdk::CallContext& context)>;

// getaddrinfo on a thread of its own. A look-up that outlives its call ends by the C library's own time
// limits; its result is thrown away.
absl::StatusOr<std::vector<IpAddress>> SystemResolve(const std::string& name,
                                                     const sdk::CallContext& context);

}  // namespace mendwork::http
