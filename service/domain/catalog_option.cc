#include "service/domain/catalog_option.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "service/domain/validation_limits.h"

namespace mendwork::domain {
namespace {

constexpr int kScoreLimit = 100;
constexpr char kLoincSystem[] = "http://loinc.org";

bool IsDigits(absl::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == absl::string_view::npos;
}

// "44250-9": digits, a hyphen, a check digit.
bool IsLoincCode(absl::string_view code) {
  return code.size() >= 3 && code[code.size() - 2] == '-' && IsDigits(code.substr(0, code.size() - 2)) &&
         IsDigits(code.substr(code.size() - 1));
}

}  // namespace

std::vector<Option> ReadOptions(MapReader& item, Need need, size_t count_min, FileContext& context) {
  std::vector<Option> options;
  const YamlNode* list = item.List("options", need);
  if (list == nullptr) return options;
  if (list->items.size() < count_min || list->items.size() > static_cast<size_t>(kOptionsMax)) {
    context.Fault(item.LineOf("options"), "options_missing",
                  absl::StrCat("there are ", count_min, " to ", kOptionsMax, " options here"));
  }
  std::set<std::string> codes;
  for (const YamlNode& node : list->items) {
    MapReader reader(node, "an option", context);
    Option option;
    option.code = reader.Identifier("code");
    if (!option.code.empty() && !codes.insert(option.code).second) {
      context.Fault(reader.LineOf("code"), "duplicate_id",
                    absl::StrCat("the code '", option.code, "' is used twice"));
    }
    option.label = reader.Text("label", Need::kRequired, kTextLengthMax);
    if (reader.Has("score")) {
      option.score = reader.Integer("score", Need::kRequired, {-kScoreLimit, kScoreLimit}, 0);
    }
    option.exclusive = reader.Flag("exclusive");
    option.loinc_answer = reader.Word("loinc_answer", Need::kOptional);
    absl::string_view answer = option.loinc_answer;
    if (!answer.empty() && !(absl::ConsumePrefix(&answer, "LA") && IsLoincCode(answer))) {
      context.Fault(reader.LineOf("loinc_answer"), "coding", "a LOINC answer code looks like LA6568-5");
    }
    reader.Finish();
    options.push_back(std::move(option));
  }
  return options;
}

std::vector<Section> ReadSections(MapReader& item, FileContext& context) {
  std::vector<Section> sections;
  const YamlNode* list = item.List("sections", Need::kRequired);
  if (list == nullptr) return sections;
  if (list->items.empty() || list->items.size() > static_cast<size_t>(kOptionsMax)) {
    context.Fault(item.LineOf("sections"), "letter_sections", "a letter has at least one headed section");
  }
  std::set<std::string> ids;
  for (const YamlNode& node : list->items) {
    MapReader reader(node, "a section", context);
    Section section;
    section.id = reader.Identifier("id");
    if (!section.id.empty() && !ids.insert(section.id).second) {
      context.Fault(reader.LineOf("id"), "duplicate_id",
                    absl::StrCat("the id '", section.id, "' is used twice"));
    }
    section.title = reader.Text("title", Need::kRequired, kTextLengthMax);
    section.help = reader.Text("help", Need::kOptional, kCatalogTextLengthMax);
    section.required = reader.Flag("required");
    section.min_length = reader.Integer("min_length", Need::kOptional, {0, kLongTextLengthMax}, 0);
    section.max_length =
        reader.Integer("max_length", Need::kOptional, {1, kLongTextLengthMax}, kLongTextLengthMax);
    reader.Finish();
    sections.push_back(std::move(section));
  }
  return sections;
}

absl::optional<Coding> ReadCoding(MapReader& owner, absl::string_view key, FileContext& context) {
  const YamlNode* node = owner.Map(key, Need::kOptional);
  if (node == nullptr) return absl::nullopt;
  MapReader reader(*node, "a coding", context);
  Coding coding;
  coding.system = reader.Word("system", Need::kRequired);
  coding.code = reader.Word("code", Need::kRequired);
  reader.Finish();
  if (coding.system == kLoincSystem && !IsLoincCode(coding.code)) {
    context.Fault(reader.LineOf("code"), "coding", "a LOINC code looks like 44261-6");
  }
  return coding;
}

}  // namespace mendwork::domain
