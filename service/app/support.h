// The support block: the same text for everyone of a practice, padded to one size, so that neither its
// content nor its length tells anything (clinical rulings 1.8).
#pragma once

#include "mendwork/v1/answer.pb.h"
#include "service/store/people_rows.h"

namespace mendwork::app {

// The serialized size of every block.
constexpr size_t kSupportBlockBytes = 2048;

v1::SupportBlock BuildSupportBlock(const store::PracticeRow& practice);

}  // namespace mendwork::app
