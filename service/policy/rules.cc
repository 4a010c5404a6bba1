#include "service/policy/rules.h"

namespace mendwork::policy {
namespace {

constexpr uint32_t kEveryViewer = (1u << kViewerCount) - 1;
constexpr uint32_t kEveryClass = (1u << kDataClassCount) - 1;
constexpr uint32_t kStaff = Bit(Viewer::kTherapist) | Bit(Viewer::kOnCall) | Bit(Viewer::kAdministrator);
constexpr uint32_t kClinical = Bit(DataClass::kAnswer) | Bit(DataClass::kDraft) |
                               Bit(DataClass::kWithheldChoice) | Bit(DataClass::kReviewNote) |
                               Bit(DataClass::kFlagEvidence) | Bit(DataClass::kFlagNote);
constexpr uint32_t kSafety = Bit(DataClass::kFlagEvidence) | Bit(DataClass::kFlagNote);

constexpr Rule kRules[] = {
    // Forbidding rules come first for the reader; order decides nothing.
    {"F1", Effect::kForbid, kEveryViewer, kEveryClass, 0, kSamePractice,
     "product 1: nothing crosses practices"},
    {"F2", Effect::kForbid, Bit(Viewer::kAdministrator), kClinical, 0, 0, "A last row; B18"},
    {"F3", Effect::kForbid, Bit(Viewer::kAuthor) | Bit(Viewer::kOtherPartner), kSafety, 0, 0,
     "A: safety answers and flags are write-only, never for the other"},
    {"F5", Effect::kForbid, kEveryViewer & ~Bit(Viewer::kAuthor), Bit(DataClass::kDraft), 0, 0,
     "A: drafts never"},
    {"F4", Effect::kForbid, kEveryViewer & ~Bit(Viewer::kTherapist) & ~Bit(Viewer::kPlugin),
     Bit(DataClass::kAnswer) | Bit(DataClass::kDraft), kSafetyItem, 0,
     "A: safety answers are write-only, never for the other; clinical 21"},
    {"F6", Effect::kForbid, Bit(Viewer::kPlugin), Bit(DataClass::kAnswer), kSafetyItem, kSafetySink,
     "A: only a plugin registered as safety sink, and T's act: the release"},
    {"F7", Effect::kForbid, kEveryViewer & ~Bit(Viewer::kAuthor), Bit(DataClass::kAnswer), kWithheld, 0,
     "B2: the author's per-item choice"},
    {"F8", Effect::kForbid, kEveryViewer & ~Bit(Viewer::kAuthor), Bit(DataClass::kAnswer), kWithdrawn, 0,
     "B3, B4"},
    {"F9", Effect::kForbid, kEveryViewer & ~Bit(Viewer::kAuthor), Bit(DataClass::kAnswer), 0,
     kAudienceAllowed, "B2: exercise policy; unknown audience sees nothing"},
    {"F10", Effect::kForbid, Bit(Viewer::kPlugin), kSafety | Bit(DataClass::kReviewNote), 0, 0,
     "A: a flag's content leaves only to a safety sink by an act of its own"},

    {"P1", Effect::kPermit, Bit(Viewer::kAuthor),
     Bit(DataClass::kAnswer) | Bit(DataClass::kDraft) | Bit(DataClass::kWithheldChoice) |
         Bit(DataClass::kReviewNote) | Bit(DataClass::kPartnerIdentity) | Bit(DataClass::kStaffIdentity) |
         Bit(DataClass::kRequestOutcome),
     kSamePractice, 0, "A: the author"},
    {"P2", Effect::kPermit, Bit(Viewer::kTherapist), Bit(DataClass::kAnswer),
     kSamePractice | kCurrentRelation | kConsentInForce | kAudienceAllowed, 0, "A: treatment grant"},
    {"P3", Effect::kPermit, Bit(Viewer::kOtherPartner), Bit(DataClass::kAnswer),
     kSamePractice | kConsentInForce | kAudienceAllowed, 0, "A: by item grant, after B9"},
    {"P4", Effect::kPermit, Bit(Viewer::kPlugin), Bit(DataClass::kAnswer),
     kSamePractice | kConsentInForce | kAudienceAllowed | kReleased | kDataClassGranted, 0,
     "A: grant to that plugin and released by T"},
    {"P5", Effect::kPermit, Bit(Viewer::kTherapist),
     Bit(DataClass::kPartnerIdentity) | Bit(DataClass::kReviewNote), kSamePractice | kCurrentRelation, 0,
     "A: display name, with a current relation; clinical 19"},
    {"P6", Effect::kPermit, kStaff, Bit(DataClass::kStaffIdentity), kSamePractice, 0, "product 4"},
    {"P7", Effect::kPermit, Bit(Viewer::kTherapist), kSafety,
     kSamePractice | kCurrentRelation | kLimitsAcknowledged, 0, "A: stated at consent; B11"},
    {"P8", Effect::kPermit, Bit(Viewer::kOnCall), kSafety | Bit(DataClass::kPartnerIdentity),
     kSamePractice | kFlagOpen | kLimitsAcknowledged, 0, "A: on-call, while the flag is open; clinical 10"},
    {"P9", Effect::kPermit, Bit(Viewer::kPlugin),
     Bit(DataClass::kRecordLink) | Bit(DataClass::kExternalReferences), kSamePractice | kDataClassGranted, 0,
     "integration 1: the chart that the plugin itself keeps"},
    {"P10", Effect::kPermit, Bit(Viewer::kServer), Bit(DataClass::kPluginConfiguration), kSamePractice, 0,
     "architecture 5: the host configures the plugin"},
    {"P11", Effect::kPermit, Bit(Viewer::kServer), Bit(DataClass::kWithheldChoice), kSamePractice, 0,
     "B2: needed to decide; never shown"},
    {"P12", Effect::kPermit, Bit(Viewer::kPlugin), Bit(DataClass::kAppointment),
     kSamePractice | kConsentInForce | kDataClassGranted, 0,
     "A: individual appointments, plugin by grant; a joint one by everybody's"},
};

}  // namespace

absl::Span<const Rule> Rules() { return kRules; }

absl::string_view Name(Viewer viewer) {
  static constexpr std::array<const char*, kViewerCount> kNames = {
      "author", "other_partner", "therapist", "on_call", "administrator", "plugin", "server"};
  return kNames[static_cast<size_t>(viewer)];
}

absl::string_view Name(DataClass data_class) {
  static constexpr std::array<const char*, kDataClassCount> kNames = {
      "partner_identity",     "staff_identity",  "answer",     "draft",       "withheld_choice",
      "review_note",          "flag_evidence",   "flag_note",  "record_link", "external_references",
      "plugin_configuration", "request_outcome", "appointment"};
  return kNames[static_cast<size_t>(data_class)];
}

}  // namespace mendwork::policy
