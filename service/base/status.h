// How errors are made and read: a canonical code, a stable UPPER_SNAKE reason, field violations and a retry
// delay. The extras travel as one JSON payload inside absl::Status, so that no layer below rpc needs
// protobuf. Messages name the field and the rule, never a sensitive value.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace mendwork::base {

struct Violation {
  std::string field;
  std::string rule;
  std::string message;
};

absl::Status Error(absl::StatusCode code, absl::string_view reason, absl::string_view message);

// INVALID_ARGUMENT with reason INVALID_REQUEST; every violation at once.
absl::Status InvalidArgument(std::vector<Violation> violations);

// The one answer for "absent" and for "not yours": always the same bytes.
absl::Status NotFound();

// RESOURCE_EXHAUSTED, with the time after which a retry makes sense.
absl::Status Exhausted(absl::string_view reason, absl::string_view message, absl::Duration retry_after);

// Readers; empty for a status that was not made by the builders above.
std::string Reason(const absl::Status& status);
std::vector<Violation> Violations(const absl::Status& status);
absl::optional<absl::Duration> RetryAfter(const absl::Status& status);

}  // namespace mendwork::base

#define MENDWORK_RETURN_IF_ERROR(expression)             \
  do {                                                   \
    ::absl::Status mendwork_status_value = (expression); \
    if (!mendwork_status_value.ok()) {                   \
      return mendwork_status_value;                      \
    }                                                    \
  } while (false)

#define MENDWORK_STATUS_JOIN_INNER(left, right) left##right
#define MENDWORK_STATUS_JOIN(left, right) MENDWORK_STATUS_JOIN_INNER(left, right)

// Expands to more than one statement: use it inside braces.
#define MENDWORK_ASSIGN_OR_RETURN(lhs, expression) \
  MENDWORK_ASSIGN_OR_RETURN_INNER(MENDWORK_STATUS_JOIN(mendwork_status_or_, __LINE__), lhs, expression)

#define MENDWORK_ASSIGN_OR_RETURN_INNER(holder, lhs, expression) \
  auto holder = (expression);                                    \
  if (!holder.ok()) {                                            \
    return std::move(holder).status();                           \
  }                                                              \
  lhs = std::move(holder).value()
