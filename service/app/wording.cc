#include "service/app/wording.h"

#include <map>

#include "service/base/crypto.h"
#include "service/base/encoding.h"

namespace mendwork::app {
namespace {

constexpr char kVersion[] = "2026-11";

constexpr char kLimits[] =
    "What stays private, and what does not.\n\n"
    "What you write here is yours. Your partner sees nothing of it unless you share it yourself. Your "
    "therapist reads "
    "your answers only if you agree to that, which you will be asked next.\n\n"
    "There are limits. If what you write or tick shows that you or somebody else may be in danger, your "
    "therapist and "
    "the clinician on call at the practice are told, with the words that show it. You cannot take that back "
    "here. "
    "In some places the law makes a therapist report harm to a child or to a person who cannot protect "
    "themselves, or "
    "warn somebody who is in danger. A court may be able to ask for records. The law may also make the "
    "practice keep "
    "some records for some years.\n\n"
    "If a copy goes to the practice's record system with your agreement, it can be marked as withdrawn "
    "later, but what "
    "was read before cannot be unread.\n\n"
    "Nobody watches this around the clock. It is not an emergency service. If you are in danger now, call "
    "the "
    "emergency number where you are.";
constexpr char kTreatment[] =
    "May the therapist who treats you read what you submit?\n\n"
    "If you say yes, the therapists who treat you at this practice can read the answers that you submit, to "
    "prepare "
    "your sessions. Drafts are never read. You can keep single answers to yourself each time, and you can "
    "say no later: "
    "from that moment nothing more can be read.\n\n"
    "If you say no, your therapist sees that you submitted something, and what the limits of confidentiality "
    "name, and "
    "nothing else. Both answers are fine, and your partner is not told which one you gave.";
constexpr char kSharing[] =
    "Share with your partner?\n\n"
    "You choose what is shared: one answer, all answers to one exercise, or everything that can be shared. "
    "It does not "
    "start at once: there is a waiting time, and until it has passed you can take it back and nobody will "
    "know. You can "
    "also stop later. What was read before may be remembered.\n\n"
    "Share only what you want to share. If somebody asks you to, you may say no, and you may talk with your "
    "therapist "
    "alone about it.";
constexpr char kRecord[] =
    "A copy in the practice's record system?\n\n"
    "If you say yes, your therapist can put answers that you submitted, one response at a time, into your "
    "own chart in "
    "the record system of the practice. Nothing of yours goes into your partner's chart. Other people who "
    "work with that "
    "system may be able to read it there, and a patient portal may show it to you or to somebody who has "
    "access to "
    "yours.\n\n"
    "You can say no later. The practice then marks the copy as withdrawn, deletes it or asks your therapist "
    "to see to "
    "it, as the practice has decided. What was read or passed on before cannot be called back, and the law "
    "may make the "
    "practice keep a record that it existed.";

Wording Make(const char* text) {
  return {.text = text, .hash = base::HexEncode(base::Sha256(text)), .version = kVersion, .language = "en"};
}

}  // namespace

const Wording& FindWording(v1::ConsentTopic topic, absl::string_view) {
  static const auto* const kWordings = new std::map<v1::ConsentTopic, Wording>{
      {v1::CONSENT_TOPIC_LIMITS, Make(kLimits)},
      {v1::CONSENT_TOPIC_TREATMENT, Make(kTreatment)},
      {v1::CONSENT_TOPIC_SHARING, Make(kSharing)},
      {v1::CONSENT_TOPIC_RECORD, Make(kRecord)},
  };
  return kWordings->at(topic);
}

}  // namespace mendwork::app
