// The texts that people are asked to agree to, versioned: a consent stores the hash, version and language of
// what was shown (confidentiality B14). A change of a text is a new version; old versions stay findable by
// their hash in git.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "mendwork/v1/consent_service.pb.h"

namespace mendwork::app {

struct Wording {
  std::string text;
  std::string hash;  // SHA-256 in hexadecimal
  std::string version;
  std::string language;
};

// In the language asked for where it exists, else in English.
const Wording& FindWording(v1::ConsentTopic topic, absl::string_view language);

}  // namespace mendwork::app
