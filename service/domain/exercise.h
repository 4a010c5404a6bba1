// The nouns of homework: an exercise revision with its variants, items, measures and rules, immutable once
// published.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/domain/condition.h"
#include "service/domain/localized_text.h"

namespace mendwork::domain {

enum class ItemType {
  kInfo,
  kText,
  kLongText,
  kLetter,
  kChoice,
  kMultiChoice,
  kRankedChoice,
  kLikert,
  kSlider,
  kNumber,
  kDate,
  kTime,
  kYesNo,
  kChecklist,
  kActivityLog,
  kGroup,  // repeating
  kAttestation,
  kSafetyCheck,  // write-only; counts as soon as it is ticked
  kGate,         // readiness; its state lives in couple work, never in a response
  kAgreement,    // clauses; likewise
};

// The widest that a grant can open an item, never a grant itself.
enum class Audience { kTherapist, kPartner, kSupervisor, kPlugin, kResearch };

enum class EventRole { kAny, kBetrayed, kInvolved };

enum class Severity { kLow = 1, kModerate = 2, kHigh = 3, kCritical = 4 };

// The words of the file format and of logs; never shown to a partner.
absl::string_view Name(ItemType type);
absl::string_view Name(Audience audience);
absl::string_view Name(EventRole role);
absl::string_view Name(Severity severity);
absl::optional<ItemType> ParseItemType(absl::string_view name);
absl::optional<Audience> ParseAudience(absl::string_view name);
absl::optional<EventRole> ParseEventRole(absl::string_view name);
absl::optional<Severity> ParseSeverity(absl::string_view name);

struct Option {
  std::string code;
  LocalizedText label;
  absl::optional<int> score;
  bool exclusive = false;    // may not be combined with another option
  std::string loinc_answer;  // "LA6568-5", or empty
};

struct Coding {
  std::string system, code;
};

// One headed part of a letter.
struct Section {
  std::string id;
  LocalizedText title, help;
  bool required = false;
  int min_length = 0, max_length = 0;  // Unicode code points
};

struct RiskRule {
  std::string id;
  Condition when;  // over the answer of the item that carries the rule, and of no other
  Severity severity = Severity::kLow;
  std::string category;  // suicide, self_harm, ipv_physical, ...
  std::string subject;   // the person at risk: self, partner, child, other
};

struct Item {
  int line = 0;  // in the source text, from 1
  std::string id;
  ItemType type = ItemType::kInfo;
  LocalizedText text, help;
  bool required = false;
  bool sensitive = false;                     // never opens to a partner, a plugin or research
  int min_length = 0, max_length = 0;         // Unicode code points
  double minimum = 0, maximum = 0, step = 0;  // slider and number; minutes for an activity log
  int min_count = 0, max_count = 0;           // options chosen, log entries, group rows
  std::string pattern;                        // name of a known pattern (validation_text.h), or empty
  std::string earliest, latest;               // bounds of a date or time, ISO 8601, or empty
  LocalizedText minimum_label, maximum_label;
  std::vector<Option> options;
  std::vector<Section> sections;  // letter
  std::vector<Item> items;        // group; these share the group's audiences
  absl::optional<Condition> show_when;
  std::set<Audience> audiences;
  std::vector<RiskRule> risk_rules;
  absl::optional<Coding> coding;
  std::string measure;  // id of the first measure that scores this item, or empty

  const Option* FindOption(absl::string_view code) const;
};

// True when answers are write-only (confidentiality.md A): a safety check, or any item with a risk rule.
bool IsSafetyItem(const Item& item);
// False for info, gate and agreement, which no response ever answers.
bool TakesAnswer(const Item& item);

struct Variant {
  int line = 0;      // in the source text, from 1
  std::string code;  // one lower-case letter: it never names a role
  EventRole role = EventRole::kAny;
  std::vector<Item> items;

  const Item* FindItem(absl::string_view id) const;  // top-level items only
};

struct Band {
  std::string code;
  double from = 0, to = 0;
  LocalizedText label;
};

struct Measure {
  enum class Method { kSum, kMean };
  std::string id;
  LocalizedText title;
  std::vector<std::string> items;
  Method method = Method::kSum;
  int missing_allowed = 0;                 // at most this many missing items are prorated
  std::vector<std::string> never_missing;  // without these there is no total
  std::vector<std::string> reverse;        // scored from the other end of their range
  std::vector<Band> bands;                 // ascending, without gaps, over the whole range
  absl::optional<Coding> panel_coding, total_coding;
  double reliable_change = 0;  // 0 = none known; compare only within one revision and language
  std::string notice;
};

struct Dose {
  int minutes_min = 0, minutes_max = 0;
};

// How often it is meant to be done: advice to the therapist, who decides when assigning.
struct Schedule {
  std::string repeat;  // once, daily, weekly, every_2_weeks, every_4_weeks, each_session, on_demand
  int times = 0;       // this many times; 0 = as long as it helps
  std::string then;    // after `times`: one of the words above, or empty
  LocalizedText note;
};

// Shown to the therapist when assigning and whenever the fact changes; never to a partner.
struct Contraindication {
  std::string id;
  std::string fact;
  LocalizedText text;
  int days = 0;  // of a fact event_age: for so many days after the event came to light; 0 = not said
};

// Shipped empty: a practice's named clinician fills it by accepting the revision (clinical.md 13).
struct ClinicalReview {
  std::string by, licence, date, language;
};

struct ExerciseRevision {
  std::string key;
  int revision = 0;
  std::string content_hash;  // hex SHA-256 of source_text
  std::string source_text;   // the file's bytes, stored immutably
  std::string strategy;      // "S1" to "S8"
  std::string stage;         // impact, meaning, moving_on, any
  LocalizedText title, purpose;
  Dose dose;
  Schedule schedule;
  std::vector<std::string> languages;  // every text is complete in each of these
  std::vector<std::string> requires_capabilities;
  std::vector<Contraindication> contraindications;
  bool solo = false;
  std::vector<Variant> variants;
  std::vector<Measure> measures;
  LocalizedText review_step;
  ClinicalReview clinical_review;
  std::string third_party_notice;

  // The variant for that role, else the one for any role, else null.
  const Variant* FindVariant(EventRole role) const;
  const Variant* FindVariantByCode(absl::string_view code) const;
  const Measure* FindMeasure(absl::string_view id) const;
};

// The capabilities that the revision requires and the server does not have, in the file's order.
std::vector<std::string> MissingCapabilities(const ExerciseRevision& revision,
                                             const std::set<std::string>& have);

// The widest audience of a measure's score: derived data inherits the strictest label of what it came from.
std::set<Audience> MeasureAudiences(const Variant& variant, const Measure& measure);

}  // namespace mendwork::domain
