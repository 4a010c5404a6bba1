// Whether an event can be written at all, before anything is asked or sent. The host keeps these rules
// already; an event that breaks one is refused as a whole rather than written in part.
#pragma once

#include <map>
#include <string>

#include "absl/types/optional.h"
#include "plugins/fhir/outcome.h"

namespace mendwork::fhir {

// One bundle holds a questionnaire, a response and these: more than 8 entries are refused by some servers.
constexpr int kScoresMax = 6;

// The items of a questionnaire with nested ones, by link id.
using ItemIndex = std::map<std::string, const v1::Item*>;
ItemIndex IndexItems(const v1::Questionnaire& questionnaire);

// How the delivery ends if the event cannot be written; nothing if it can.
absl::optional<v1::Outcome> RefusalOf(const v1::Event& event);

// 26 to 64 characters of [a-z0-9-].
bool IsReleaseId(const std::string& id);
// 1 to 60 characters of [a-z0-9_-].
bool IsMeasureId(const std::string& id);

}  // namespace mendwork::fhir
