#include "service/domain/catalog_item.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "service/domain/catalog_condition.h"
#include "service/domain/catalog_item_rules.h"
#include "service/domain/catalog_option.h"
#include "service/domain/validation_limits.h"
#include "service/domain/validation_text.h"

namespace mendwork::domain {
namespace {

// The categories of the safety rubric, so that item rules and the text screen speak of the same things.
const std::vector<absl::string_view>& RiskCategories() {
  static const auto* const kCategories = new std::vector<absl::string_view>{
      "suicide", "self_harm",   "ipv_physical", "sexual_coercion",  "coercive_control",
      "threat",  "child_abuse", "stalking",     "substance_crisis", "acute_distress"};
  return *kCategories;
}

// Every id of a variant, those inside groups too, to tell a forward reference from an unknown one.
void CollectIds(const YamlNode& list, std::set<std::string>& ids) {
  for (const YamlNode& item : list.items) {
    if (const YamlEntry* id = item.Find("id")) ids.insert(id->value.scalar);
    const YamlEntry* children = item.Find("items");
    if (children != nullptr && children->value.kind == YamlNode::Kind::kList)
      CollectIds(children->value, ids);
  }
}

class ItemReader {
 public:
  explicit ItemReader(FileContext& context) : context_(context) {}

  ReadItemsResult ReadList(const YamlNode& list, bool in_group) {
    if (!in_group) CollectIds(list, scope_.all_ids);
    ReadItemsResult result;
    if (list.items.empty() || list.items.size() > static_cast<size_t>(kItemsMax)) {
      context_.Fault(list.line, "count_range", absl::StrCat("there are 1 to ", kItemsMax, " items"));
    }
    // References into the vector are lent to conditions while it grows.
    result.items.reserve(list.items.size());
    for (const YamlNode& node : list.items) {
      result.lines.push_back(node.line);
      result.items.push_back(ReadItem(node, in_group));
      const Item& item = result.items.back();
      scope_.earlier[item.id] = refused_ ? nullptr : &item;
    }
    return result;
  }

 private:
  Item ReadItem(const YamlNode& node, bool in_group) {
    MapReader reader(node, "an item", context_);
    refused_ = false;
    Item item;
    item.line = node.line;
    item.id = reader.Identifier("id");
    if (!item.id.empty() && !seen_.insert(item.id).second) {
      context_.Fault(reader.LineOf("id"), "duplicate_id",
                     absl::StrCat("the id '", item.id, "' is already used"));
    }
    const absl::optional<ItemType> type = ParseItemType(reader.Word("type", Need::kRequired));
    if (!type.has_value()) {
      if (reader.Has("type")) context_.Fault(reader.LineOf("type"), "item_type", "this is no item type");
      refused_ = true;
      return item;
    }
    item.type = *type;
    item.text = reader.Text("text", Need::kRequired, kCatalogTextLengthMax);
    item.help = reader.Text("help", Need::kOptional, kCatalogTextLengthMax);
    ReadShowWhen(reader, item);
    ReadTypeKeys(reader, item);
    if (item.type != ItemType::kInfo) ReadAnswerKeys(reader, item, in_group);
    if (in_group) CheckInGroup(item, node.line);
    reader.Finish();
    CheckItem(item, node);
    return item;
  }

  void ReadShowWhen(MapReader& reader, Item& item) {
    const YamlNode* node = reader.Node("show_when", Need::kOptional);
    if (node != nullptr) item.show_when = ReadCondition(*node, scope_, context_);
  }

  void ReadTypeKeys(MapReader& reader, Item& item) {
    switch (item.type) {
      case ItemType::kText:
        item.pattern = reader.WordOf("pattern", Need::kOptional, "pattern", PatternNames());
        return ReadLengths(reader, item, kTextLengthMax);
      case ItemType::kLongText:
        return ReadLengths(reader, item, kLongTextLengthMax);
      case ItemType::kLetter:
        item.sections = ReadSections(reader, context_);
        return;
      case ItemType::kChoice:
      case ItemType::kLikert:
        item.options = ReadOptions(reader, Need::kRequired, 2, context_);
        item.max_count = 1;
        return ReadScaleLabels(reader, item);
      case ItemType::kMultiChoice:
      case ItemType::kRankedChoice:
      case ItemType::kChecklist:
        item.options =
            ReadOptions(reader, Need::kRequired, item.type == ItemType::kChecklist ? 1 : 2, context_);
        return ReadCounts(reader, item, std::max<int>(1, item.options.size()));
      case ItemType::kSlider:
      case ItemType::kNumber:
        return ReadScale(reader, item);
      case ItemType::kDate:
      case ItemType::kTime:
        item.earliest = ReadMoment(reader, "earliest", item.type);
        item.latest = ReadMoment(reader, "latest", item.type);
        return;
      case ItemType::kActivityLog:
        return ReadLog(reader, item);
      case ItemType::kGroup:
        return ReadGroup(reader, item);
      case ItemType::kInfo:
      case ItemType::kYesNo:
      case ItemType::kAttestation:
      case ItemType::kSafetyCheck:
      case ItemType::kGate:
      case ItemType::kAgreement:
        return;
    }
  }

  void ReadLengths(MapReader& reader, Item& item, int length_max) {
    item.min_length = reader.Integer("min_length", Need::kOptional, {0, length_max}, 0);
    item.max_length = reader.Integer("max_length", Need::kOptional, {1, length_max}, length_max);
  }

  void ReadCounts(MapReader& reader, Item& item, int count_max) {
    item.min_count = reader.Integer("min_count", Need::kOptional, {0, kRowsMax}, 0);
    item.max_count =
        reader.Integer("max_count", Need::kOptional, {1, kRowsMax}, std::min(count_max, kRowsMax));
  }

  void ReadScaleLabels(MapReader& reader, Item& item) {
    if (item.type == ItemType::kChoice) return;
    item.minimum_label = reader.Text("minimum_label", Need::kOptional, kTextLengthMax);
    item.maximum_label = reader.Text("maximum_label", Need::kOptional, kTextLengthMax);
  }

  void ReadScale(MapReader& reader, Item& item) {
    constexpr double kLimit = 1e6;
    const bool slider = item.type == ItemType::kSlider;
    item.minimum = reader.Decimal("minimum", Need::kRequired, {-kLimit, kLimit}, 0);
    item.maximum = reader.Decimal("maximum", Need::kRequired, {-kLimit, kLimit}, item.minimum + 1);
    item.step = reader.Decimal("step", Need::kOptional, {1e-3, kLimit}, slider ? 1 : 0);
    const Need anchors = slider ? Need::kRequired : Need::kOptional;  // a bare scale means nothing to anybody
    item.minimum_label = reader.Text("minimum_label", anchors, kTextLengthMax);
    item.maximum_label = reader.Text("maximum_label", anchors, kTextLengthMax);
  }

  void ReadLog(MapReader& reader, Item& item) {
    item.options = ReadOptions(reader, Need::kOptional, 1, context_);
    item.minimum = reader.Integer("minutes_min", Need::kOptional, {0, kMinutesMax}, 0);
    item.maximum = reader.Integer("minutes_max", Need::kOptional, {0, kMinutesMax}, kMinutesMax);
    item.minimum_label = reader.Text("minimum_label", Need::kOptional, kTextLengthMax);
    item.maximum_label = reader.Text("maximum_label", Need::kOptional, kTextLengthMax);
    ReadCounts(reader, item, kRowsMax);
  }

  void ReadGroup(MapReader& reader, Item& item) {
    ReadCounts(reader, item, kRowsMax);
    const YamlNode* list = reader.List("items", Need::kRequired);
    if (list == nullptr) return;
    const ConditionScope outside = scope_;
    item.items = ReadList(*list, true).items;
    scope_ = outside;  // what lies in a row cannot be looked at from outside the row
    refused_ = false;
  }

  std::string ReadMoment(MapReader& reader, absl::string_view key, ItemType type) {
    std::string text = reader.Word(key, Need::kOptional);
    const bool fits = type == ItemType::kDate ? IsCivilDate(text) : IsClockTime(text);
    if (!text.empty() && !fits) {
      context_.Fault(
          reader.LineOf(key), "date_bounds",
          absl::StrCat("'", key, "' is a ", type == ItemType::kDate ? "date, 2026-01-31" : "time, 07:30"));
      return "";
    }
    return text;
  }

  void ReadAnswerKeys(MapReader& reader, Item& item, bool in_group) {
    item.required = reader.Flag("required");
    item.coding = ReadCoding(reader, "coding", context_);
    if (in_group) return;  // a row shares its group's audiences, and carries no risk rule
    item.sensitive = reader.Flag("sensitive");
    for (const std::string& word : reader.Words("audiences", Need::kRequired)) {
      const absl::optional<Audience> audience = ParseAudience(word);
      if (audience.has_value()) {
        item.audiences.insert(*audience);
      } else {
        context_.Fault(reader.LineOf("audiences"), "audience", absl::StrCat("'", word, "' is no audience"));
      }
    }
    if (const YamlNode* rules = reader.List("risk_rules", Need::kOptional)) ReadRiskRules(*rules, item);
  }

  void ReadRiskRules(const YamlNode& list, Item& item) {
    for (const YamlNode& node : list.items) {
      MapReader reader(node, "a risk rule", context_);
      RiskRule rule;
      rule.id = reader.Identifier("id");
      if (!rule.id.empty() && !risk_rule_ids_.insert(rule.id).second) {
        context_.Fault(reader.LineOf("id"), "duplicate_id",
                       absl::StrCat("the rule id '", rule.id, "' is used twice"));
      }
      const std::string severity = reader.WordOf("severity", Need::kRequired, "risk_severity",
                                                 {"low", "moderate", "high", "critical"});
      rule.severity = ParseSeverity(severity).value_or(Severity::kLow);
      rule.category = reader.WordOf("category", Need::kRequired, "risk_category", RiskCategories());
      rule.subject =
          reader.WordOf("subject", Need::kRequired, "risk_subject", {"self", "partner", "child", "other"});
      ConditionScope scope;
      scope.self = &item;
      const YamlNode* when = reader.Node("when", Need::kRequired);
      absl::optional<Condition> condition;
      if (when != nullptr) condition = ReadCondition(*when, scope, context_);
      reader.Finish();
      rule.when = condition.value_or(Condition{});
      item.risk_rules.push_back(std::move(rule));
    }
  }

  void CheckInGroup(const Item& item, int line) {
    const bool allowed = item.type != ItemType::kGroup && item.type != ItemType::kSafetyCheck &&
                         item.type != ItemType::kGate && item.type != ItemType::kAgreement &&
                         item.type != ItemType::kLetter;
    if (allowed) return;
    context_.Fault(line, "group_nesting", absl::StrCat("a group holds no ", Name(item.type), " item"));
  }

  void CheckItem(const Item& item, const YamlNode& node) {
    CheckAudiences(item, node.line, context_);
    CheckCapabilities(item, node.line, context_);
    CheckRiskRules(item, node.line, context_);
    CheckBounds(item, node.line, context_);
    CheckOptions(item, node.line, context_);
  }

  FileContext& context_;
  ConditionScope scope_;
  std::set<std::string> seen_;
  std::set<std::string> risk_rule_ids_;
  bool refused_ = false;  // the item just read cannot be judged in conditions
};

}  // namespace

ReadItemsResult ReadItems(const YamlNode& list, FileContext& context) {
  ReadItemsResult result = ItemReader(context).ReadList(list, false);
  CheckLetterCautions(result.items, result.lines, context);
  CheckClosingItem(result.items, result.lines, context);
  return result;
}

}  // namespace mendwork::domain
