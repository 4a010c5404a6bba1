// HTTP by libcurl, as little of it as possible: no redirects, no proxies, no cookies, no other protocols,
// bounded answers, certificates checked, and connections only to addresses that are allowed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "plugins/http/address.h"
#include "plugins/http/http.h"
#include "plugins/http/resolver.h"
#include "plugins/http/settings.h"

namespace mendwork::http {

struct CurlOptions {
  Timeouts timeouts;
  std::string user_agent;
  size_t body_size_max = size_t{8} << 20;  // of an answer
  // Certificates (PEM) to trust instead of the system's; empty for the system's.
  std::string ca_certificates;
  // If set, every address of a host must be allowed before anything is sent to one of them, and the
  // connection goes to the very addresses that were checked. Absent: wherever the name leads.
  absl::optional<AddressPolicy> address_policy;
  Resolver resolve = SystemResolve;  // used with an address policy only
};

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(CurlOptions options);
  ~CurlClient() override;
  HttpResponse Send(const HttpRequest& request, const sdk::CallContext& context) override;

 private:
  struct Connection;
  std::unique_ptr<Connection> Take();
  void Return(std::unique_ptr<Connection> connection);

  const CurlOptions options_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::http
