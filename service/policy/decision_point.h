// The one place that decides, and the only one that can make a Grant.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "service/domain/grant.h"
#include "service/policy/rules.h"

namespace mendwork::policy {

struct Decision {
  bool allowed = false;
  const char* rule_id = "default-deny";  // the rule that decided
};

// Default deny; any matching forbid denies.
Decision Decide(Viewer viewer, DataClass data_class, Facts facts);

// Whose record is to be opened, by whom, in which transaction.
struct Request {
  int64_t practice_id = 0;
  domain::Subject subject;
  int64_t viewer_id = 0;
  uint64_t transaction_id = 0;
  std::string action;  // the method, for the audit log
};

class DecisionPoint {
 public:
  // A grant for a whole record, or nothing.
  static absl::optional<domain::Grant> ForRecord(const Request& request, Viewer viewer, DataClass data_class,
                                                 Facts facts);

  // Collects which items of a response (or draft) the viewer may see, then makes a grant limited to them.
  // Whether the response exists for the viewer at all is the use case's to say (an allowed item, or a fact of
  // its own).
  class Items {
   public:
    Items(Viewer viewer, DataClass data_class) : viewer_(viewer), data_class_(data_class) {}
    void Consider(const std::string& item_id, Facts facts);
    const std::set<std::string>& allowed() const { return allowed_; }
    // A grant limited to the allowed items; also when there are none, so that an empty answer can be told
    // from none.
    domain::Grant Grant(const Request& request) const;
    const char* rule_id() const { return rule_id_; }

   private:
    const Viewer viewer_;
    const DataClass data_class_;
    std::set<std::string> allowed_;
    const char* rule_id_ = "default-deny";
  };

 private:
  static domain::Grant Make(const Request& request, DataClass data_class, const char* rule_id,
                            absl::optional<std::set<std::string>> items);
};

// The key that seals records of a class.
domain::KeyPurpose PurposeOf(DataClass data_class);

}  // namespace mendwork::policy
