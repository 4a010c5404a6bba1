// URLs in one spelling; everything that two readers could understand differently is refused.
#include <gtest/gtest.h>

#include "plugins/http/url.h"

namespace mendwork::http {
namespace {

std::string Canonical(const std::string& text) {
  const absl::optional<Url> url = ParseUrl(text);
  return url.has_value() ? url->Text() : "refused";
}

TEST(HttpUrlTest, Table) {
  const std::pair<const char*, const char*> table[] = {
      {"https://hooks.example", "https://hooks.example/"},
      {"HTTPS://Hooks.Example:443/a?b=c", "https://hooks.example/a?b=c"},
      {"https://hooks.example:8443/%7Etoken", "https://hooks.example:8443/%7Etoken"},
      {"https://hooks.example?x=1", "https://hooks.example/?x=1"},
      {"http://127.0.0.1:8103/", "http://127.0.0.1:8103/"},
      {"https://[2606:4700:0:0::1111]:8443/x", "https://[2606:4700::1111]:8443/x"},
      {"https://bücher.example/", "https://xn--bcher-kva.example/"},
      {"https://БОЛЬНИЦА.example/", "https://xn--80abvlke3d3b.example/"},
      {"https://faß.example/", "https://xn--fa-hia.example/"},
      // Digits of other scripts are digits: the result is judged like any other address.
      {"https://１２７.０.０.１/", "https://127.0.0.1/"},
      // An address has one spelling.
      {"https://2130706433/", "refused"},
      {"https://0x7f000001/", "refused"},
      {"https://0X7F.1/", "refused"},
      {"https://0177.0.0.1/", "refused"},
      {"https://127.1/", "refused"},
      {"https://127.0.0.1./", "refused"},
      {"https://127.0.0.0x1/", "refused"},
      {"https://1.2.3.4.5/", "refused"},
      {"https://example.1/", "refused"},
      {"https://[::1%25lo]/", "refused"},
      {"https://[::1", "refused"},
      {"https://[127.0.0.1]/", "refused"},
      {"https://[::1]x/", "refused"},
      // Who is speaking to whom must be beyond doubt.
      {"https://user@hooks.example/", "refused"},
      {"https://user:password@hooks.example/", "refused"},
      {"https://hooks.example@10.0.0.1/", "refused"},
      {"https://hooks.example\\@10.0.0.1/", "refused"},
      {"https://hooks.example\\.evil.example/", "refused"},
      {"https://hooks.example#@10.0.0.1/", "refused"},
      {"https://hooks.example/#x", "refused"},
      {"https://hooks%2eexample/", "refused"},
      {"https://hooks.example./", "refused"},
      {"https://hooks..example/", "refused"},
      {"https://.example/", "refused"},
      {"https://a b.example/", "refused"},
      {"https://hooks.example/a b", "refused"},
      {"https://hooks.example/a\r\nX: y", "refused"},
      {"https://hooks.example/\xc3\xa9", "refused"},
      {"https://\xff.example/", "refused"},
      {"https://hooks.example:0/", "refused"},
      {"https://hooks.example:65536/", "refused"},
      {"https://hooks.example:0443/", "refused"},
      {"https://hooks.example:+443/", "refused"},
      {"https://hooks.example:/", "refused"},
      {"https://hooks.example:80:443/", "refused"},
      {"https://", "refused"},
      {"https:///path", "refused"},
      {"https:/hooks.example/", "refused"},
      {"//hooks.example/", "refused"},
      {"hooks.example", "refused"},
      {" https://hooks.example/", "refused"},
      {"ftp://hooks.example/", "refused"},
      {"file:///etc/passwd", "refused"},
      {"gopher://hooks.example/", "refused"},
      {"", "refused"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(Canonical(text), expected) << text;
  }
  EXPECT_EQ(Canonical("https://hooks.example/" + std::string(2000, 'a')), "refused");
  EXPECT_EQ(Canonical("https://" + std::string(64, 'a') + ".example/"), "refused");
}

TEST(HttpUrlTest, PartsAreThere) {
  const Url url = *ParseUrl("https://Hooks.Example:8443/in?token=x");
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "hooks.example");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.target, "/in?token=x");
  EXPECT_EQ(url.Origin(), "https://hooks.example:8443");
  EXPECT_FALSE(url.Address().has_value());
  EXPECT_EQ(ParseUrl("https://[::1]/")->Address()->Text(), "::1");
}

TEST(HttpUrlTest, LoopbackHosts) {
  for (const char* good : {"http://localhost/", "http://LOCALHOST:80/", "http://a.localhost/",
                           "http://127.9.9.9/", "http://[::1]/"}) {
    EXPECT_TRUE(IsLoopbackHost(*ParseUrl(good))) << good;
  }
  for (const char* bad :
       {"http://localhost.example/", "http://10.0.0.1/", "http://[::2]/", "http://xlocalhost/"}) {
    EXPECT_FALSE(IsLoopbackHost(*ParseUrl(bad))) << bad;
  }
}

}  // namespace
}  // namespace mendwork::http
