// HTTP by libcurl, as little of it as possible: no redirects, no proxies, no cookies, no other protocols,
// bounded answers, certificates checked.
#pragma once

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "plugins/fhir/http.h"

namespace mendwork::fhir {

class CurlClient final : public HttpClient {
 public:
  CurlClient(absl::Duration connect_timeout, absl::Duration total_timeout);
  ~CurlClient() override;
  HttpResponse Send(const HttpRequest& request, const sdk::CallContext& context) override;

 private:
  struct Connection;
  std::unique_ptr<Connection> Take();
  void Return(std::unique_ptr<Connection> connection);

  const absl::Duration connect_timeout_;
  const absl::Duration total_timeout_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::fhir
