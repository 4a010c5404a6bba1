#include "service/domain/catalog_reader.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/domain/validation_limits.h"
#include "service/domain/validation_text.h"

namespace mendwork::domain {

void FileContext::Fault(int line, absl::string_view rule, absl::string_view message) {
  errors_.push_back({line, std::string(rule), std::string(message)});
}

bool IsIdentifier(absl::string_view text) {
  if (text.empty() || text.size() > static_cast<size_t>(kIdentifierLengthMax)) return false;
  if (!absl::ascii_islower(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_'; });
}

MapReader::MapReader(const YamlNode& node, absl::string_view what, FileContext& context)
    : node_(node), what_(what), context_(context) {
  if (node.kind != YamlNode::Kind::kMap) {
    context.Fault(node.line, "wrong_type", absl::StrCat(what, " is a map of keys and values"));
  }
}

int MapReader::LineOf(absl::string_view key) const {
  const YamlEntry* entry = node_.Find(key);
  return entry == nullptr ? node_.line : entry->line;
}

const YamlNode* MapReader::Node(absl::string_view key, Need need) {
  known_.insert(std::string(key));
  const YamlEntry* entry = node_.Find(key);
  if (entry != nullptr) return &entry->value;
  if (need == Need::kRequired && node_.kind == YamlNode::Kind::kMap) {
    context_.Fault(node_.line, "missing_key", absl::StrCat(what_, " needs the key '", key, "'"));
  }
  return nullptr;
}

const YamlNode* MapReader::List(absl::string_view key, Need need) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr || node->kind == YamlNode::Kind::kList) return node;
  context_.Fault(LineOf(key), "wrong_type", absl::StrCat("'", key, "' is a list"));
  return nullptr;
}

const YamlNode* MapReader::Map(absl::string_view key, Need need) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr || node->kind == YamlNode::Kind::kMap) return node;
  context_.Fault(LineOf(key), "wrong_type", absl::StrCat("'", key, "' is a map"));
  return nullptr;
}

std::string MapReader::Word(absl::string_view key, Need need) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr) return "";
  if (node->kind == YamlNode::Kind::kScalar) return node->scalar;
  context_.Fault(LineOf(key), "wrong_type", absl::StrCat("'", key, "' is a single value"));
  return "";
}

std::string MapReader::WordOf(absl::string_view key, Need need, absl::string_view rule,
                              const std::vector<absl::string_view>& allowed) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr) return "";
  std::string word = Word(key, need);
  if (std::find(allowed.begin(), allowed.end(), word) != allowed.end()) return word;
  if (node->kind == YamlNode::Kind::kScalar) {
    context_.Fault(LineOf(key), rule, absl::StrCat("'", key, "' is one of: ", absl::StrJoin(allowed, ", ")));
  }
  return "";
}

std::string MapReader::Identifier(absl::string_view key) {
  std::string word = Word(key, Need::kRequired);
  if (!word.empty() && !IsIdentifier(word)) {
    context_.Fault(
        LineOf(key), "identifier",
        absl::StrCat("'", key, "' has lower-case letters, digits and underscores, a letter first"));
  }
  return word;
}

int MapReader::Integer(absl::string_view key, Need need, NumberRange<int> range, int fallback) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr) return fallback;
  int value = 0;
  if (node->kind != YamlNode::Kind::kScalar || !absl::SimpleAtoi(node->scalar, &value)) {
    context_.Fault(LineOf(key), "number", absl::StrCat("'", key, "' is a whole number"));
    return fallback;
  }
  if (value >= range.minimum && value <= range.maximum) return value;
  context_.Fault(LineOf(key), "range",
                 absl::StrCat("'", key, "' is from ", range.minimum, " to ", range.maximum));
  return fallback;
}

double MapReader::Decimal(absl::string_view key, Need need, NumberRange<double> range, double fallback) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr) return fallback;
  double value = 0;
  const bool scalar = node->kind == YamlNode::Kind::kScalar;
  if (!scalar || !absl::SimpleAtod(node->scalar, &value) || !std::isfinite(value)) {
    context_.Fault(LineOf(key), "number", absl::StrCat("'", key, "' is a number"));
    return fallback;
  }
  if (value >= range.minimum && value <= range.maximum) return value;
  context_.Fault(LineOf(key), "range",
                 absl::StrCat("'", key, "' is from ", range.minimum, " to ", range.maximum));
  return fallback;
}

bool MapReader::Flag(absl::string_view key) {
  return WordOf(key, Need::kOptional, "wrong_type", {"true", "false"}) == "true";
}

std::vector<std::string> MapReader::Words(absl::string_view key, Need need) {
  std::vector<std::string> words;
  const YamlNode* list = List(key, need);
  if (list == nullptr) return words;
  for (const YamlNode& item : list->items) {
    if (item.kind != YamlNode::Kind::kScalar) {
      context_.Fault(item.line, "wrong_type", absl::StrCat("'", key, "' is a list of single values"));
    } else if (std::find(words.begin(), words.end(), item.scalar) != words.end()) {
      context_.Fault(item.line, "duplicate_value", absl::StrCat("'", item.scalar, "' is given twice"));
    } else {
      words.push_back(item.scalar);
    }
  }
  return words;
}

LocalizedText MapReader::Text(absl::string_view key, Need need, int length_max) {
  return ReadLocalized(key, need, length_max, /*is_title=*/false);
}

LocalizedText MapReader::Title(absl::string_view key) {
  return ReadLocalized(key, Need::kRequired, kTitleLengthMax, /*is_title=*/true);
}

LocalizedText MapReader::ReadLocalized(absl::string_view key, Need need, int length_max, bool is_title) {
  const YamlNode* node = Node(key, need);
  if (node == nullptr) return {};
  if (node->kind != YamlNode::Kind::kMap) {
    context_.Fault(LineOf(key), "wrong_type", absl::StrCat("'", key, "' is a map from language to text"));
    return {};
  }
  return ReadText(*node, length_max, is_title);
}

LocalizedText MapReader::ReadText(const YamlNode& map, int length_max, bool is_title) {
  LocalizedText text;
  const auto& languages = context_.languages;
  for (const YamlEntry& entry : map.entries) {
    if (!IsLanguageTag(entry.key)) {
      context_.Fault(entry.line, "language_code",
                     absl::StrCat("'", entry.key, "' is no BCP 47 language tag"));
    } else if (std::find(languages.begin(), languages.end(), entry.key) == languages.end()) {
      context_.Fault(entry.line, "language_unlisted",
                     absl::StrCat("'", entry.key, "' is not among the file's languages"));
    }
    if (entry.value.kind != YamlNode::Kind::kScalar) {
      context_.Fault(entry.line, "wrong_type", "a text is a single value");
      continue;
    }
    const std::string& words = entry.value.scalar;
    if (IsBlank(words)) context_.Fault(entry.line, "empty_value", "a text has words");
    context_.texts.push_back({entry.line, is_title, words});
    if (CodePoints(words).value_or(0) > length_max) {
      context_.Fault(entry.line, "text_length",
                     absl::StrCat("this text has at most ", length_max, " characters"));
    }
    text[entry.key] = words;
  }
  for (const std::string& language : languages) {
    if (text.count(language) > 0) continue;
    context_.Fault(map.line, language == "en" ? "english_missing" : "translation_missing",
                   absl::StrCat("the text in '", language, "' is missing"));
  }
  return text;
}

void MapReader::Finish() {
  for (const YamlEntry& entry : node_.entries) {
    if (known_.count(entry.key) > 0) continue;
    context_.Fault(entry.line, "unknown_key", absl::StrCat("'", entry.key, "' is no key of ", what_));
  }
}

}  // namespace mendwork::domain
