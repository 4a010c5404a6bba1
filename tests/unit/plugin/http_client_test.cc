// The HTTP client over real sockets: where it connects to, and what it does not do.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/http/curl_client.h"
#include "tests/unit/plugin/loopback_server.h"

namespace mendwork::http {
namespace {

using test::LoopbackServer;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

CurlOptions Guarded(const std::vector<const char*>& allowed) {
  std::vector<Network> networks;
  for (const char* each : allowed) {
    networks.push_back(*Network::Parse(each));
  }
  CurlOptions options;
  options.timeouts = {.connect = absl::Seconds(2), .total = absl::Seconds(5)};
  options.user_agent = "test";
  options.address_policy = AddressPolicy(networks);
  return options;
}

HttpResponse Post(CurlClient& client, const std::string& url, const sdk::CallContext& context = {}) {
  return client.Send({.method = "POST", .url = url, .headers = {}, .body = "{\"a\":1}"}, context);
}

Resolver Fixed(const std::vector<const char*>& addresses, int* calls = nullptr) {
  return [addresses, calls](const std::string&, const sdk::CallContext&) {
    if (calls != nullptr) {
      ++*calls;
    }
    std::vector<IpAddress> out;
    for (const char* each : addresses) {
      out.push_back(*IpAddress::Parse(each));
    }
    return absl::StatusOr<std::vector<IpAddress>>(out);
  };
}

TEST(HttpClientTest, WithoutAPolicyItConnectsWhereItIsTold) {
  LoopbackServer server(kOk);
  CurlClient client({.timeouts = {}, .user_agent = "test/1", .ca_certificates = "", .address_policy = {}});
  const HttpResponse response = Post(client, absl::StrCat("http://127.0.0.1:", server.port(), "/x"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "ok");
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(absl::StrContains(server.requests()[0], "User-Agent: test/1\r\n")) << server.requests()[0];
}

TEST(HttpClientTest, NothingReachesAnAddressThatIsNotAllowed) {
  LoopbackServer server(kOk);
  const std::string port = absl::StrCat(server.port());
  struct Case {
    const char* host;
    std::vector<const char*> resolved;
  };
  const Case table[] = {
      {"127.0.0.1", {}},                            // a literal
      {"hooks.example", {"127.0.0.1"}},             // a name that leads here
      {"hooks.example", {"1.1.1.1", "127.0.0.1"}},  // one address is enough to refuse all
      {"hooks.example", {"127.0.0.1", "1.1.1.1"}},
      {"hooks.example", {"::ffff:127.0.0.1"}},
      {"hooks.example", {"169.254.169.254"}},
      {"hooks.example", {"64:ff9b::7f00:1"}},
      {"hooks.example", {"0.0.0.0"}},
  };
  for (const Case& each : table) {
    CurlOptions options = Guarded({});
    options.resolve = Fixed(each.resolved);
    CurlClient client(std::move(options));
    const HttpResponse response = Post(client, absl::StrCat("http://", each.host, ":", port, "/"));
    EXPECT_EQ(response.failure, TransportFailure::kAddressRefused) << each.host;
    EXPECT_EQ(response.status, 0);
  }
  EXPECT_TRUE(server.requests().empty()) << server.requests()[0];
}

// Not even the allowed one of several addresses is tried: the name is not what it says it is.
TEST(HttpClientTest, OneRefusedAddressRefusesAll) {
  LoopbackServer server(kOk, "127.0.0.2");
  CurlOptions options = Guarded({"127.0.0.2/32"});
  options.resolve = Fixed({"127.0.0.2", "169.254.169.254"});
  CurlClient client(std::move(options));
  EXPECT_EQ(Post(client, absl::StrCat("http://hooks.example:", server.port(), "/")).failure,
            TransportFailure::kAddressRefused);
  EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClientTest, TheConnectionGoesToTheAddressThatWasChecked) {
  LoopbackServer server(kOk, "127.0.0.2");
  int calls = 0;
  CurlOptions options = Guarded({"127.0.0.2/32"});
  options.resolve = Fixed({"127.0.0.2"}, &calls);
  CurlClient client(std::move(options));
  const std::string url = absl::StrCat("http://hooks.example:", server.port(), "/in");
  EXPECT_EQ(Post(client, url).status, 200);
  EXPECT_EQ(calls, 1);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_TRUE(
      absl::StrContains(server.requests()[0], absl::StrCat("Host: hooks.example:", server.port(), "\r\n")));
}

// The name says one thing when it is checked and another a moment later: what counts is asked anew each time.
TEST(HttpClientTest, ARebindingNameIsRefusedOnceItLeadsInside) {
  LoopbackServer inside(kOk, "127.0.0.1");
  int calls = 0;
  CurlOptions options = Guarded({"127.0.0.2/32"});
  options.resolve = [&calls](const std::string&, const sdk::CallContext&) {
    return absl::StatusOr<std::vector<IpAddress>>(
        {*IpAddress::Parse(++calls == 1 ? "127.0.0.2" : "127.0.0.1")});
  };
  CurlClient client(std::move(options));
  const std::string url = absl::StrCat("http://hooks.example:", inside.port(), "/");
  EXPECT_EQ(Post(client, url).failure, TransportFailure::kUnreachable);  // nobody listens on 127.0.0.2
  EXPECT_EQ(Post(client, url).failure, TransportFailure::kAddressRefused);
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(inside.requests().empty());
}

TEST(HttpClientTest, ResolvingFailsLikeReaching) {
  const std::pair<absl::Status, TransportFailure> table[] = {
      {absl::UnavailableError(""), TransportFailure::kUnreachable},
      {absl::DeadlineExceededError(""), TransportFailure::kTimedOut},
      {absl::CancelledError(""), TransportFailure::kCancelled},
  };
  for (const auto& [status, expected] : table) {
    CurlOptions options = Guarded({});
    options.resolve = [status = status](const std::string&, const sdk::CallContext&) {
      return absl::StatusOr<std::vector<IpAddress>>(status);
    };
    CurlClient client(std::move(options));
    EXPECT_EQ(Post(client, "https://hooks.example/").failure, expected) << status;
  }
}

TEST(HttpClientTest, RedirectsAreNotFollowed) {
  LoopbackServer target(kOk);
  LoopbackServer server(absl::StrCat("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:", target.port(),
                                     "/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  CurlClient client(Guarded({"127.0.0.0/8"}));
  EXPECT_EQ(Post(client, absl::StrCat("http://127.0.0.1:", server.port(), "/")).status, 302);
  EXPECT_TRUE(target.requests().empty());
}

TEST(HttpClientTest, ProxiesOfTheEnvironmentAreIgnored) {
  LoopbackServer proxy(kOk);
  LoopbackServer server(kOk);
  setenv("http_proxy", absl::StrCat("http://127.0.0.1:", proxy.port()).c_str(), 1);
  CurlClient client(Guarded({"127.0.0.1/32"}));
  EXPECT_EQ(Post(client, absl::StrCat("http://127.0.0.1:", server.port(), "/")).status, 200);
  unsetenv("http_proxy");
  EXPECT_TRUE(proxy.requests().empty());
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpClientTest, LongAnswersAreCutOffAndTheStatusIsKept) {
  LoopbackServer server(absl::StrCat("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", std::string(5000, 'x')));
  CurlOptions options = Guarded({"127.0.0.1/32"});
  options.body_size_max = 1000;
  CurlClient client(std::move(options));
  const HttpResponse response = Post(client, absl::StrCat("http://127.0.0.1:", server.port(), "/"));
  EXPECT_EQ(response.failure, TransportFailure::kTooLarge);
  EXPECT_EQ(response.status, 200);
  EXPECT_LE(response.body.size(), 1000u);
}

TEST(HttpClientTest, SilenceEndsByTheTimeLimitOrWithTheCall) {
  LoopbackServer server("");
  const std::string url = absl::StrCat("http://127.0.0.1:", server.port(), "/");
  CurlOptions options = Guarded({"127.0.0.1/32"});
  options.timeouts.total = absl::Milliseconds(300);
  CurlClient client(std::move(options));
  const absl::Time start = absl::Now();
  EXPECT_EQ(Post(client, url).failure, TransportFailure::kTimedOut);
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
  sdk::CallContext context;
  context.cancelled = [] { return true; };
  EXPECT_EQ(Post(client, url, context).failure, TransportFailure::kCancelled);
  context = {};
  context.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_EQ(Post(client, url, context).failure, TransportFailure::kTimedOut);
}

TEST(HttpClientTest, TheSystemResolverAnswers) {
  const absl::StatusOr<std::vector<IpAddress>> found = SystemResolve("localhost", {});
  ASSERT_TRUE(found.ok()) << found.status();
  for (const IpAddress& address : *found) {
    EXPECT_FALSE(AddressPolicy().Allows(address)) << address.Text();
  }
  sdk::CallContext over;
  over.cancelled = [] { return true; };
  EXPECT_FALSE(SystemResolve("no-such-name.invalid", over).ok());
}

}  // namespace
}  // namespace mendwork::http
