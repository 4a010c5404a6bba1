#include "service/domain/catalog_lint.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

constexpr int kPhoneDigitsMin = 7;
constexpr size_t kDateLength = 10;  // 2026-01-31

// A letter of any script just before `at`; "¿" and quotation marks are none.
bool IsAfterLetter(absl::string_view text, size_t at) {
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(text.data());
  int32_t offset = static_cast<int32_t>(at);
  UChar32 code_point = 0;
  if (at == 0) return false;
  U8_PREV(bytes, 0, offset, code_point);
  return code_point >= 0 && u_isalpha(code_point);
}

bool Finds(const std::string& text, const std::string& word, WordList::Match match) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if (match != WordList::Match::kWordStart || !IsAfterLetter(text, at)) return true;
  }
  return false;
}

// The text as the list compares it, without the list's harmless phrases.
std::string Prepare(const WordList& list, absl::string_view text) {
  std::string prepared = list.match == WordList::Match::kExactCase ? std::string(text) : FoldCase(text);
  for (const std::string& phrase : list.except) absl::StrReplaceAll({{phrase, " "}}, &prepared);
  return prepared;
}

bool HasWordIn(const WordList& list, const std::string& prepared, const std::string& language) {
  const auto found = list.words.find(language);
  return found != list.words.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [&](const std::string& word) { return Finds(prepared, word, list.match); });
}

bool FindsAny(const HarmRule& rule, const HarmRules& rules, absl::string_view text) {
  for (const std::string& id : rule.words) {
    const WordList* list = rules.FindList(id);
    if (list != nullptr && HasWord(*list, text)) return true;
  }
  return (rule.patterns.count(HarmRule::Pattern::kEmailAddress) > 0 && HasEmailAddress(text)) ||
         (rule.patterns.count(HarmRule::Pattern::kPhoneNumber) > 0 && HasPhoneNumber(text));
}

// Every text that a person sees of an item, its options, sections and parts.
std::vector<const LocalizedText*> TextsOf(const Item& item) {
  std::vector<const LocalizedText*> texts = {&item.text, &item.help, &item.minimum_label,
                                             &item.maximum_label};
  for (const Option& option : item.options) texts.push_back(&option.label);
  for (const Section& section : item.sections) {
    texts.push_back(&section.title);
    texts.push_back(&section.help);
  }
  for (const Item& part : item.items) {
    for (const LocalizedText* text : TextsOf(part)) texts.push_back(text);
  }
  return texts;
}

// "es" of "es-MX": the rules know languages without regions.
std::string BaseLanguage(const HarmRules& rules, const std::string& language) {
  for (const std::string& known : {language, language.substr(0, language.find('-'))}) {
    if (std::find(rules.languages.begin(), rules.languages.end(), known) != rules.languages.end())
      return known;
  }
  return "";
}

bool OffersIn(const Variant& variant, const WordList& list, const std::string& file_language,
              const std::string& rule_language) {
  return std::any_of(variant.items.begin(), variant.items.end(), [&](const Item& item) {
    if (item.show_when.has_value()) return false;
    const std::vector<const LocalizedText*> texts = TextsOf(item);
    return std::any_of(texts.begin(), texts.end(), [&](const LocalizedText* text) {
      const auto found = text->find(file_language);
      return found != text->end() && HasWordIn(list, Prepare(list, found->second), rule_language);
    });
  });
}

class Lint {
 public:
  Lint(const ExerciseRevision& revision, const HarmRules& rules, FileContext& context)
      : revision_(revision), rules_(rules), context_(context) {}

  void Run() {
    CheckLanguages();
    for (const HarmRule& rule : rules_.rules) {
      switch (rule.looks_at) {
        case HarmRule::Scope::kTitle:
        case HarmRule::Scope::kText:
          CheckTexts(rule);
          break;
        case HarmRule::Scope::kItem:
          CheckItems(rule);
          break;
        case HarmRule::Scope::kVariant:
          CheckVariants(rule);
          break;
      }
    }
  }

 private:
  void Refuse(const HarmRule& rule, int line) {
    context_.Fault(line, rule.id, absl::StrCat(rule.message, ": ", rule.remedy));
  }

  // A language without word lists would pass unread.
  void CheckLanguages() {
    for (const std::string& language : revision_.languages) {
      if (!BaseLanguage(rules_, language).empty()) continue;
      context_.Fault(1, "lint_language",
                     absl::StrCat("the harm rules have no words in '", language, "': add them to ",
                                  kHarmRulesFile, " first"));
    }
  }

  void CheckTexts(const HarmRule& rule) {
    for (const SourceText& text : context_.texts) {
      const bool concerned = rule.looks_at == HarmRule::Scope::kText || text.is_title;
      if (concerned && FindsAny(rule, rules_, text.words)) Refuse(rule, text.line);
    }
  }

  bool Concerns(const HarmRule& rule, const Variant& variant) const {
    return (rule.strategies.empty() || rule.strategies.count(revision_.strategy) > 0) &&
           (rule.roles.empty() || rule.roles.count(variant.role) > 0) &&
           (!rule.solo.has_value() || *rule.solo == revision_.solo);
  }

  static bool Concerns(const HarmRule& rule, const Item& item) {
    const bool read_by = std::any_of(rule.audiences.begin(), rule.audiences.end(),
                                     [&](Audience audience) { return item.audiences.count(audience) > 0; });
    return (rule.types.empty() || rule.types.count(item.type) > 0) && (rule.audiences.empty() || read_by) &&
           !(rule.without_risk_rules && IsSafetyItem(item));
  }

  void CheckItems(const HarmRule& rule) {
    for (const Variant& variant : revision_.variants) {
      if (!Concerns(rule, variant)) continue;
      for (const Item& item : variant.items) {
        if (Concerns(rule, item) && HasBreach(rule, item)) Refuse(rule, item.line);
      }
    }
  }

  bool HasBreach(const HarmRule& rule, const Item& item) const {
    for (const LocalizedText* text : TextsOf(item)) {
      for (const auto& [language, words] : *text) {
        if (FindsAny(rule, rules_, words)) return true;
      }
    }
    return false;
  }

  void CheckVariants(const HarmRule& rule) {
    const WordList* list = rules_.FindList(rule.needs);
    if (list == nullptr) return;
    for (const Variant& variant : revision_.variants) {
      const bool holds = rule.types.empty() ||
                         std::any_of(variant.items.begin(), variant.items.end(),
                                     [&](const Item& item) { return rule.types.count(item.type) > 0; });
      if (!Concerns(rule, variant) || !holds) continue;
      for (const std::string& language : revision_.languages) {
        if (OffersIn(variant, *list, language, BaseLanguage(rules_, language))) continue;
        Refuse(rule, variant.line);
        break;
      }
    }
  }

  const ExerciseRevision& revision_;
  const HarmRules& rules_;
  FileContext& context_;
};

}  // namespace

bool HasWord(const WordList& list, absl::string_view text) {
  const std::string prepared = Prepare(list, text);
  return std::any_of(list.words.begin(), list.words.end(),
                     [&](const auto& entry) { return HasWordIn(list, prepared, entry.first); });
}

bool HasEmailAddress(absl::string_view text) {
  for (size_t at = text.find('@'); at != absl::string_view::npos; at = text.find('@', at + 1)) {
    const absl::string_view host = text.substr(at + 1, text.find_first_of(" \n\t,;<>\"()", at) - at - 1);
    const size_t dot = host.find('.');
    const bool named = at > 0 && (absl::ascii_isdigit(text[at - 1]) || IsAfterLetter(text, at));
    if (named && dot != absl::string_view::npos && dot > 0 && dot + 1 < host.size()) return true;
  }
  return false;
}

bool HasPhoneNumber(absl::string_view text) {
  int digits = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (digits == 0 && IsCivilDate(text.substr(at, kDateLength))) {
      at += kDateLength - 1;
    } else if (absl::ascii_isdigit(text[at])) {
      if (++digits >= kPhoneDigitsMin) return true;
    } else if (absl::string_view(" .-/()").find(text[at]) == absl::string_view::npos) {
      digits = 0;
    }
  }
  return false;
}

void LintExercise(const ExerciseRevision& revision, const HarmRules& rules, FileContext& context) {
  Lint(revision, rules, context).Run();
}

}  // namespace mendwork::domain
