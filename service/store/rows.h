// The habit of every *_rows file: one struct per table, SQL as named constants, one function per statement,
// rows read by one `Read...` function per table. No rules here: who may see or change what is decided above.
#pragma once

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "service/base/status.h"
#include "service/store/transaction.h"

namespace mendwork::store {

// Which rows of a list to return: those after (or, newest first, before) an id, at most `limit`.
struct PageRange {
  int64_t after_id = 0;
  int64_t limit = 50;
};

// The one row of a bound statement, or nothing.
template <class Row>
absl::StatusOr<absl::optional<Row>> ReadOne(Statement statement, Row (*read)(Statement&)) {
  MENDWORK_ASSIGN_OR_RETURN(bool found, statement.Step());
  if (!found) {
    return absl::optional<Row>();
  }
  return absl::optional<Row>(read(statement));
}

// All rows of a bound statement.
template <class Row>
absl::StatusOr<std::vector<Row>> ReadAll(Statement statement, Row (*read)(Statement&)) {
  std::vector<Row> rows;
  for (;;) {
    MENDWORK_ASSIGN_OR_RETURN(bool found, statement.Step());
    if (!found) {
      return rows;
    }
    rows.push_back(read(statement));
  }
}

}  // namespace mendwork::store
