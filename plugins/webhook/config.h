// The plugin's configuration, checked as a whole.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "plugins/http/address.h"
#include "plugins/http/settings.h"
#include "plugins/http/url.h"
#include "plugins/sdk/handler.h"

namespace mendwork::webhook {

namespace v1 = ::mendwork::plugin::v1;

constexpr char kSigningSecrets[] = "signing_secrets";

enum class ContentMode { kStructured, kBinary };

struct Configuration {
  http::Url url;
  std::string source;
  ContentMode content_mode = ContentMode::kStructured;
  bool include_record_link = false;
  std::vector<http::Network> allowed_networks;
  std::string ca_certificates;  // PEM; empty for the system's
  http::Timeouts timeouts;
};

struct ParsedConfiguration {
  Configuration configuration;  // usable if there is no ERROR among the diagnostics
  std::vector<v1::Diagnostic> diagnostics;
};

// `secret_names` are the secrets the host hands over. No name is resolved: that happens at every delivery.
ParsedConfiguration ParseConfiguration(absl::string_view json, const std::vector<std::string>& secret_names);

}  // namespace mendwork::webhook
