// Collects violations with their item path, rule and message, up to the limit.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "service/base/status.h"
#include "service/domain/validation_limits.h"
#include "service/domain/validation_messages.h"

namespace mendwork::domain {

class ViolationReport {
 public:
  explicit ViolationReport(absl::string_view language) : language_(language) {}

  void Add(absl::string_view field, absl::string_view rule, const std::vector<std::string>& arguments = {}) {
    AddForm(field, rule, rule, arguments);
  }

  // A rule with a message of its own for this case: rule "pattern", form "pattern.initials".
  void AddForm(absl::string_view field, absl::string_view rule, absl::string_view form,
               const std::vector<std::string>& arguments = {}) {
    if (violations_.size() >= kViolationsMax) return;
    violations_.push_back(
        {std::string(field), std::string(rule), ValidationMessage(form, arguments, language_)});
  }

  bool empty() const { return violations_.empty(); }
  std::vector<base::Violation> Take() && { return std::move(violations_); }

 private:
  std::string language_;
  std::vector<base::Violation> violations_;
};

}  // namespace mendwork::domain
