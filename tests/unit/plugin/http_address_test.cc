// Which addresses are public, which can be allowed, and which never.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "plugins/http/address.h"

namespace mendwork::http {
namespace {

std::string Word(const std::string& text) {
  const absl::optional<IpAddress> address = IpAddress::Parse(text);
  if (!address.has_value()) {
    return "unreadable";
  }
  const Reach reach = ReachOf(*address);
  return reach == Reach::kPublic ? "public" : reach == Reach::kInternal ? "internal" : "never";
}

TEST(HttpAddressTest, ReachTable) {
  const std::pair<const char*, const char*> table[] = {
      {"1.1.1.1", "public"},
      {"9.255.255.255", "public"},
      {"10.0.0.0", "internal"},
      {"10.255.255.255", "internal"},
      {"11.0.0.0", "public"},
      {"100.63.255.255", "public"},
      {"100.64.0.1", "internal"},
      {"100.127.255.255", "internal"},
      {"100.128.0.0", "public"},
      {"100.100.100.200", "never"},  // a metadata service inside carrier-grade NAT
      {"126.255.255.255", "public"},
      {"127.0.0.1", "internal"},
      {"127.255.255.254", "internal"},
      {"128.0.0.1", "public"},
      {"0.0.0.0", "never"},
      {"0.1.2.3", "never"},
      {"169.253.255.255", "public"},
      {"169.254.0.1", "never"},
      {"169.254.169.254", "never"},
      {"169.255.0.0", "public"},
      {"172.15.255.255", "public"},
      {"172.16.0.1", "internal"},
      {"172.31.255.255", "internal"},
      {"172.32.0.0", "public"},
      {"192.0.0.192", "never"},
      {"192.0.2.1", "never"},
      {"192.88.99.1", "never"},
      {"192.167.255.255", "public"},
      {"192.168.1.1", "internal"},
      {"192.169.0.0", "public"},
      {"198.17.255.255", "public"},
      {"198.18.0.1", "never"},
      {"198.19.255.255", "never"},
      {"198.51.100.7", "never"},
      {"203.0.113.7", "never"},
      {"223.255.255.255", "public"},
      {"224.0.0.1", "never"},
      {"239.255.255.250", "never"},
      {"240.0.0.1", "never"},
      {"255.255.255.255", "never"},
      {"2606:4700:4700::1111", "public"},
      {"2a00:1450:4001::1", "public"},
      {"::", "never"},
      {"::1", "internal"},
      {"::2", "never"},
      {"::127.0.0.1", "never"},       // IPv4-compatible
      {"::ffff:127.0.0.1", "never"},  // IPv4-mapped
      {"::ffff:8.8.8.8", "never"},    // even of a public address: nobody publishes one
      {"64:ff9b::a00:1", "never"},    // NAT64 of 10.0.0.1
      {"64:ff9b::808:808", "never"},  // NAT64 of 8.8.8.8
      {"64:ff9b:1::1", "never"},      // local NAT64
      {"100::1", "never"},            // discard
      {"2001::1", "never"},           // Teredo
      {"2001:20::1", "never"},        // ORCHIDv2
      {"2001:db8::1", "never"},       // documentation
      {"2001:200::1", "public"},
      {"2002:7f00:1::1", "never"},  // 6to4 of 127.0.0.1
      {"3fff::1", "never"},
      {"4000::1", "never"},
      {"5f00::1", "never"},
      {"fc00::1", "internal"},
      {"fd12:3456::1", "internal"},
      {"fd00:ec2::254", "never"},
      {"fe80::1", "never"},
      {"fec0::1", "never"},
      {"ff02::1", "never"},
      // What is no address in its one spelling is a name, or nothing.
      {"127.1", "unreadable"},
      {"2130706433", "unreadable"},
      {"0177.0.0.1", "unreadable"},
      {"0x7f.0.0.1", "unreadable"},
      {"127.0.0.01", "unreadable"},
      {"1.1.1.1.", "unreadable"},
      {"fe80::1%eth0", "unreadable"},
      {"[::1]", "unreadable"},
      {"", "unreadable"},
  };
  for (const auto& [text, expected] : table) {
    EXPECT_EQ(Word(text), expected) << text;
  }
}

TEST(HttpAddressTest, NetworksHaveOneSpelling) {
  for (const char* good : {"10.0.0.0/8", "127.0.0.1/32", "fc00::/7", "::1/128", "0.0.0.0/0"}) {
    EXPECT_TRUE(Network::Parse(good).has_value()) << good;
  }
  for (const char* bad : {"10.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                          "10.0.0.0/ 8", "10.0/8", "fc00::1/7", "::/129", "/8", "10.0.0.0/", "localhost/8"}) {
    EXPECT_FALSE(Network::Parse(bad).has_value()) << bad;
  }
}

TEST(HttpAddressTest, OnlyInternalNetworksCanBeAllowed) {
  for (const char* good : {"10.0.0.0/8", "10.1.2.0/24", "127.0.0.1/32", "172.16.0.0/12", "192.168.7.0/24",
                           "100.64.0.0/10", "fc00::/7", "fd12::/16", "::1/128"}) {
    EXPECT_TRUE(IsInternal(*Network::Parse(good))) << good;
  }
  for (const char* bad :
       {"0.0.0.0/0", "8.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "169.254.169.254/32", "172.16.0.0/11",
        "224.0.0.0/4", "::/0", "fe80::/10", "fc00::/6", "2000::/3", "::ffff:0:0/96", "64:ff9b::/96"}) {
    const absl::optional<Network> network = Network::Parse(bad);
    ASSERT_TRUE(network.has_value() || std::string(bad) == "172.16.0.0/11" || std::string(bad) == "fc00::/6")
        << bad;
    EXPECT_FALSE(network.has_value() && IsInternal(*network)) << bad;
  }
}

TEST(HttpAddressTest, PolicyTable) {
  const AddressPolicy nothing;
  const AddressPolicy office(
      {*Network::Parse("10.1.2.0/24"), *Network::Parse("100.64.0.0/10"), *Network::Parse("fc00::/7")});
  struct Case {
    const char* address;
    bool without;
    bool with;
  };
  const Case table[] = {
      {"8.8.8.8", true, true},         {"10.1.2.3", false, true},         {"10.1.3.3", false, false},
      {"127.0.0.1", false, false},     {"169.254.169.254", false, false}, {"fd00::1", false, true},
      {"fd00:ec2::254", false, false}, {"100.100.100.200", false, false}, {"::ffff:10.1.2.3", false, false},
  };
  for (const Case& each : table) {
    EXPECT_EQ(nothing.Allows(*IpAddress::Parse(each.address)), each.without) << each.address;
    EXPECT_EQ(office.Allows(*IpAddress::Parse(each.address)), each.with) << each.address;
  }
}

TEST(HttpAddressTest, SocketAddressesAreRead) {
  sockaddr_in v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x7f000001);
  EXPECT_EQ(IpAddress::Of(reinterpret_cast<const sockaddr*>(&v4))->Text(), "127.0.0.1");
  sockaddr_in6 v6 = {};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(IpAddress::Of(reinterpret_cast<const sockaddr*>(&v6))->Text(), "::1");
  sockaddr other = {};
  other.sa_family = AF_UNIX;
  EXPECT_FALSE(IpAddress::Of(&other).has_value());
}

}  // namespace
}  // namespace mendwork::http
