#include "plugins/webhook/config.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/sdk/config_reader.h"

namespace mendwork::webhook {
namespace {

using sdk::Json;

constexpr absl::Duration kTotalTimeoutMax = absl::Seconds(30);
constexpr size_t kSourceSizeMax = 200;
constexpr size_t kNetworksMax = 16;
constexpr size_t kCertificatesSizeMax = 32768;
constexpr int kFirstUnprivilegedPort = 1024;

void ReadNetworks(sdk::ConfigReader& reader, const Json& object, Configuration& out) {
  const Json& list = sdk::MemberAt(object, "allowedNetworks");
  if (list.is_null()) {
    return;
  }
  if (!list.is_array() || list.size() > kNetworksMax) {
    reader.Error("wrong-type", "allowedNetworks", "The field is a list of at most 16 networks.");
    return;
  }
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string field = absl::StrCat("allowedNetworks[", i, "]");
    const absl::optional<http::Network> network =
        list[i].is_string() ? http::Network::Parse(list[i].get<std::string>()) : absl::nullopt;
    if (!network.has_value()) {
      reader.Error("not-a-network", field,
                   "The field is a network such as 10.20.0.0/24, with nothing but zeros behind its prefix.");
    } else if (!http::IsInternal(*network)) {
      reader.Error("network-refused", field,
                   "Only private, unique local, carrier-grade and loopback networks can be allowed; public "
                   "addresses need no permission, the others get none.");
    } else {
      out.allowed_networks.push_back(*network);
    }
  }
  if (!out.allowed_networks.empty()) {
    reader.Warning("internal-network", "allowedNetworks",
                   "Notices may go to addresses inside these networks.");
  }
}

void CheckScheme(sdk::ConfigReader& reader, bool allow_plain_http, const http::Url& url) {
  if (url.scheme == "https") {
    return;
  }
  if (!http::IsLoopbackHost(url)) {
    reader.Error("plain-http", "url", "The field begins with https.");
  } else if (!allow_plain_http) {
    reader.Error("plain-http", "url", "http, even to this machine, needs allowPlainHttp.");
  } else {
    reader.Warning("plain-http", "allowPlainHttp",
                   "Notices travel unencrypted: for trials on one machine only.");
  }
}

// What can be said without asking anybody; names are checked when they are resolved.
void CheckHost(sdk::ConfigReader& reader, const Configuration& configuration) {
  const http::Url& url = configuration.url;
  const absl::optional<http::IpAddress> address = http::IsLoopbackHost(url) && !url.Address().has_value()
                                                      ? http::IpAddress::Parse("127.0.0.1")
                                                      : url.Address();
  if (address.has_value() && !http::AddressPolicy(configuration.allowed_networks).Allows(*address)) {
    reader.Error(
        "address-refused", "url",
        "The address is not public. If the endpoint really is there, name its network in allowedNetworks.");
  }
  const int own_port = url.scheme == "https" ? 443 : 80;
  if (url.port != own_port && url.port < kFirstUnprivilegedPort) {
    reader.Error("port-refused", "url",
                 "The port is 443, or 1024 or above: others belong to other protocols.");
  }
}

void ReadUrl(sdk::ConfigReader& reader, const Json& object, Configuration& out) {
  const bool allow_plain_http = reader.Boolean(object, "allowPlainHttp", false);
  const std::string text = sdk::TextAt(object, "url");
  if (text.empty()) {
    reader.Error("missing", "url", "The field is the https URL of the receiver's endpoint.");
    return;
  }
  const absl::optional<http::Url> url = http::ParseUrl(text);
  if (!url.has_value()) {
    reader.Error(
        "not-a-url", "url",
        "The field is an absolute https URL of at most 2000 characters, without user and fragment; an IPv4 "
        "address is four decimal numbers.");
    return;
  }
  out.url = *url;
  CheckScheme(reader, allow_plain_http, out.url);
  CheckHost(reader, out);
}

void ReadSource(sdk::ConfigReader& reader, const Json& object, Configuration& out) {
  out.source = sdk::TextAt(object, "source");
  const bool good = std::all_of(out.source.begin(), out.source.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._~:/?#[]@!$&'()*+,;=%", static_cast<char>(c));
  });
  if (out.source.empty() || out.source.size() > kSourceSizeMax || !good) {
    reader.Error("missing", "source",
                 "The field is a URI reference of 1 to 200 characters, for example /practices/riverside.");
  }
}

void ReadContentMode(sdk::ConfigReader& reader, const Json& object, Configuration& out) {
  const Json& member = sdk::MemberAt(object, "contentMode");
  const std::string mode = member.is_null() ? "structured" : sdk::TextAt(object, "contentMode");
  if (mode != "structured" && mode != "binary") {
    reader.Error("out-of-range", "contentMode", "The field is structured or binary.");
  }
  if (mode == "binary") {
    out.content_mode = ContentMode::kBinary;
    reader.Warning("attributes-unsigned", "contentMode",
                   "The signature covers the body; type and subject travel in headers outside it.");
  }
}

bool HoldsCertificates(const std::string& pem) {
  if (pem.size() > kCertificatesSizeMax || absl::StrContains(pem, "PRIVATE KEY")) {
    return false;
  }
  const std::unique_ptr<BIO, decltype(&BIO_free)> input(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  int count = 0;
  while (X509* certificate = PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr)) {
    X509_free(certificate);
    ++count;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  return count > 0 && at_end;
}

void ReadCertificates(sdk::ConfigReader& reader, const Json& object, Configuration& out) {
  out.ca_certificates = sdk::TextAt(object, "caCertificates");
  const bool is_given = !sdk::MemberAt(object, "caCertificates").is_null();
  if (is_given && !HoldsCertificates(out.ca_certificates)) {
    reader.Error("not-a-certificate", "caCertificates",
                 "The field holds certificates (PEM) of at most 32768 characters, and no private key.");
  }
}

}  // namespace

ParsedConfiguration ParseConfiguration(absl::string_view json, const std::vector<std::string>& secret_names) {
  ParsedConfiguration out;
  sdk::ConfigReader reader(out.diagnostics);
  const absl::optional<Json> object = sdk::ParseJson(json);
  if (!object.has_value() || !object->is_object()) {
    reader.Error("not-json", "", "The configuration is a JSON object.");
    return out;
  }
  reader.RefuseUnknown(*object,
                       {"url", "source", "contentMode", "includeRecordLink", "allowedNetworks",
                        "allowPlainHttp", "caCertificates", "timeouts"},
                       "");
  Configuration& configuration = out.configuration;
  ReadNetworks(reader, *object, configuration);
  ReadUrl(reader, *object, configuration);
  ReadSource(reader, *object, configuration);
  ReadContentMode(reader, *object, configuration);
  configuration.include_record_link = reader.Boolean(*object, "includeRecordLink", false);
  ReadCertificates(reader, *object, configuration);
  configuration.timeouts = http::ReadTimeouts(reader, *object, kTotalTimeoutMax);
  if (std::find(secret_names.begin(), secret_names.end(), kSigningSecrets) == secret_names.end()) {
    reader.Error("secret-missing", "", "The plugin needs the secret signing_secrets.");
  }
  return out;
}

}  // namespace mendwork::webhook
