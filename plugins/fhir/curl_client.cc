#include "plugins/fhir/curl_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mendwork::fhir {
namespace {

constexpr size_t kBodySizeMax = size_t{8} << 20;
constexpr size_t kHeadersMax = 100;
constexpr int kPollIntervalMs = 100;
constexpr size_t kIdleConnectionsMax = 4;
constexpr char kUserAgent[] = "mendwork-fhir/0.1.0";

struct Receiver {
  HttpResponse response;
  bool too_large = false;
};

size_t TakeBody(char* data, size_t size, size_t count, void* user) {
  Receiver& receiver = *static_cast<Receiver*>(user);
  const size_t length = size * count;
  if (receiver.response.body.size() + length > kBodySizeMax) {
    receiver.too_large = true;
    return 0;
  }
  receiver.response.body.append(data, length);
  return length;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* user) {
  Receiver& receiver = *static_cast<Receiver*>(user);
  const absl::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (absl::StartsWith(line, "HTTP/")) {
    receiver.response.headers.clear();  // an interim answer came before
  } else if (colon != absl::string_view::npos && receiver.response.headers.size() < kHeadersMax) {
    receiver.response.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return line.size();
}

TransportFailure FailureOf(CURLcode code, const Receiver& receiver) {
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
      return receiver.too_large ? TransportFailure::kTooLarge : TransportFailure::kUnreachable;
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

void Prepare(CURL* easy, const HttpRequest& request, curl_slist* headers, absl::Duration connect_timeout,
             absl::Duration timeout, Receiver& receiver) {
  curl_easy_reset(easy);
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, kUserAgent);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(connect_timeout)));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                   std::max(1L, static_cast<long>(absl::ToInt64Milliseconds(timeout))));
  // On a kept connection that died libcurl sends again by itself, which would hide a lost answer to a write.
  curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request.method == "GET" ? 0L : 1L);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, TakeBody);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &receiver);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, TakeHeader);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &receiver);
  if (!request.body.empty()) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  }
}

TransportFailure Drive(CURLM* multi, const sdk::CallContext& context, const Receiver& receiver) {
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
  return message == nullptr ? TransportFailure::kUnreachable : FailureOf(message->data.result, receiver);
}

}  // namespace

CurlClient::CurlClient(absl::Duration connect_timeout, absl::Duration total_timeout)
    : connect_timeout_(connect_timeout), total_timeout_(total_timeout) {
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
  Receiver receiver;
  const absl::Duration timeout = std::min(total_timeout_, context.deadline - absl::Now());
  if (timeout <= absl::ZeroDuration()) {
    receiver.response.failure = TransportFailure::kTimedOut;
    return receiver.response;
  }
  curl_slist* headers = curl_slist_append(nullptr, "Expect:");  // no waiting for "100 Continue"
  for (const auto& [name, value] : request.headers) {
    headers = curl_slist_append(headers, absl::StrCat(name, ": ", value).c_str());
  }
  std::unique_ptr<Connection> connection = Take();
  Prepare(connection->easy, request, headers, connect_timeout_, timeout, receiver);
  curl_multi_add_handle(connection->multi, connection->easy);
  receiver.response.failure = Drive(connection->multi, context, receiver);
  long status = 0;
  curl_easy_getinfo(connection->easy, CURLINFO_RESPONSE_CODE, &status);
  receiver.response.status = static_cast<int>(status);
  curl_multi_remove_handle(connection->multi, connection->easy);
  curl_easy_reset(connection->easy);  // forgets the headers, and with them the token
  curl_slist_free_all(headers);
  if (receiver.response.failure == TransportFailure::kNone) {
    Return(std::move(connection));
  }
  return std::move(receiver.response);
}

}  // namespace mendwork::fhir
