// What one delivery writes, decided completely before anything is sent.
#pragma once

#include <string>
#include <vector>

#include "plugins/fhir/resources.h"

namespace mendwork::fhir {

// One resource in the chart, with the identifier under which it is found again.
struct PlannedResource {
  std::string type;
  std::string system;
  std::string value;
  Json resource;
};

struct Plan {
  std::vector<PlannedResource> resources;  // the response first, then the scores; without the questionnaire
  Json bundle;                             // the transaction: at most 8 entries
  size_t first_entry = 0;                  // the bundle's entry that belongs to resources[0]
  std::string content_hash;                // 32 bytes over everything that is sent about the person
};

// The event must have passed RefusalOf.
Plan MakePlan(const ChartContext& context, const v1::ResponseReleased& release);

}  // namespace mendwork::fhir
