// The harm rules as data: the word lists and rules of lint/harm-rules.yaml, read and checked.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/domain/catalog_error.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// Where the rules lie below the catalogue directory.
inline constexpr char kHarmRulesFile[] = "lint/harm-rules.yaml";

struct WordList {
  enum class Match {
    kWordStart,  // at the beginning of a word, in any letter case
    kAnywhere,   // in any place, in any letter case
    kExactCase,  // in any place, as written
  };
  std::string id;
  Match match = Match::kWordStart;
  std::map<std::string, std::vector<std::string>> words;  // by language; case-folded but for kExactCase
  std::vector<std::string> except;                        // harmless phrases of all languages, likewise
};

struct HarmRule {
  enum class Scope {
    kTitle,    // titles of exercises and measures, and keys
    kText,     // every text of the file, titles included
    kItem,     // an item with all its texts and those of its parts
    kVariant,  // a variant as a whole
  };
  enum class Pattern { kEmailAddress, kPhoneNumber };

  std::string id;
  Scope looks_at = Scope::kText;
  // What a rule on items or variants applies to; an empty set does not narrow.
  std::set<std::string> strategies;
  std::set<EventRole> roles;
  std::set<ItemType> types;      // of the item; for a variant: it holds such an item
  std::set<Audience> audiences;  // one of them may read the item
  bool without_risk_rules = false;
  absl::optional<bool> solo;
  // What is refused: one of these words or patterns is found; or, for a variant, no item that is always shown
  // has a word of the list `needs`, in some language of the file.
  std::vector<std::string> words;  // ids of word lists
  std::set<Pattern> patterns;
  std::string needs;  // id of a word list
  std::string message, remedy, source;
};

struct HarmRules {
  std::vector<std::string> languages;  // every word list has words in each
  std::vector<WordList> lists;
  std::vector<HarmRule> rules;

  const WordList* FindList(absl::string_view id) const;
};

struct ReadHarmRulesResult {
  absl::optional<HarmRules> rules;  // absent when there is any error
  std::vector<CatalogError> errors;
};

ReadHarmRulesResult ReadHarmRules(absl::string_view text);

// As texts are compared: Unicode case folding.
std::string FoldCase(absl::string_view text);

}  // namespace mendwork::domain
