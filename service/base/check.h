// MENDWORK_CHECK: ends the process on a mistake of our own. Never for input, storage or other people's
// mistakes.
#pragma once

#include "absl/strings/string_view.h"

namespace mendwork::base {

// Logs one line with the place and the explanation (never a value) and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition,
                              absl::string_view explanation);

}  // namespace mendwork::base

#define MENDWORK_CHECK(condition, explanation)                                    \
  do {                                                                            \
    if (!(condition)) {                                                           \
      ::mendwork::base::CheckFailed(__FILE__, __LINE__, #condition, explanation); \
    }                                                                             \
  } while (false)
