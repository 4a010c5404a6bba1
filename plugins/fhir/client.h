// FHIR's REST interactions as this plugin needs them, for the length of one call.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "plugins/fhir/config.h"
#include "plugins/fhir/json.h"
#include "plugins/fhir/outcome.h"

namespace mendwork::fhir {

// An HTTP answer with its body read.
struct Reply {
  HttpResponse http;
  Json body;  // null if there was none, or none that is JSON
};

class Client {
 public:
  // All of it outlives the client.
  Client(const Configuration& configuration, const std::string& bearer_token, HttpClient& http,
         const sdk::CallContext& context)
      : configuration_(configuration), bearer_token_(bearer_token), http_(http), context_(context) {}

  const Configuration& configuration() const { return configuration_; }

  Reply PostBundle(const Json& bundle);
  Reply Capabilities();

  // The one chart with this identifier; its id. Everything else ends the delivery.
  OrOutcome<std::string> ResolveChart(const v1::RecordLink& link);

  // The resources that carry exactly this identifier: whatever else the server returns is not looked at.
  OrOutcome<std::vector<Json>> Find(const std::string& type, const std::string& system,
                                    const std::string& value);

  // Nothing if it is gone.
  OrOutcome<absl::optional<Json>> Read(const std::string& type, const std::string& id);

  // If-Match on the version the resource holds, if it holds one.
  Reply Update(const Json& resource);
  Reply Delete(const std::string& type, const std::string& id);
  Reply CreateUnlessExists(const Json& resource, const std::string& search);

  absl::optional<v1::Outcome> FailureOf(const Reply& reply, Purpose purpose) const;

 private:
  Reply Send(absl::string_view method, absl::string_view path, const Json* body,
             std::vector<std::pair<std::string, std::string>> headers);

  const Configuration& configuration_;
  const std::string& bearer_token_;
  HttpClient& http_;
  const sdk::CallContext& context_;
};

// True if the resource has the identifier, single or in a list.
bool HasIdentifier(const Json& resource, absl::string_view system, absl::string_view value);

// Where a resource read from the server is.
v1::ExternalRef RefOf(const Json& resource, absl::string_view system, absl::string_view value);

}  // namespace mendwork::fhir
