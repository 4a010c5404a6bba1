#include "service/domain/catalog_lint_rules.h"

#include <unicode/unistr.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/domain/catalog_reader.h"
#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

constexpr int kFormat = 1;

class RulesReader {
 public:
  explicit RulesReader(FileContext& context) : context_(context) {}

  HarmRules Read(const YamlNode& root) {
    MapReader reader(root, "the harm rules", context_);
    reader.Integer("format", Need::kRequired, {kFormat, kFormat}, kFormat);
    rules_.languages = reader.Words("languages", Need::kRequired);
    for (const std::string& language : rules_.languages) {
      if (IsLanguageTag(language)) continue;
      context_.Fault(reader.LineOf("languages"), "language_code",
                     absl::StrCat("'", language, "' is no BCP 47 language tag"));
    }
    if (const YamlNode* lists = reader.List("word_lists", Need::kRequired)) {
      for (const YamlNode& node : lists->items) ReadList(node);
    }
    if (const YamlNode* list = reader.List("rules", Need::kRequired)) {
      if (list->items.empty()) context_.Fault(list->line, "rules_missing", "there is at least one rule");
      for (const YamlNode& node : list->items) ReadRule(node);
    }
    reader.Finish();
    return std::move(rules_);
  }

 private:
  std::string NewId(MapReader& reader) {
    std::string id = reader.Identifier("id");
    if (!id.empty() && !ids_.insert(id).second) {
      context_.Fault(reader.LineOf("id"), "duplicate_id", absl::StrCat("the id '", id, "' is used twice"));
    }
    return id;
  }

  void ReadList(const YamlNode& node) {
    MapReader reader(node, "a word list", context_);
    WordList list;
    list.id = NewId(reader);
    const std::string match =
        reader.WordOf("match", Need::kRequired, "match", {"word_start", "anywhere", "exact_case"});
    if (match == "anywhere") list.match = WordList::Match::kAnywhere;
    if (match == "exact_case") list.match = WordList::Match::kExactCase;
    for (const std::string& language : rules_.languages) {
      list.words[language] = ReadWords(reader, language, Need::kRequired, list.match);
      if (list.words[language].empty() && reader.Has(language)) {
        context_.Fault(reader.LineOf(language), "words_missing", "a list has words in every language");
      }
    }
    if (const YamlNode* except = reader.Map("except", Need::kOptional)) {
      MapReader except_reader(*except, "the exceptions", context_);
      for (const std::string& language : rules_.languages) {
        for (std::string& phrase : ReadWords(except_reader, language, Need::kOptional, list.match)) {
          list.except.push_back(std::move(phrase));
        }
      }
      except_reader.Finish();
    }
    reader.Finish();
    rules_.lists.push_back(std::move(list));
  }

  std::vector<std::string> ReadWords(MapReader& reader, const std::string& language, Need need,
                                     WordList::Match match) {
    std::vector<std::string> words = reader.Words(language, need);
    for (const std::string& word : words) {
      if (IsBlank(word)) context_.Fault(reader.LineOf(language), "empty_value", "a word has letters");
      if (match == WordList::Match::kExactCase || FoldCase(word) == word) continue;
      context_.Fault(reader.LineOf(language), "word_case",
                     absl::StrCat("'", word, "' is written in lower case: texts are compared that way"));
    }
    return words;
  }

  void ReadRule(const YamlNode& node) {
    MapReader reader(node, "a rule", context_);
    HarmRule rule;
    rule.id = NewId(reader);
    const std::string scope =
        reader.WordOf("looks_at", Need::kRequired, "looks_at", {"title", "text", "item", "variant"});
    rule.looks_at = scope == "title"  ? HarmRule::Scope::kTitle
                    : scope == "item" ? HarmRule::Scope::kItem
                    : scope == "text" ? HarmRule::Scope::kText
                                      : HarmRule::Scope::kVariant;
    reader.WordOf("severity", Need::kRequired, "severity", {"refuse"});
    if (const YamlNode* where = reader.Map("where", Need::kOptional)) ReadWhere(*where, scope, rule);
    rule.words = reader.Words("words", Need::kOptional);
    for (const std::string& id : rule.words) RequireList(id, reader.LineOf("words"));
    for (const std::string& pattern : reader.Words("patterns", Need::kOptional)) {
      if (pattern == "email_address") {
        rule.patterns.insert(HarmRule::Pattern::kEmailAddress);
      } else if (pattern == "phone_number") {
        rule.patterns.insert(HarmRule::Pattern::kPhoneNumber);
      } else {
        context_.Fault(reader.LineOf("patterns"), "pattern",
                       "a pattern is one of: email_address, phone_number");
      }
    }
    rule.needs = reader.Word("needs", Need::kOptional);
    if (!rule.needs.empty()) RequireList(rule.needs, reader.LineOf("needs"));
    rule.message = Sentence(reader, "message");
    rule.remedy = Sentence(reader, "remedy");
    rule.source = Sentence(reader, "source");
    reader.Finish();
    CheckRule(rule, node.line);
    rules_.rules.push_back(std::move(rule));
  }

  void ReadWhere(const YamlNode& node, const std::string& scope, HarmRule& rule) {
    MapReader reader(node, "the where of a rule", context_);
    if (scope != "item" && scope != "variant") {
      context_.Fault(node.line, "where", "only a rule that looks at items or variants has a where");
    }
    for (std::string& strategy : reader.Words("strategies", Need::kOptional)) {
      const bool known =
          strategy.size() == 2 && strategy[0] == 'S' && strategy[1] >= '1' && strategy[1] <= '8';
      if (!known) context_.Fault(reader.LineOf("strategies"), "strategy", "a strategy is one of: S1 to S8");
      rule.strategies.insert(std::move(strategy));
    }
    ReadSet(reader, "roles", ParseEventRole, rule.roles);
    ReadSet(reader, "types", ParseItemType, rule.types);
    ReadSet(reader, "audiences", ParseAudience, rule.audiences);
    rule.without_risk_rules = reader.Flag("without_risk_rules");
    if (reader.Has("solo")) rule.solo = reader.Flag("solo");
    reader.Finish();
  }

  template <typename Value>
  void ReadSet(MapReader& reader, absl::string_view key, absl::optional<Value> (*parse)(absl::string_view),
               std::set<Value>& values) {
    for (const std::string& word : reader.Words(key, Need::kOptional)) {
      const absl::optional<Value> value = parse(word);
      if (value.has_value()) {
        values.insert(*value);
      } else {
        context_.Fault(reader.LineOf(key), "where", absl::StrCat("'", word, "' is none of the ", key));
      }
    }
  }

  std::string Sentence(MapReader& reader, absl::string_view key) {
    std::string text = reader.Word(key, Need::kRequired);
    if (reader.Has(key) && IsBlank(text)) {
      context_.Fault(reader.LineOf(key), "empty_value", absl::StrCat("'", key, "' has words"));
    }
    return text;
  }

  void RequireList(const std::string& id, int line) {
    if (rules_.FindList(id) == nullptr) {
      context_.Fault(line, "word_list", absl::StrCat("there is no word list '", id, "'"));
    }
  }

  // A rule that could never refuse, or would refuse everything, is a slip.
  void CheckRule(const HarmRule& rule, int line) {
    const bool looks_for = !rule.words.empty() || !rule.patterns.empty();
    const bool variant = rule.looks_at == HarmRule::Scope::kVariant;
    if (variant ? looks_for || rule.needs.empty() : !looks_for || !rule.needs.empty()) {
      context_.Fault(line, "rule_shape",
                     "a rule on variants has 'needs'; any other has 'words' or 'patterns', and no 'needs'");
    }
    if (variant && (!rule.audiences.empty() || rule.without_risk_rules)) {
      context_.Fault(line, "rule_shape", "'audiences' and 'without_risk_rules' speak of items");
    }
  }

  FileContext& context_;
  HarmRules rules_;
  std::set<std::string> ids_;
};

}  // namespace

std::string FoldCase(absl::string_view text) {
  std::string folded;
  icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())))
      .foldCase()
      .toUTF8String(folded);
  return folded;
}

const WordList* HarmRules::FindList(absl::string_view id) const {
  for (const WordList& list : lists) {
    if (list.id == id) return &list;
  }
  return nullptr;
}

ReadHarmRulesResult ReadHarmRules(absl::string_view text) {
  YamlDocument document = ReadYaml(text);
  if (!document.root.has_value()) return {absl::nullopt, std::move(document.errors)};
  FileContext context;
  for (const CatalogError& error : document.errors) context.Fault(error.line, error.rule, error.message);
  HarmRules rules = RulesReader(context).Read(*document.root);
  std::vector<CatalogError> errors = context.TakeErrors();
  if (!errors.empty()) return {absl::nullopt, std::move(errors)};
  return {std::move(rules), {}};
}

}  // namespace mendwork::domain
