// What an error looks like outside: google.rpc.Status with ErrorInfo, BadRequest, RetryInfo and
// LocalizedMessage. Nothing of an internal error leaves but an id under which the log has it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace mendwork::rpc {

// Errors whose text is for the log only: INTERNAL, DATA_LOSS and UNKNOWN.
bool StaysInside(const absl::Status& status);

// A reason for every error: the one it was made with, otherwise the name of its code.
std::string ReasonOf(const absl::Status& status);

// `error_id` is used for internal errors only. Texts of statuses that were made without a reason (by a
// library, not by our builders) stay inside too: nobody checked them for content. NOT_FOUND is always the
// same bytes.
google::rpc::Status ToRpcStatus(const absl::Status& status, absl::string_view error_id);

}  // namespace mendwork::rpc
