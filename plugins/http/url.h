// An http or https URL taken apart, once, in one spelling: what was checked is what is connected to.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "plugins/http/address.h"

namespace mendwork::http {

struct Url {
  std::string scheme;  // "http" or "https"
  std::string host;    // a name of A-labels in lower case, an IPv4 address, or an IPv6 address in brackets
  int port = 0;        // the scheme's own if the text had none
  std::string target;  // path and query, "/" at least

  std::string Origin() const;  // "https://host", with the port if it is not the scheme's own
  std::string Text() const { return Origin() + target; }
  // The address, if the host is one and not a name.
  absl::optional<IpAddress> Address() const;
};

// Nothing for everything that two readers could understand differently: user information, fragments,
// backslashes, percent signs in the host, IPv4 addresses in decimal, octal, hexadecimal or short form, zones,
// names that IDNA refuses, or that end with a dot. International names come out as A-labels (UTS #46,
// nontransitional).
absl::optional<Url> ParseUrl(absl::string_view text);

// "localhost" and the names below it, and addresses of the loopback networks.
bool IsLoopbackHost(const Url& url);

}  // namespace mendwork::http
