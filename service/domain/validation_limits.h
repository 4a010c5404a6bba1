// Every limit of answers and of exercise files, in one place, with its reason.
#pragma once

#include <cstddef>

namespace mendwork::domain {

// A response: far above any exercise of ours, far below what would slow the writer or a screen of the text.
constexpr size_t kResponseBytesMax = 256 * 1024;
constexpr size_t kAnswersMax = 500;
constexpr size_t kViolationsMax = 200;  // a reply must fit gRPC's metadata limit many times over

// Texts, in Unicode code points.
constexpr int kTextLengthMax = 500;         // one line or a few
constexpr int kLongTextLengthMax = 10'000;  // several pages
constexpr int kActivityLengthMax = 200;     // one line of a log
constexpr int kCatalogTextLengthMax = 2'000;
constexpr int kTitleLengthMax = 60;  // fits a calendar entry and a phone's list

constexpr int kRowsMax = 50;          // rows of a group, entries of a log
constexpr int kMinutesMax = 24 * 60;  // a log entry
constexpr int kRatingMax = 10;

// An exercise file.
constexpr size_t kCatalogFileBytesMax = 512 * 1024;
constexpr int kCatalogFilesMax = 2'000;
constexpr int kIdentifierLengthMax = 64;
constexpr int kItemsMax = 200;   // of a variant or a group
constexpr int kOptionsMax = 60;  // of an item
constexpr int kConditionDepthMax = 8;
constexpr int kConditionOperandsMax = 20;
constexpr int kDoseMinutesMax = 40;  // the weekly budget of one partner (clinical.md 20)

}  // namespace mendwork::domain
