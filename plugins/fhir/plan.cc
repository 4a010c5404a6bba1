#include "plugins/fhir/plan.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "plugins/fhir/questionnaire.h"
#include "plugins/fhir/url.h"
#include "service/base/crypto.h"

namespace mendwork::fhir {
namespace {

std::string FullUrl(const PlannedResource& planned) {
  return UuidUrn(absl::StrCat(planned.system, "|", planned.value));
}

Json Entry(const std::string& full_url, const Json& resource, const std::string& type,
           const std::string& if_none_exist) {
  return {{"fullUrl", full_url},
          {"resource", resource},
          {"request", {{"method", "POST"}, {"url", type}, {"ifNoneExist", if_none_exist}}}};
}

Json QuestionnaireEntry(const Configuration& configuration, const v1::Questionnaire& questionnaire) {
  const Json resource = QuestionnaireResource(configuration, questionnaire);
  const std::string url = TextAt(resource, "url");
  const std::string version = TextAt(resource, "version");
  return Entry(UuidUrn(absl::StrCat(url, "|", version)), resource, "Questionnaire",
               absl::StrCat("url=", EncodeQuery(url), "&version=", EncodeQuery(version)));
}

}  // namespace

Plan MakePlan(const ChartContext& context, const v1::ResponseReleased& release) {
  const Configuration& configuration = context.configuration;
  Plan plan;
  std::string response_url;
  if (!release.answers().empty()) {
    PlannedResource response = {"QuestionnaireResponse", configuration.ResponseSystem(), release.release_id(),
                                QuestionnaireResponseResource(context, release)};
    response_url = FullUrl(response);
    plan.resources.push_back(std::move(response));
  }
  for (const v1::Score& score : release.scores()) {
    plan.resources.push_back({"Observation", configuration.ScoreSystem(),
                              ScoreIdentifier(release.release_id(), score.measure_id()),
                              ObservationResource(context, release, score, response_url)});
  }
  Json entries = Json::array();
  if (!release.answers().empty() && configuration.send_questionnaires) {
    entries.push_back(QuestionnaireEntry(configuration, release.questionnaire()));
    plan.first_entry = 1;
  }
  std::string hashes;
  for (PlannedResource& planned : plan.resources) {
    const std::string hash = ContentHash(planned.resource);
    hashes += hash;
    SetContentTag(configuration, base::HexEncode(hash), planned.resource);
    entries.push_back(Entry(FullUrl(planned), planned.resource, planned.type,
                            IdentifierSearch(planned.system, planned.value, "|")));
  }
  plan.bundle = {{"resourceType", "Bundle"}, {"type", "transaction"}, {"entry", std::move(entries)}};
  plan.content_hash = base::Sha256(hashes);
  return plan;
}

}  // namespace mendwork::fhir
