// The rules on items that look at more than one key: audiences, safety, letters, the closing item.
#pragma once

#include <vector>

#include "service/domain/catalog_reader.h"
#include "service/domain/exercise.h"

namespace mendwork::domain {

// The id and the codes of the one neutral item that ends every assignment, for everybody (clinical.md 1).
constexpr char kClosingItemId[] = "alone_with_therapist";
constexpr char kClosingNo[] = "no";
constexpr char kClosingNextTime[] = "next_time";
constexpr char kClosingSafeChannel[] = "safe_channel";

void CheckAudiences(const Item& item, int line, FileContext& context);
void CheckCapabilities(const Item& item, int line, FileContext& context);
void CheckRiskRules(const Item& item, int line, FileContext& context);
// Bounds that must be in order: lengths, counts, values, dates.
void CheckBounds(const Item& item, int line, FileContext& context);
void CheckOptions(const Item& item, int line, FileContext& context);

// Rules over a variant's items; `lines` holds the line of each.
void CheckLetterCautions(const std::vector<Item>& items, const std::vector<int>& lines, FileContext& context);
void CheckClosingItem(const std::vector<Item>& items, const std::vector<int>& lines, FileContext& context);

}  // namespace mendwork::domain
