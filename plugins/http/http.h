// One HTTP exchange, and the seam behind which tests stand.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/handler.h"

namespace mendwork::http {

struct HttpRequest {
  std::string method;
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Why there is no whole response.
enum class TransportFailure {
  kNone,
  kUnreachable,
  kTimedOut,
  kUntrusted,  // TLS
  kTooLarge,
  kCancelled,
  kAddressRefused,  // the host has an address that nothing may be sent to; nothing was
};

struct HttpResponse {
  TransportFailure failure = TransportFailure::kNone;
  int status = 0;                              // also beside a failure, if the status line had arrived
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // Ends by the context's deadline, and within 200 ms once it is cancelled. Follows no redirect.
  virtual HttpResponse Send(const HttpRequest& request, const sdk::CallContext& context) = 0;
};

}  // namespace mendwork::http
