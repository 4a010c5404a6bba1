// Copies of a release that are in the other system already: finding them, and taking them back.
#pragma once

#include <string>
#include <vector>

#include "plugins/fhir/client.h"

namespace mendwork::fhir {

constexpr char kEnteredInError[] = "entered-in-error";

// Where a copy of a release can be: type and business identifier.
struct CopyKey {
  std::string type;
  std::string system;
  std::string value;
};

struct Copy {
  CopyKey key;
  Json resource;
};

struct Copies {
  std::vector<Copy> found;
  std::vector<v1::ExternalRef>
      gone;  // known references behind which there is nothing of this release any more
};

// The places where a release can have copies: the response, and one score per measure.
std::vector<CopyKey> CopyKeys(const Configuration& configuration, const std::string& release_id,
                              const google::protobuf::RepeatedPtrField<std::string>& measure_ids);

// Searches every place, and reads known references the search did not return (an index can lag). A reference
// to something that does not carry the release's identifier is not ours and is left alone.
OrOutcome<Copies> FindCopies(Client& client, const std::vector<CopyKey>& keys,
                             const google::protobuf::RepeatedPtrField<v1::ExternalRef>& known_refs);

// Why a copy is taken back; written into the content tag. What a delivery took back, a later one with more
// consent may bring back; what a revocation took back stays so.
enum class TakenBackBy { kDelivery, kRevocation };
constexpr char kTakenBackByDelivery[] = "uncovered";
constexpr char kTakenBackByRevocation[] = "revoked";

// Sets status and tag and nothing else. Nothing is returned if the copy went away meanwhile.
OrOutcome<absl::optional<v1::ExternalRef>> MarkEnteredInError(Client& client, const Copy& copy,
                                                              TakenBackBy by);

// Deletes; something already gone counts as deleted.
absl::optional<v1::Outcome> DeleteCopy(Client& client, const Copy& copy);

}  // namespace mendwork::fhir
