#include "plugins/http/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mendwork::http {
namespace {

struct Range {
  const char* network;
  Reach reach;
};

// IANA's special-purpose address registries (RFC 6890 and its successors) and the metadata services that
// clouds put into otherwise ordinary ranges. The first row that holds an address decides; an IPv4 address in
// none of them is public.
constexpr Range kRangesV4[] = {
    {"100.100.100.200/32", Reach::kNever},  // metadata, Alibaba Cloud
    {"0.0.0.0/8", Reach::kNever},           // this network
    {"10.0.0.0/8", Reach::kInternal},       // private
    {"100.64.0.0/10", Reach::kInternal},    // carrier-grade NAT
    {"127.0.0.0/8", Reach::kInternal},      // loopback
    {"169.254.0.0/16", Reach::kNever},      // link-local; 169.254.169.254 is the metadata service
    {"172.16.0.0/12", Reach::kInternal},    // private
    {"192.0.0.0/24", Reach::kNever},        // protocol assignments; 192.0.0.192 is Oracle's metadata
    {"192.0.2.0/24", Reach::kNever},        // documentation
    {"192.31.196.0/24", Reach::kNever},     // AS112
    {"192.52.193.0/24", Reach::kNever},     // AMT
    {"192.88.99.0/24", Reach::kNever},      // 6to4 relays
    {"192.168.0.0/16", Reach::kInternal},   // private
    {"192.175.48.0/24", Reach::kNever},     // AS112
    {"198.18.0.0/15", Reach::kNever},       // benchmarking
    {"198.51.100.0/24", Reach::kNever},     // documentation
    {"203.0.113.0/24", Reach::kNever},      // documentation
    {"224.0.0.0/4", Reach::kNever},         // multicast
    {"240.0.0.0/4", Reach::kNever},         // reserved, broadcast
};

// Outside 2000::/3 nothing is public: that leaves the unspecified address, ::ffff:0:0/96 (IPv4 in disguise),
// 64:ff9b::/96 (NAT64), 100::/64, fe80::/10, fec0::/10 and ff00::/8 refused without a row of their own.
constexpr Range kRangesV6[] = {
    {"::1/128", Reach::kInternal},         // loopback
    {"fd00:ec2::254/128", Reach::kNever},  // metadata, Amazon
    {"fd20:ce::254/128", Reach::kNever},   // metadata, Google
    {"fc00::/7", Reach::kInternal},        // unique local
    {"2001::/23", Reach::kNever},          // protocol assignments: Teredo, benchmarking, ORCHID
    {"2001:db8::/32", Reach::kNever},      // documentation
    {"2002::/16", Reach::kNever},          // 6to4
    {"2620:4f:8000::/48", Reach::kNever},  // AS112
    {"3fff::/20", Reach::kNever},          // documentation
    {"2000::/3", Reach::kPublic},          // global unicast
    {"::/0", Reach::kNever},
};

struct ParsedRange {
  Network network;
  Reach reach;
};

template <size_t kCount>
std::vector<ParsedRange> ParseRanges(const Range (&ranges)[kCount]) {
  std::vector<ParsedRange> out;
  for (const Range& range : ranges) {
    out.push_back({Network::Parse(range.network).value(), range.reach});
  }
  return out;
}

const std::vector<ParsedRange>& RangesFor(const IpAddress& address) {
  static const std::vector<ParsedRange>& v4 = *new std::vector<ParsedRange>(ParseRanges(kRangesV4));
  static const std::vector<ParsedRange>& v6 = *new std::vector<ParsedRange>(ParseRanges(kRangesV6));
  return address.is_v4 ? v4 : v6;
}

int BitsOf(const IpAddress& address) { return address.is_v4 ? 32 : 128; }

}  // namespace

absl::optional<IpAddress> IpAddress::Parse(absl::string_view text) {
  const std::string copy(text);
  IpAddress out;
  if (copy.find('\0') != std::string::npos) {
    return absl::nullopt;
  }
  if (inet_pton(AF_INET, copy.c_str(), out.bytes.data()) == 1) {
    out.is_v4 = true;
    return out;
  }
  return inet_pton(AF_INET6, copy.c_str(), out.bytes.data()) == 1 ? absl::make_optional(out) : absl::nullopt;
}

absl::optional<IpAddress> IpAddress::Of(const sockaddr* address) {
  IpAddress out;
  if (address->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, address, sizeof(v4));
    std::memcpy(out.bytes.data(), &v4.sin_addr, sizeof(v4.sin_addr));
    out.is_v4 = true;
    return out;
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, address, sizeof(v6));
    std::memcpy(out.bytes.data(), &v6.sin6_addr, sizeof(v6.sin6_addr));
    return out;
  }
  return absl::nullopt;
}

std::string IpAddress::Text() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(is_v4 ? AF_INET : AF_INET6, bytes.data(), text, sizeof(text));
  return text;
}

absl::optional<Network> Network::Parse(absl::string_view text) {
  const size_t slash = text.find('/');
  if (slash == absl::string_view::npos) {
    return absl::nullopt;
  }
  const absl::string_view bits = text.substr(slash + 1);
  const absl::optional<IpAddress> first = IpAddress::Parse(text.substr(0, slash));
  Network out;
  if (!first.has_value() || !absl::SimpleAtoi(bits, &out.prefix_bits) ||
      absl::StrCat(out.prefix_bits) != bits || out.prefix_bits < 0 || out.prefix_bits > BitsOf(*first)) {
    return absl::nullopt;
  }
  out.first = *first;
  for (int bit = out.prefix_bits; bit < BitsOf(*first); ++bit) {
    if ((first->bytes[bit / 8] >> (7 - bit % 8)) & 1) {
      return absl::nullopt;
    }
  }
  return out;
}

bool Network::Contains(const IpAddress& address) const {
  if (address.is_v4 != first.is_v4) {
    return false;
  }
  for (int bit = 0; bit < prefix_bits; ++bit) {
    const int shift = 7 - bit % 8;
    if (((address.bytes[bit / 8] ^ first.bytes[bit / 8]) >> shift) & 1) {
      return false;
    }
  }
  return true;
}

bool Network::Contains(const Network& other) const {
  return prefix_bits <= other.prefix_bits && Contains(other.first);
}

Reach ReachOf(const IpAddress& address) {
  for (const ParsedRange& range : RangesFor(address)) {
    if (range.network.Contains(address)) {
      return range.reach;
    }
  }
  return Reach::kPublic;
}

bool IsInternal(const Network& network) {
  const std::vector<ParsedRange>& ranges = RangesFor(network.first);
  return std::any_of(ranges.begin(), ranges.end(), [&](const ParsedRange& range) {
    return range.reach == Reach::kInternal && range.network.Contains(network);
  });
}

bool AddressPolicy::Allows(const IpAddress& address) const {
  switch (ReachOf(address)) {
    case Reach::kPublic:
      return true;
    case Reach::kInternal:
      return std::any_of(allowed_.begin(), allowed_.end(),
                         [&](const Network& network) { return network.Contains(address); });
    case Reach::kNever:
      return false;
  }
  return false;
}

}  // namespace mendwork::http
