// The access policy as one table (confidentiality A and B): default deny, forbid wins. A decision is a pure
// function of facts that the caller read in its own transaction; nothing here reads anything.
#pragma once

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace mendwork::policy {

// Who looks. One person may look in several ways; each use case says which one it asks for.
enum class Viewer : uint8_t {
  kAuthor,        // the person whose data it is
  kOtherPartner,  // another partner of the same couple
  kTherapist,     // staff with the therapist role
  kOnCall,        // staff with the on-call role
  kAdministrator,
  kPlugin,
  kServer,  // the server itself, for what it must open to do its work
};
constexpr int kViewerCount = 7;

enum class Action : uint8_t { kRead };
constexpr int kActionCount = 1;

// What is looked at: one class per kind of sealed record, and per item of a response.
enum class DataClass : uint8_t {
  kPartnerIdentity,      // name and location of a partner
  kStaffIdentity,        // name of a staff member
  kAnswer,               // one item of a submitted response
  kDraft,                // one item of a draft
  kWithheldChoice,       // which items the author keeps
  kReviewNote,           // the therapist's note to the author
  kFlagEvidence,         // what raised a flag
  kFlagNote,             // how a flag was resolved
  kRecordLink,           // the chart number in a record system
  kExternalReferences,   // what a delivery left there
  kPluginConfiguration,  // may hold credentials of the other system
  kRequestOutcome,       // the stored reply to one's own request
  kAppointment,          // when somebody meets their therapist: not sealed, but theirs
};
constexpr int kDataClassCount = 13;

// Facts, one bit each.
enum Fact : uint32_t {
  kSamePractice = 1u << 0,
  kCurrentRelation = 1u << 1,     // the staff member has a dated relation to the couple now
  kLimitsAcknowledged = 1u << 2,  // the author has acknowledged the limits of confidentiality
  kConsentInForce = 1u << 3,      // a consent to this very viewer covers this item now
  kAudienceAllowed = 1u << 4,     // the exercise lets a grant open this item to this kind of viewer
  kSafetyItem = 1u << 5,          // write-only: no surface of partners shows it again
  kWithheld = 1u << 6,            // the author keeps this item
  kWithdrawn = 1u << 7,           // the response was withdrawn
  kReleased = 1u << 8,            // the therapist released the response to this plugin
  kDataClassGranted = 1u << 9,    // the administrator granted the plugin this class of data
  kFlagOpen = 1u << 10,           // the flag is not resolved
  kSafetySink = 1u << 11,         // the administrator registered the plugin as a safety sink
};
constexpr int kFactCount = 12;
using Facts = uint32_t;

// The fact if it holds, else no fact.
constexpr Facts When(bool holds, Fact fact) { return holds ? fact : Facts{0}; }

enum class Effect : uint8_t { kPermit, kForbid };

// A rule applies when viewer and class match, every bit of `require` is set and no bit of `unless` is.
struct Rule {
  const char* id;
  Effect effect;
  uint32_t viewers;  // bits of Viewer
  uint32_t classes;  // bits of DataClass
  Facts require;
  Facts unless;
  const char* source;  // the rule of confidentiality.md or clinical.md that it implements
};

absl::Span<const Rule> Rules();

constexpr uint32_t Bit(Viewer viewer) { return 1u << static_cast<uint32_t>(viewer); }
constexpr uint32_t Bit(DataClass data_class) { return 1u << static_cast<uint32_t>(data_class); }

absl::string_view Name(Viewer viewer);
absl::string_view Name(DataClass data_class);

}  // namespace mendwork::policy
