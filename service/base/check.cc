#include "service/base/check.h"

#include <cstdlib>

#include "service/base/log.h"

namespace mendwork::base {

void CheckFailed(const char* file, int line, const char* condition, absl::string_view explanation) {
  // The path up to the repository says nothing about the mistake and something about the build machine.
  absl::string_view place(file);
  const size_t service = place.rfind("service/");
  if (service != absl::string_view::npos) {
    place.remove_prefix(service);
  }
  Log(Severity::kError, "check_failed",
      {{"file", place}, {"line", line}, {"condition", condition}, {"explanation", explanation}});
  std::abort();
}

}  // namespace mendwork::base
