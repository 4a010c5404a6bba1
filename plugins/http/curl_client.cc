#include "plugins/http/curl_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "plugins/http/url.h"

namespace mendwork::http {
namespace {

constexpr size_t kHeadersMax = 100;
constexpr int kPollIntervalMs = 100;
constexpr size_t kIdleConnectionsMax = 4;

// Owns a list of libcurl's.
class StringList {
 public:
  StringList() = default;
  ~StringList() { curl_slist_free_all(first_); }
  StringList(const StringList&) = delete;
  StringList& operator=(const StringList&) = delete;

  void Add(const std::string& text) { first_ = curl_slist_append(first_, text.c_str()); }
  curl_slist* get() const { return first_; }

 private:
  curl_slist* first_ = nullptr;
};

// One exchange: what libcurl reads from, and what its callbacks write to.
struct Exchange {
  const CurlOptions& options;
  const HttpRequest& request;
  absl::Duration timeout;
  StringList headers;
  StringList resolved;  // "host:port:address,address"
  HttpResponse response;
  bool too_large = false;
  bool address_refused = false;
};

size_t TakeBody(char* data, size_t size, size_t count, void* user) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  const size_t length = size * count;
  if (exchange.response.body.size() + length > exchange.options.body_size_max) {
    exchange.too_large = true;
    return 0;
  }
  exchange.response.body.append(data, length);
  return length;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* user) {
  HttpResponse& response = static_cast<Exchange*>(user)->response;
  const absl::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (absl::StartsWith(line, "HTTP/")) {
    response.headers.clear();  // an interim answer came before
  } else if (colon != absl::string_view::npos && response.headers.size() < kHeadersMax) {
    response.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return line.size();
}

// The last check, on the very address libcurl is about to connect to.
curl_socket_t OpenSocket(void* user, curlsocktype, curl_sockaddr* target) {
  Exchange& exchange = *static_cast<Exchange*>(user);
  const absl::optional<IpAddress> address = IpAddress::Of(&target->addr);
  if (!address.has_value() || !exchange.options.address_policy->Allows(*address)) {
    exchange.address_refused = true;
    return CURL_SOCKET_BAD;
  }
  return socket(target->family, target->socktype | SOCK_CLOEXEC, target->protocol);
}

TransportFailure FailureOf(CURLcode code, const Exchange& exchange) {
  if (exchange.address_refused) {
    return TransportFailure::kAddressRefused;
  }
  switch (code) {
    case CURLE_OK:
      return TransportFailure::kNone;
    case CURLE_OPERATION_TIMEDOUT:
      return TransportFailure::kTimedOut;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
      return TransportFailure::kUntrusted;
    default:
      return exchange.too_large ? TransportFailure::kTooLarge : TransportFailure::kUnreachable;
  }
}

}  // namespace

// A multi handle owns the connections; its easy handle runs one exchange at a time over them.
struct CurlClient::Connection {
  Connection() : multi(curl_multi_init()), easy(curl_easy_init()) {}
  ~Connection() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  CURLM* multi;
  CURL* easy;
};

namespace {

TransportFailure FailureOf(const absl::Status& not_resolved) {
  return absl::IsDeadlineExceeded(not_resolved) ? TransportFailure::kTimedOut
         : absl::IsCancelled(not_resolved)      ? TransportFailure::kCancelled
                                                : TransportFailure::kUnreachable;
}

// Every address of the host must be allowed: a name that leads here today leads elsewhere tomorrow.
TransportFailure CheckAddresses(const sdk::CallContext& context, Exchange& exchange) {
  const absl::optional<Url> url = ParseUrl(exchange.request.url);
  if (!url.has_value()) {
    return TransportFailure::kAddressRefused;
  }
  std::vector<IpAddress> addresses;
  if (const absl::optional<IpAddress> literal = url->Address()) {
    addresses.push_back(*literal);
  } else {
    sdk::CallContext limited = context;
    limited.deadline = std::min(context.deadline, absl::Now() + exchange.options.timeouts.connect);
    absl::StatusOr<std::vector<IpAddress>> found = exchange.options.resolve(url->host, limited);
    if (!found.ok()) {
      return FailureOf(found.status());
    }
    addresses = *std::move(found);
  }
  std::vector<std::string> texts;
  for (const IpAddress& address : addresses) {
    if (!exchange.options.address_policy->Allows(address)) {
      return TransportFailure::kAddressRefused;
    }
    texts.push_back(address.is_v4 ? address.Text() : absl::StrCat("[", address.Text(), "]"));
  }
  if (!url->Address().has_value()) {
    exchange.resolved.Add(absl::StrCat(url->host, ":", url->port, ":", absl::StrJoin(texts, ",")));
  }
  return texts.empty() ? TransportFailure::kUnreachable : TransportFailure::kNone;
}

void TrustOnly(CURL* easy, const std::string& certificates) {
  curl_blob blob = {};
  blob.data = const_cast<char*>(certificates.data());
  blob.len = certificates.size();
  blob.flags = CURL_BLOB_COPY;
  curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);  // otherwise the system's would count beside them
}

void Prepare(CURL* easy, Exchange& exchange) {
  const HttpRequest& request = exchange.request;
  const CurlOptions& options = exchange.options;
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options.timeouts.connect)));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   std::max(1L, static_cast<long>(absl::ToInt64Milliseconds(exchange.timeout))));
  // On a kept connection that died libcurl sends again by itself, which would hide a lost answer to a write.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.method == "GET" ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange.headers.get());
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  if (!request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
  if (!options.ca_certificates.empty()) {
    TrustOnly(easy, options.ca_certificates);
  }
  if (options.address_policy.has_value()) {
    curl_easy_setopt(easy, CURLOPT_RESOLVE, exchange.resolved.get());
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, OpenSocket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &exchange);
  }
}

TransportFailure Drive(CURLM* multi, const sdk::CallContext& context, const Exchange& exchange) {
  int running = 1;
  while (running > 0) {
    if (context.cancelled()) {
      return TransportFailure::kCancelled;
    }
    if (curl_multi_perform(multi, &running) != CURLM_OK ||
        (running > 0 && curl_multi_poll(multi, nullptr, 0, kPollIntervalMs, nullptr) != CURLM_OK)) {
      return TransportFailure::kUnreachable;
    }
  }
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  return message == nullptr ? TransportFailure::kUnreachable : FailureOf(message->data.result, exchange);
}

}  // namespace

CurlClient::CurlClient(CurlOptions options) : options_(std::move(options)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

CurlClient::~CurlClient() = default;

std::unique_ptr<CurlClient::Connection> CurlClient::Take() {
  absl::MutexLock lock(&mutex_);
  if (idle_.empty()) {
    return std::make_unique<Connection>();
  }
  std::unique_ptr<Connection> connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void CurlClient::Return(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mutex_);
  if (idle_.size() < kIdleConnectionsMax) {
    idle_.push_back(std::move(connection));
  }
}

HttpResponse CurlClient::Send(const HttpRequest& request, const sdk::CallContext& context) {
  const absl::Time end = std::min(absl::Now() + options_.timeouts.total, context.deadline);
  Exchange exchange = {.options = options_, .request = request};
  HttpResponse& response = exchange.response;
  if (options_.address_policy.has_value()) {
    response.failure = CheckAddresses(context, exchange);
  }
  exchange.timeout = end - absl::Now();
  if (response.failure == TransportFailure::kNone && exchange.timeout <= absl::ZeroDuration()) {
    response.failure = TransportFailure::kTimedOut;
  }
  if (response.failure != TransportFailure::kNone) {
    return std::move(response);
  }
  exchange.headers.Add("Expect:");  // no waiting for "100 Continue"
  for (const auto& [name, value] : request.headers) {
    exchange.headers.Add(absl::StrCat(name, ": ", value));
  }
  std::unique_ptr<Connection> connection = Take();
  Prepare(connection->easy, exchange);
  curl_multi_add_handle(connection->multi, connection->easy);
  response.failure = Drive(connection->multi, context, exchange);
  long status = 0;
  curl_easy_getinfo(connection->easy, CURLINFO_RESPONSE_CODE, &status);
  response.status = static_cast<int>(status);
  curl_multi_remove_handle(connection->multi, connection->easy);
  curl_easy_reset(connection->easy);  // forgets the headers, and with them the token
  if (response.failure == TransportFailure::kNone) {
    Return(std::move(connection));
  }
  return std::move(response);
}

}  // namespace mendwork::http
