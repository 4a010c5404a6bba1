#include "plugins/calendar/neutral_title.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "absl/strings/str_split.h"

namespace mendwork::calendar {
namespace {

constexpr int32_t kLengthMax = 40;

// Beginnings or middles of words, case-folded: en, es, fr, de, it, pt, ru, uk.
constexpr const char* kTelling[] = {
    // Therapy and who gives it.
    "therap terap thérap counsel psych psic psik clinic clínic klinik session sesi sessã séance sitzung "
    "seduta",
    "beratung mental doctor patient pacient paziente treatment mendwork терап психо психі консульт сеанс "
    "сесі",
    "сесси клини кліні лікар врач пациент пацієнт",
    // Who comes.
    "couple partner spouse husband wife marri marit matrimon parej espos épou ehe paar coppia moglie casal "
    "cônjug",
    "relation relaci relaç relazion beziehung пара пары пари партн муж жена жену чоловік дружин отношен "
    "стосунк",
    "шлюб брак",
    // What happened.
    "affair betray infidel unfaith cheat hurt trauma divorc separat infidél traiç traic tradi trahi betrog "
    "fremdg",
    "untreu scheidung измен зрад предат развод розлуч травм невер невір",
    // Danger.
    "violen abus safe seguri sécur sicher sicur gewalt crisis crise krise suicid насил безопас безпек криз "
    "суицид",
    "суїцид",
    // Homework and measures.
    "homework questionn cuestion tarea devoir hausaufg compiti score phq gad7 gad-7 опрос опит анкет задани "
    "завдан",
};

icu::UnicodeString FromUtf8(absl::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
}

bool IsText(UChar32 c) {
  return u_isalpha(c) || u_isdigit(c) || u_charType(c) == U_NON_SPACING_MARK || c == ' ' || c == '-' ||
         c == '\'' || c == '.';
}

}  // namespace

const char* ProblemWithTitle(absl::string_view title) {
  const icu::UnicodeString text = FromUtf8(title);
  const int32_t length = text.countChar32();
  if (length < 1 || length > kLengthMax) {
    return "length";
  }
  for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    if (!IsText(text.char32At(i))) {
      return "not-text";
    }
  }
  // Compatibility forms, letters with loose accents and capitals all read alike.
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* form = icu::Normalizer2::getNFKCCasefoldInstance(error);
  const icu::UnicodeString folded = U_SUCCESS(error) ? form->normalize(text, error) : icu::UnicodeString();
  if (U_FAILURE(error)) {
    return "not-text";
  }
  for (const char* line : kTelling) {
    for (const absl::string_view stem : absl::StrSplit(line, ' ')) {
      if (folded.indexOf(FromUtf8(stem)) >= 0) {
        return "telling";
      }
    }
  }
  return nullptr;
}

}  // namespace mendwork::calendar
