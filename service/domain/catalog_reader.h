// Typed access to a map of an exercise file. Every fault is collected with its line; reading goes on with a
// fallback, so that one run names them all.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "service/domain/catalog_error.h"
#include "service/domain/catalog_yaml.h"
#include "service/domain/localized_text.h"

namespace mendwork::domain {

enum class Need { kRequired, kOptional };

// One text of the file in one language, where it stands.
struct SourceText {
  int line = 0;
  bool is_title = false;  // titles, and the key
  std::string words;
};

// What the whole file knows while it is being read.
class FileContext {
 public:
  void Fault(int line, absl::string_view rule, absl::string_view message);
  std::vector<CatalogError> TakeErrors() { return std::move(errors_); }

  std::vector<std::string> languages;     // the file's complete languages
  std::vector<std::string> capabilities;  // what the file requires
  std::vector<SourceText> texts;          // as read so far, for the harm lint

 private:
  std::vector<CatalogError> errors_;
};

template <typename Number>
struct NumberRange {
  Number minimum, maximum;
};

class MapReader {
 public:
  // `what` names the map in messages, such as "an option".
  MapReader(const YamlNode& node, absl::string_view what, FileContext& context);

  int line() const { return node_.line; }
  int LineOf(absl::string_view key) const;  // of the key when present, else of the map
  bool Has(absl::string_view key) const { return node_.Find(key) != nullptr; }

  // A node of any kind, or null; each reader below marks its key as known.
  const YamlNode* Node(absl::string_view key, Need need);
  const YamlNode* List(absl::string_view key, Need need);
  const YamlNode* Map(absl::string_view key, Need need);

  std::string Word(absl::string_view key, Need need);
  std::string WordOf(absl::string_view key, Need need, absl::string_view rule,
                     const std::vector<absl::string_view>& allowed);
  // Lower-case letters, digits and underscores, beginning with a letter.
  std::string Identifier(absl::string_view key);
  int Integer(absl::string_view key, Need need, NumberRange<int> range, int fallback);
  double Decimal(absl::string_view key, Need need, NumberRange<double> range, double fallback);
  bool Flag(absl::string_view key);  // true or false; absent is false
  std::vector<std::string> Words(absl::string_view key, Need need);
  LocalizedText Text(absl::string_view key, Need need, int length_max);
  LocalizedText Title(absl::string_view key);  // short; the harm lint holds it to neutral words

  // Reports keys that nothing asked for.
  void Finish();

 private:
  LocalizedText ReadLocalized(absl::string_view key, Need need, int length_max, bool is_title);
  LocalizedText ReadText(const YamlNode& map, int length_max, bool is_title);

  const YamlNode& node_;
  std::string what_;
  FileContext& context_;
  std::set<std::string> known_;
};

bool IsIdentifier(absl::string_view text);

}  // namespace mendwork::domain
