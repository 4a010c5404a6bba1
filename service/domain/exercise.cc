#include "service/domain/exercise.h"

#include <algorithm>
#include <iterator>

namespace mendwork::domain {
namespace {

template <typename Enum>
struct Named {
  Enum value;
  absl::string_view name;
};

constexpr Named<ItemType> kItemTypes[] = {
    {ItemType::kInfo, "info"},
    {ItemType::kText, "text"},
    {ItemType::kLongText, "long_text"},
    {ItemType::kLetter, "letter"},
    {ItemType::kChoice, "choice"},
    {ItemType::kMultiChoice, "multi_choice"},
    {ItemType::kRankedChoice, "ranked_choice"},
    {ItemType::kLikert, "likert"},
    {ItemType::kSlider, "slider"},
    {ItemType::kNumber, "number"},
    {ItemType::kDate, "date"},
    {ItemType::kTime, "time"},
    {ItemType::kYesNo, "yes_no"},
    {ItemType::kChecklist, "checklist"},
    {ItemType::kActivityLog, "activity_log"},
    {ItemType::kGroup, "group"},
    {ItemType::kAttestation, "attestation"},
    {ItemType::kSafetyCheck, "safety_check"},
    {ItemType::kGate, "gate"},
    {ItemType::kAgreement, "agreement"},
};

constexpr Named<Audience> kAudiences[] = {
    {Audience::kTherapist, "therapist"},   {Audience::kPartner, "partner"},
    {Audience::kSupervisor, "supervisor"}, {Audience::kPlugin, "plugin"},
    {Audience::kResearch, "research"},
};

constexpr Named<EventRole> kEventRoles[] = {
    {EventRole::kAny, "any"},
    {EventRole::kBetrayed, "betrayed"},
    {EventRole::kInvolved, "involved"},
};

constexpr Named<Severity> kSeverities[] = {
    {Severity::kLow, "low"},
    {Severity::kModerate, "moderate"},
    {Severity::kHigh, "high"},
    {Severity::kCritical, "critical"},
};

template <typename Enum, size_t size>
absl::string_view NameIn(const Named<Enum> (&table)[size], Enum value) {
  for (const Named<Enum>& row : table) {
    if (row.value == value) return row.name;
  }
  return "unknown";
}

template <typename Enum, size_t size>
absl::optional<Enum> ValueIn(const Named<Enum> (&table)[size], absl::string_view name) {
  for (const Named<Enum>& row : table) {
    if (row.name == name) return row.value;
  }
  return absl::nullopt;
}

}  // namespace

absl::string_view Name(ItemType type) { return NameIn(kItemTypes, type); }
absl::string_view Name(Audience audience) { return NameIn(kAudiences, audience); }
absl::string_view Name(EventRole role) { return NameIn(kEventRoles, role); }
absl::string_view Name(Severity severity) { return NameIn(kSeverities, severity); }

absl::optional<ItemType> ParseItemType(absl::string_view name) { return ValueIn(kItemTypes, name); }
absl::optional<Audience> ParseAudience(absl::string_view name) { return ValueIn(kAudiences, name); }
absl::optional<EventRole> ParseEventRole(absl::string_view name) { return ValueIn(kEventRoles, name); }
absl::optional<Severity> ParseSeverity(absl::string_view name) { return ValueIn(kSeverities, name); }

const Option* Item::FindOption(absl::string_view code) const {
  for (const Option& option : options) {
    if (option.code == code) return &option;
  }
  return nullptr;
}

bool IsSafetyItem(const Item& item) {
  return item.type == ItemType::kSafetyCheck || !item.risk_rules.empty();
}

bool TakesAnswer(const Item& item) {
  return item.type != ItemType::kInfo && item.type != ItemType::kGate && item.type != ItemType::kAgreement;
}

const Item* Variant::FindItem(absl::string_view id) const {
  for (const Item& item : items) {
    if (item.id == id) return &item;
  }
  return nullptr;
}

const Variant* ExerciseRevision::FindVariant(EventRole role) const {
  const Variant* for_any = nullptr;
  for (const Variant& variant : variants) {
    if (variant.role == role) return &variant;
    if (variant.role == EventRole::kAny) for_any = &variant;
  }
  return for_any;
}

const Variant* ExerciseRevision::FindVariantByCode(absl::string_view code) const {
  for (const Variant& variant : variants) {
    if (variant.code == code) return &variant;
  }
  return nullptr;
}

const Measure* ExerciseRevision::FindMeasure(absl::string_view id) const {
  for (const Measure& measure : measures) {
    if (measure.id == id) return &measure;
  }
  return nullptr;
}

std::vector<std::string> MissingCapabilities(const ExerciseRevision& revision,
                                             const std::set<std::string>& have) {
  std::vector<std::string> missing;
  std::copy_if(revision.requires_capabilities.begin(), revision.requires_capabilities.end(),
               std::back_inserter(missing),
               [&have](const std::string& capability) { return have.count(capability) == 0; });
  return missing;
}

std::set<Audience> MeasureAudiences(const Variant& variant, const Measure& measure) {
  absl::optional<std::set<Audience>> common;
  for (const std::string& id : measure.items) {
    const Item* item = variant.FindItem(id);
    if (item == nullptr) return {};
    if (!common.has_value()) {
      common = item->audiences;
      continue;
    }
    std::set<Audience> both;
    std::set_intersection(common->begin(), common->end(), item->audiences.begin(), item->audiences.end(),
                          std::inserter(both, both.end()));
    common = std::move(both);
  }
  return common.value_or(std::set<Audience>{});
}

}  // namespace mendwork::domain
