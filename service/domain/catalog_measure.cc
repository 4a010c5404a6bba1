#include "service/domain/catalog_measure.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/domain/catalog_option.h"
#include "service/domain/scoring.h"
#include "service/domain/validation_limits.h"

namespace mendwork::domain {
namespace {

constexpr double kTotalLimit = 1e6;
constexpr int kBandsMax = 20;

bool Names(const std::vector<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

bool IsScorable(const Item& item) {
  if (item.type == ItemType::kSlider || item.type == ItemType::kNumber) return true;
  if (item.type != ItemType::kChoice && item.type != ItemType::kLikert) return false;
  return std::any_of(item.options.begin(), item.options.end(),
                     [](const Option& option) { return option.score.has_value(); });
}

// The one variant that holds all of a measure's items, else null.
Variant* VariantOf(const Measure& measure, std::vector<Variant>& variants) {
  for (Variant& variant : variants) {
    const bool all =
        std::all_of(measure.items.begin(), measure.items.end(),
                    [&variant](const std::string& id) { return variant.FindItem(id) != nullptr; });
    if (all) return &variant;
  }
  return nullptr;
}

// The lowest and highest total; every item's range is the same from both ends, so reversing does not matter.
std::pair<double, double> TotalRange(const Measure& measure, const Variant& variant) {
  double lowest = 0, highest = 0;
  for (const std::string& id : measure.items) {
    const auto [item_lowest, item_highest] = ItemScoreRange(*variant.FindItem(id));
    lowest += item_lowest;
    highest += item_highest;
  }
  if (measure.method == Measure::Method::kSum) return {lowest, highest};
  const double count = static_cast<double>(measure.items.size());
  return {lowest / count, highest / count};
}

std::vector<Band> ReadBands(MapReader& measure, FileContext& context) {
  std::vector<Band> bands;
  const YamlNode* list = measure.List("bands", Need::kOptional);
  if (list == nullptr) return bands;
  if (list->items.empty() || list->items.size() > static_cast<size_t>(kBandsMax)) {
    context.Fault(list->line, "measure_bands", absl::StrCat("there are 1 to ", kBandsMax, " bands"));
  }
  std::set<std::string> codes;
  for (const YamlNode& node : list->items) {
    MapReader reader(node, "a band", context);
    Band band;
    band.code = reader.Identifier("code");
    if (!band.code.empty() && !codes.insert(band.code).second) {
      context.Fault(reader.LineOf("code"), "duplicate_id",
                    absl::StrCat("the code '", band.code, "' is used twice"));
    }
    band.from = reader.Decimal("from", Need::kRequired, {-kTotalLimit, kTotalLimit}, 0);
    band.to = reader.Decimal("to", Need::kRequired, {-kTotalLimit, kTotalLimit}, band.from);
    band.label = reader.Text("label", Need::kRequired, kTextLengthMax);
    reader.Finish();
    bands.push_back(std::move(band));
  }
  return bands;
}

// A sum's bands meet at neighbouring whole numbers (0-4, 5-9), a mean's at one number (0-1, 1-2).
void CheckBands(const Measure& measure, const Variant& variant, int line, FileContext& context) {
  if (measure.bands.empty()) return;
  const auto [lowest, highest] = TotalRange(measure, variant);
  const double gap = measure.method == Measure::Method::kSum ? 1 : 0;
  bool whole = measure.bands.front().from == lowest && measure.bands.back().to == highest;
  for (size_t i = 0; i < measure.bands.size(); ++i) {
    whole = whole && measure.bands[i].from <= measure.bands[i].to;
    if (i > 0) whole = whole && measure.bands[i].from == measure.bands[i - 1].to + gap;
  }
  if (whole) return;
  context.Fault(line, "measure_bands",
                absl::StrCat("bands ascend without gap or overlap from ", lowest, " to ", highest));
}

void CheckSubset(const std::vector<std::string>& some, const Measure& measure, absl::string_view key,
                 int line, FileContext& context) {
  for (const std::string& id : some) {
    if (Names(measure.items, id)) continue;
    context.Fault(line, "measure_item",
                  absl::StrCat("'", key, "' names '", id, "', which is no item of the measure"));
  }
}

Measure ReadMeasure(const YamlNode& node, std::vector<Variant>& variants, FileContext& context) {
  MapReader reader(node, "a measure", context);
  Measure measure;
  measure.id = reader.Identifier("id");
  measure.title = reader.Title("title");
  measure.items = reader.Words("items", Need::kRequired);
  const std::string method = reader.WordOf("method", Need::kRequired, "measure_method", {"sum", "mean"});
  measure.method = method == "mean" ? Measure::Method::kMean : Measure::Method::kSum;
  measure.missing_allowed = reader.Integer("missing_allowed", Need::kOptional, {0, kItemsMax}, 0);
  measure.never_missing = reader.Words("never_missing", Need::kOptional);
  measure.reverse = reader.Words("reverse", Need::kOptional);
  measure.bands = ReadBands(reader, context);
  measure.panel_coding = ReadCoding(reader, "panel_coding", context);
  measure.total_coding = ReadCoding(reader, "total_coding", context);
  measure.reliable_change = reader.Decimal("reliable_change", Need::kOptional, {0, kTotalLimit}, 0);
  measure.notice = reader.Word("notice", Need::kOptional);
  reader.Finish();

  CheckSubset(measure.never_missing, measure, "never_missing", reader.LineOf("never_missing"), context);
  CheckSubset(measure.reverse, measure, "reverse", reader.LineOf("reverse"), context);
  if (measure.missing_allowed >= static_cast<int>(measure.items.size())) {
    context.Fault(reader.LineOf("missing_allowed"), "measure_missing", "a measure needs at least one answer");
  }
  Variant* variant = VariantOf(measure, variants);
  if (variant == nullptr) {
    context.Fault(reader.LineOf("items"), "measure_item",
                  "one variant has all items of a measure, outside groups");
    return measure;
  }
  for (Item& item : variant->items) {
    if (!Names(measure.items, item.id)) continue;
    if (item.measure.empty()) item.measure = measure.id;
    if (IsScorable(item)) continue;
    context.Fault(reader.LineOf("items"), "measure_item", absl::StrCat("'", item.id, "' has no score"));
  }
  CheckBands(measure, *variant, reader.LineOf("bands"), context);
  return measure;
}

}  // namespace

std::vector<Measure> ReadMeasures(const YamlNode& list, std::vector<Variant>& variants,
                                  FileContext& context) {
  std::vector<Measure> measures;
  std::set<std::string> ids;
  for (const YamlNode& node : list.items) {
    measures.push_back(ReadMeasure(node, variants, context));
    const std::string& id = measures.back().id;
    if (!id.empty() && !ids.insert(id).second) {
      context.Fault(node.line, "duplicate_id", absl::StrCat("the measure '", id, "' is given twice"));
    }
  }
  return measures;
}

}  // namespace mendwork::domain
