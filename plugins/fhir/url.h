// The few places where text becomes part of a URL, an id or a key.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace mendwork::fhir {

// Percent-encodes everything that has a meaning in a query; leaves unreserved characters, ":" and "/".
std::string EncodeQuery(absl::string_view text);

// "identifier=<system>|<value>" as a search parameter: the value escaped for FHIR and then for the URL, the
// separating pipe as `pipe` ("|" inside a bundle, "%7C" in a request line, where a bare pipe is not allowed).
std::string IdentifierSearch(absl::string_view system, absl::string_view value, absl::string_view pipe);

// True for ids as FHIR writes them: [A-Za-z0-9.-], 1 to 64. Anything else never gets into a URL.
bool IsFhirId(absl::string_view id);

// The version 5 UUID (RFC 4122, SHA-1) of a name in the URL namespace, as "urn:uuid:...".
std::string UuidUrn(absl::string_view name);

}  // namespace mendwork::fhir
