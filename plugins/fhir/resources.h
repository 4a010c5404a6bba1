// The resources that go into one person's chart, from one release.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "plugins/fhir/config.h"
#include "plugins/fhir/json.h"

namespace mendwork::fhir {

// What all resources of one delivery have in common.
struct ChartContext {
  const Configuration& configuration;
  std::string patient_id;
};

// "Patient/<id>".
std::string PatientReference(const ChartContext& context);

Json QuestionnaireResponseResource(const ChartContext& context, const v1::ResponseReleased& release);

// `derived_from` is the reference to the response, or empty if none is sent.
Json ObservationResource(const ChartContext& context, const v1::ResponseReleased& release,
                         const v1::Score& score, const std::string& derived_from);

// A neutral note to the therapist that something in the chart needs a look; it tells nothing to whoever reads
// over their shoulder. `focus` is the reference of the response, or empty.
Json WithdrawalTask(const ChartContext& context, const v1::RevokeRequest& request, const std::string& focus);

// The value of the identifier of a score.
std::string ScoreIdentifier(absl::string_view release_id, absl::string_view measure_id);

// The hash of what a resource says, independent of what servers add or rewrite (id, meta, narrative,
// references between the resources of one bundle): 32 bytes.
std::string ContentHash(const Json& resource);

// Reads and writes meta.tag in the plugin's own system: the content's hash in hex, so that a later attempt
// can tell its own earlier work from somebody else's, or a mark that the copy was taken back (copies.h).
// Empty if there is none.
std::string ContentTag(const Configuration& configuration, const Json& resource);
void SetContentTag(const Configuration& configuration, const std::string& tag, Json& resource);

}  // namespace mendwork::fhir
