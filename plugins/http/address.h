// Which addresses a plugin may connect to. A URL that somebody typed must not become a way into the
// practice's own network, into this machine, or to a cloud's metadata service.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace mendwork::http {

struct IpAddress {
  std::array<uint8_t, 16> bytes = {};  // the first 4 for IPv4
  bool is_v4 = false;

  // Four decimal numbers without leading zeros, or IPv6 without a zone; nothing for any other spelling.
  static absl::optional<IpAddress> Parse(absl::string_view text);
  // Nothing for another family than IPv4 and IPv6.
  static absl::optional<IpAddress> Of(const sockaddr* address);
  std::string Text() const;
};

struct Network {
  IpAddress first;
  int prefix_bits = 0;

  // "10.1.0.0/16": the bits behind the prefix must be zero, so that nobody grants more than they meant to.
  static absl::optional<Network> Parse(absl::string_view text);
  bool Contains(const IpAddress& address) const;
  bool Contains(const Network& other) const;
};

enum class Reach {
  kPublic,    // a public unicast address
  kInternal,  // loopback, private, unique local or carrier-grade: only where the operator names the network
  kNever,     // everything else, among it link-local with the metadata services, multicast, tunnels
};
Reach ReachOf(const IpAddress& address);

// True if the whole network is of the kind an operator may name.
bool IsInternal(const Network& network);

// Public addresses, and the internal networks that the operator named.
class AddressPolicy {
 public:
  AddressPolicy() = default;
  explicit AddressPolicy(std::vector<Network> allowed) : allowed_(std::move(allowed)) {}
  bool Allows(const IpAddress& address) const;

 private:
  std::vector<Network> allowed_;
};

}  // namespace mendwork::http
