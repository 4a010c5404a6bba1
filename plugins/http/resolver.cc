#include "plugins/http/resolver.h"

#include <netdb.h>

#include <memory>
#include <thread>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace mendwork::http {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(100);

using Addresses = absl::StatusOr<std::vector<IpAddress>>;

// Shared with the thread, which may outlive the call.
struct Lookup {
  absl::Mutex mutex;
  bool over ABSL_GUARDED_BY(mutex) = false;
  Addresses found ABSL_GUARDED_BY(mutex) = absl::UnavailableError("the name is not known");
};

Addresses Ask(const std::string& name) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (getaddrinfo(name.c_str(), nullptr, &hints, &list) != 0) {
    return absl::UnavailableError("the name is not known");
  }
  std::vector<IpAddress> found;
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    if (const absl::optional<IpAddress> address = IpAddress::Of(each->ai_addr)) {
      found.push_back(*address);
    }
  }
  freeaddrinfo(list);
  return found.empty() ? Addresses(absl::UnavailableError("the name has no address")) : found;
}

}  // namespace

absl::StatusOr<std::vector<IpAddress>> SystemResolve(const std::string& name,
                                                     const sdk::CallContext& context) {
  auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, name] {
    Addresses found = Ask(name);
    absl::MutexLock lock(&lookup->mutex);
    lookup->found = std::move(found);
    lookup->over = true;
  }).detach();
  absl::MutexLock lock(&lookup->mutex);
  while (!lookup->mutex.AwaitWithTimeout(absl::Condition(&lookup->over), kLook)) {
    if (context.cancelled()) {
      return absl::CancelledError("nobody waits any more");
    }
    if (absl::Now() >= context.deadline) {
      return absl::DeadlineExceededError("the name was not resolved in time");
    }
  }
  return lookup->found;
}

}  // namespace mendwork::http
