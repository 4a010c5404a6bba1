// Resource names (AIP-122): practices/{p}/couples/{c}/... with public ids that say nothing (confidentiality
// B8).
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "service/app/call.h"

namespace mendwork::app {

// One number per kind of id, part of every public id. Never renumber.
enum class Kind : uint8_t {
  kNone = 0,
  kPractice = 1,
  kStaff = 2,
  kCouple = 3,
  kPartner = 4,
  kBetrayalEvent = 5,
  kSuitability = 6,
  kCareRelation = 7,
  kAppointment = 8,
  kAssignment = 9,
  kResponse = 10,
  kSharedResponse = 11,  // the same response as another partner may see it
  kConsent = 12,
  kRelease = 13,
  kFlag = 14,
  kPlugin = 15,
  kDelivery = 16,
  kGroup = 17,
  kAudience = 18,   // a partner as another partner may name them
  kPseudonym = 19,  // a person as a plugin may know them
  kEncounter = 20,
};

// The shape of a name: collections and the kinds of their ids.
struct Pattern {
  const char* text;
  std::array<const char*, 4> collections;
  std::array<Kind, 4> kinds;
};

inline constexpr Pattern kPracticeName = {"practices/{practice}", {"practices"}, {Kind::kPractice}};
inline constexpr Pattern kStaffName = {
    "practices/{practice}/staff/{staff}", {"practices", "staff"}, {Kind::kPractice, Kind::kStaff}};
inline constexpr Pattern kCoupleName = {
    "practices/{practice}/couples/{couple}", {"practices", "couples"}, {Kind::kPractice, Kind::kCouple}};
inline constexpr Pattern kPartnerName = {"practices/{practice}/couples/{couple}/partners/{partner}",
                                         {"practices", "couples", "partners"},
                                         {Kind::kPractice, Kind::kCouple, Kind::kPartner}};
inline constexpr Pattern kBetrayalEventName = {
    "practices/{practice}/couples/{couple}/betrayalEvents/{betrayal_event}",
    {"practices", "couples", "betrayalEvents"},
    {Kind::kPractice, Kind::kCouple, Kind::kBetrayalEvent}};
inline constexpr Pattern kSuitabilityName = {
    "practices/{practice}/couples/{couple}/suitabilityDecisions/{suitability_decision}",
    {"practices", "couples", "suitabilityDecisions"},
    {Kind::kPractice, Kind::kCouple, Kind::kSuitability}};
inline constexpr Pattern kCareRelationName = {
    "practices/{practice}/couples/{couple}/careRelations/{care_relation}",
    {"practices", "couples", "careRelations"},
    {Kind::kPractice, Kind::kCouple, Kind::kCareRelation}};
inline constexpr Pattern kAppointmentName = {
    "practices/{practice}/couples/{couple}/appointments/{appointment}",
    {"practices", "couples", "appointments"},
    {Kind::kPractice, Kind::kCouple, Kind::kAppointment}};
inline constexpr Pattern kEncounterName = {"practices/{practice}/couples/{couple}/encounters/{encounter}",
                                           {"practices", "couples", "encounters"},
                                           {Kind::kPractice, Kind::kCouple, Kind::kEncounter}};
inline constexpr Pattern kAssignmentName = {"practices/{practice}/couples/{couple}/assignments/{assignment}",
                                            {"practices", "couples", "assignments"},
                                            {Kind::kPractice, Kind::kCouple, Kind::kAssignment}};
inline constexpr Pattern kResponseName = {
    "practices/{practice}/couples/{couple}/assignments/{assignment}/responses/{response}",
    {"practices", "couples", "assignments", "responses"},
    {Kind::kPractice, Kind::kCouple, Kind::kAssignment, Kind::kResponse}};
inline constexpr Pattern kSharedResponseName = {
    "practices/{practice}/couples/{couple}/sharedResponses/{shared_response}",
    {"practices", "couples", "sharedResponses"},
    {Kind::kPractice, Kind::kCouple, Kind::kSharedResponse}};
inline constexpr Pattern kConsentName = {"practices/{practice}/couples/{couple}/consents/{consent}",
                                         {"practices", "couples", "consents"},
                                         {Kind::kPractice, Kind::kCouple, Kind::kConsent}};
inline constexpr Pattern kReleaseName = {"practices/{practice}/couples/{couple}/releases/{release}",
                                         {"practices", "couples", "releases"},
                                         {Kind::kPractice, Kind::kCouple, Kind::kRelease}};
inline constexpr Pattern kFlagName = {
    "practices/{practice}/flags/{flag}", {"practices", "flags"}, {Kind::kPractice, Kind::kFlag}};
inline constexpr Pattern kPluginName = {
    "practices/{practice}/plugins/{plugin}", {"practices", "plugins"}, {Kind::kPractice, Kind::kPlugin}};
inline constexpr Pattern kDeliveryName = {"practices/{practice}/plugins/{plugin}/deliveries/{delivery}",
                                          {"practices", "plugins", "deliveries"},
                                          {Kind::kPractice, Kind::kPlugin, Kind::kDelivery}};

// The ids in a name, outermost first; unused ones are 0.
using Ids = std::array<int64_t, 4>;

std::string FormatName(const base::PublicIds& ids, const Pattern& pattern, const Ids& values);

// INVALID_ARGUMENT names `field` and the pattern when the shape is wrong. NOT_FOUND when an id is not one of
// ours or the practice is not the caller's.
absl::StatusOr<Ids> ParseName(const Call& call, absl::string_view field, absl::string_view name,
                              const Pattern& pattern);

// exercises/{exercise}/revisions/{revision}
struct ExerciseName {
  std::string key;
  int revision = 0;
};
std::string FormatExerciseName(absl::string_view key, int64_t revision);
absl::StatusOr<ExerciseName> ParseExerciseName(absl::string_view field, absl::string_view name);

}  // namespace mendwork::app
