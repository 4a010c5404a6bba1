#include "plugins/fhir/resources.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "plugins/fhir/questionnaire.h"
#include "service/base/crypto.h"

namespace mendwork::fhir {
namespace {

using google::protobuf::RepeatedPtrField;

constexpr char kTerminology[] = "http://terminology.hl7.org/CodeSystem/";
constexpr char kUcum[] = "http://unitsofmeasure.org";

// Restricted. Labels that name violence or a diagnosis are left out on purpose: whoever sees a label learns
// it.
Json Labels() {
  const Json restricted = {
      {"system", absl::StrCat(kTerminology, "v3-Confidentiality")}, {"code", "R"}, {"display", "restricted"}};
  return {{"security", Json::array({restricted})}};
}

Json Reference(const std::string& reference) { return {{"reference", reference}}; }

Json Coding(absl::string_view system, absl::string_view code) {
  return {{"system", std::string(system)}, {"code", std::string(code)}};
}

std::string Instant(const google::protobuf::Timestamp& time) {
  const absl::Time instant = absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", instant, absl::UTCTimeZone());
}

const v1::Item* FindItem(const RepeatedPtrField<v1::Item>& items, const std::string& link_id) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const v1::Item& item) { return item.link_id() == link_id; });
  return found == items.end() ? nullptr : &*found;
}

Json AnswerItems(const ChartContext& context, const v1::ResponseReleased& release,
                 const RepeatedPtrField<v1::Answer>& answers, const RepeatedPtrField<v1::Item>& siblings) {
  Json out = Json::array();
  for (const v1::Answer& answer : answers) {
    const v1::Item* item = FindItem(siblings, answer.link_id());
    if (item == nullptr) {
      continue;  // refused before: event_check.h
    }
    Json element = {{"linkId", answer.link_id()}};
    const std::string text = FhirText(TextIn(item->text(), release.language()));
    if (!text.empty()) {
      element["text"] = text;
    }
    for (const v1::Value& value : answer.values()) {
      element["answer"].push_back(ValueElement(context.configuration, release.questionnaire(), *item, value,
                                               "value", release.language()));
    }
    if (Json nested = AnswerItems(context, release, answer.answers(), item->items()); !nested.empty()) {
      element["item"] = std::move(nested);
    }
    out.push_back(std::move(element));
  }
  return out;
}

const v1::Measure* FindMeasure(const v1::ResponseReleased& release, const std::string& id) {
  const auto found = std::find_if(release.measures().begin(), release.measures().end(),
                                  [&](const v1::Measure& measure) { return measure.id() == id; });
  return found == release.measures().end() ? nullptr : &*found;
}

Json MeasureConcept(const ChartContext& context, const v1::Measure* measure, const std::string& id) {
  Json coding = Coding(context.configuration.MeasureSystem(), id);
  if (measure != nullptr && !measure->coding().code().empty()) {
    coding = Coding(measure->coding().system(), measure->coding().code());
    if (!measure->coding().display().empty()) {
      coding["display"] = measure->coding().display();
    }
  }
  Json out = {{"coding", Json::array({coding})}};
  if (measure != nullptr && !measure->title().empty()) {
    out["text"] = FhirText(measure->title());
  }
  return out;
}

}  // namespace

std::string PatientReference(const ChartContext& context) {
  return absl::StrCat("Patient/", context.patient_id);
}

Json QuestionnaireResponseResource(const ChartContext& context, const v1::ResponseReleased& release) {
  const Configuration& configuration = context.configuration;
  const Json patient = Reference(PatientReference(context));
  const Json completion = {
      {"url", "http://hl7.org/fhir/StructureDefinition/questionnaireresponse-completionMode"},
      {"valueCodeableConcept", {{"text", "self-administered"}}}};
  return {{"resourceType", "QuestionnaireResponse"},
          {"meta", Labels()},
          {"language", release.language()},
          {"extension", Json::array({completion})},
          {"identifier", {{"system", configuration.ResponseSystem()}, {"value", release.release_id()}}},
          {"questionnaire", absl::StrCat(CanonicalUrl(configuration, release.questionnaire()), "|",
                                         release.questionnaire().revision())},
          {"status", release.revision() > 1 ? "amended" : "completed"},
          {"subject", patient},
          {"author", patient},
          {"source", patient},
          {"authored", Instant(release.authored_time())},
          {"item", AnswerItems(context, release, release.answers(), release.questionnaire().items())}};
}

std::string ScoreIdentifier(absl::string_view release_id, absl::string_view measure_id) {
  return absl::StrCat(release_id, "/", measure_id);
}

Json ObservationResource(const ChartContext& context, const v1::ResponseReleased& release,
                         const v1::Score& score, const std::string& derived_from) {
  const Json patient = Reference(PatientReference(context));
  const v1::Measure* measure = FindMeasure(release, score.measure_id());
  const Json identifier = {{"system", context.configuration.ScoreSystem()},
                           {"value", ScoreIdentifier(release.release_id(), score.measure_id())}};
  const Json survey = {
      {"coding", Json::array({Coding(absl::StrCat(kTerminology, "observation-category"), "survey")})}};
  Json out = {
      {"resourceType", "Observation"},
      {"meta", Labels()},
      {"language", release.language()},
      {"identifier", Json::array({identifier})},
      {"status", release.revision() > 1 ? "amended" : "final"},
      {"category", Json::array({survey})},
      {"code", MeasureConcept(context, measure, score.measure_id())},
      {"subject", patient},
      {"performer", Json::array({patient})},
      {"effectiveDateTime", Instant(release.authored_time())},
      {"valueQuantity",
       {{"value", NumberJson(score.total())}, {"unit", "{score}"}, {"system", kUcum}, {"code", "{score}"}}}};
  if (!score.band().empty()) {
    out["interpretation"] = Json::array({{{"text", FhirText(score.band())}}});
  }
  if (score.prorated()) {
    out["note"] = Json::array({{{"text", "Prorated for unanswered items."}}});
  }
  if (!derived_from.empty()) {
    out["derivedFrom"] = Json::array({Reference(derived_from)});
  }
  return out;
}

Json WithdrawalTask(const ChartContext& context, const v1::RevokeRequest& request, const std::string& focus) {
  const Json identifier = {{"system", context.configuration.WithdrawalSystem()},
                           {"value", request.release_id()}};
  Json out = {{"resourceType", "Task"},
              {"meta", Labels()},
              {"identifier", Json::array({identifier})},
              {"status", "requested"},
              {"intent", "order"},
              {"priority", "routine"},
              {"code", {{"text", "Review in practice system"}}},
              {"for", Reference(PatientReference(context))}};
  if (request.has_withdrawn_time()) {
    out["authoredOn"] = Instant(request.withdrawn_time());
  }
  if (!focus.empty()) {
    out["focus"] = Reference(focus);
  }
  return out;
}

std::string ContentHash(const Json& resource) {
  Json said = resource;
  for (const char* rewritten : {"id", "meta", "text", "derivedFrom"}) {
    said.erase(rewritten);
  }
  return base::Sha256(DumpJson(said));
}

// Other tags, the practice's own for example, stay.
void SetContentTag(const Configuration& configuration, const std::string& tag, Json& resource) {
  Json tags = Json::array({Coding(configuration.ContentHashSystem(), tag)});
  const Json& present = MemberAt(MemberAt(resource, "meta"), "tag");
  if (present.is_array()) {
    for (const Json& each : present) {
      if (TextAt(each, "system") != configuration.ContentHashSystem()) {
        tags.push_back(each);
      }
    }
  }
  if (!MemberAt(resource, "meta").is_object()) {
    resource["meta"] = Json::object();
  }
  resource["meta"]["tag"] = std::move(tags);
}

std::string ContentTag(const Configuration& configuration, const Json& resource) {
  const Json& tags = MemberAt(MemberAt(resource, "meta"), "tag");
  if (tags.is_array()) {
    for (const Json& tag : tags) {
      if (TextAt(tag, "system") == configuration.ContentHashSystem()) {
        return TextAt(tag, "code");
      }
    }
  }
  return "";
}

}  // namespace mendwork::fhir
