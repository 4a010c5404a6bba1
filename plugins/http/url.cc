#include "plugins/http/url.h"

#include <curl/curl.h>
#include <unicode/uidna.h>

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mendwork::http {
namespace {

constexpr size_t kUrlSizeMax = 2000;
constexpr size_t kHostSizeMax = 253;

int OwnPort(absl::string_view scheme) { return scheme == "https" ? 443 : 80; }

// What RFC 3986 allows in a path or query. A fragment never reaches a server.
bool IsTargetGood(absl::string_view target) {
  return std::all_of(target.begin(), target.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._~:/?[]@!$&'()*+,;=%", static_cast<char>(c));
  });
}

// Lower-case A-labels, or nothing.
absl::optional<std::string> NameToAscii(absl::string_view name) {
  constexpr uint32_t kOptions = UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE;
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<UIDNA, decltype(&uidna_close)> idna(uidna_openUTS46(kOptions, &error), uidna_close);
  if (U_FAILURE(error)) {
    return absl::nullopt;
  }
  UIDNAInfo info = UIDNA_INFO_INITIALIZER;
  std::array<char, 1024> out = {};
  const int32_t size = uidna_nameToASCII_UTF8(idna.get(), name.data(), static_cast<int32_t>(name.size()),
                                              out.data(), static_cast<int32_t>(out.size()), &info, &error);
  if (U_FAILURE(error) || info.errors != 0 || size < 1 || size > static_cast<int32_t>(kHostSizeMax)) {
    return absl::nullopt;
  }
  return std::string(out.data(), static_cast<size_t>(size));
}

// As browsers decide: a host whose last label looks like a number is meant as an IPv4 address, however odd.
bool EndsInNumber(absl::string_view host) {
  const std::vector<absl::string_view> labels = absl::StrSplit(host, '.');
  const absl::string_view last = labels.back();
  const bool decimal =
      std::all_of(last.begin(), last.end(), [](unsigned char c) { return absl::ascii_isdigit(c); });
  return decimal || absl::StartsWith(last, "0x");
}

absl::optional<std::string> CanonicalHost(absl::string_view text) {
  if (absl::ConsumePrefix(&text, "[")) {
    const absl::optional<IpAddress> address =
        absl::ConsumeSuffix(&text, "]") ? IpAddress::Parse(text) : absl::nullopt;
    return address.has_value() && !address->is_v4
               ? absl::make_optional(absl::StrCat("[", address->Text(), "]"))
               : absl::nullopt;
  }
  if (text.empty() || text.size() > kUrlSizeMax || absl::EndsWith(text, ".") ||
      absl::StrContains(text, '%')) {
    return absl::nullopt;
  }
  const absl::optional<std::string> name = NameToAscii(text);
  if (!name.has_value() || absl::EndsWith(*name, ".")) {
    return absl::nullopt;
  }
  if (!EndsInNumber(*name)) {
    return name;
  }
  const absl::optional<IpAddress> address = IpAddress::Parse(*name);
  return address.has_value() && address->is_v4 ? name : absl::nullopt;
}

std::string Part(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) {
    return "";
  }
  std::string out = text;
  curl_free(text);
  return out;
}

// libcurl is what connects in the end: it must read the same host and port out of our spelling.
bool CurlAgrees(const Url& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed(curl_url(), curl_url_cleanup);
  return curl_url_set(parsed.get(), CURLUPART_URL, url.Text().c_str(), 0) == CURLUE_OK &&
         Part(parsed.get(), CURLUPART_SCHEME) == url.scheme &&
         Part(parsed.get(), CURLUPART_HOST) == url.host &&
         Part(parsed.get(), CURLUPART_PORT) == absl::StrCat(url.port) &&
         Part(parsed.get(), CURLUPART_USER).empty() && Part(parsed.get(), CURLUPART_PASSWORD).empty();
}

}  // namespace

std::string Url::Origin() const {
  return port == OwnPort(scheme) ? absl::StrCat(scheme, "://", host)
                                 : absl::StrCat(scheme, "://", host, ":", port);
}

absl::optional<IpAddress> Url::Address() const {
  absl::string_view text = host;
  if (absl::ConsumePrefix(&text, "[")) {
    absl::ConsumeSuffix(&text, "]");
  }
  return IpAddress::Parse(text);
}

absl::optional<Url> ParseUrl(absl::string_view text) {
  Url url;
  const size_t colon = text.find("://");
  if (text.size() > kUrlSizeMax || colon == absl::string_view::npos) {
    return absl::nullopt;
  }
  url.scheme = absl::AsciiStrToLower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") {
    return absl::nullopt;
  }
  text.remove_prefix(colon + 3);
  const size_t end = std::min(text.find_first_of("/?#\\"), text.size());
  absl::string_view authority = text.substr(0, end);
  url.target = absl::StrCat(absl::StartsWith(text.substr(end), "/") ? "" : "/", text.substr(end));
  url.port = OwnPort(url.scheme);
  const size_t port_colon = authority.rfind(':');
  if (port_colon != absl::string_view::npos && !absl::EndsWith(authority, "]")) {
    const absl::string_view port = authority.substr(port_colon + 1);
    if (!absl::SimpleAtoi(port, &url.port) || absl::StrCat(url.port) != port || url.port < 1 ||
        url.port > 65535) {
      return absl::nullopt;
    }
    authority = authority.substr(0, port_colon);
  }
  const absl::optional<std::string> host = CanonicalHost(authority);
  if (!host.has_value() || !IsTargetGood(url.target)) {
    return absl::nullopt;
  }
  url.host = *host;
  return CurlAgrees(url) ? absl::make_optional(url) : absl::nullopt;
}

bool IsLoopbackHost(const Url& url) {
  const absl::optional<IpAddress> address = url.Address();
  if (address.has_value()) {
    return address->is_v4 ? address->bytes[0] == 127 : address->Text() == "::1";
  }
  return url.host == "localhost" || absl::EndsWith(url.host, ".localhost");
}

}  // namespace mendwork::http
