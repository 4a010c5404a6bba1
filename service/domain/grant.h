// The decision in hand: sealed content opens only with a Grant, and only the policy decision point can make
// one.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "absl/types/optional.h"

namespace mendwork::policy {
class DecisionPoint;
}  // namespace mendwork::policy

namespace mendwork::domain {

// One data key per subject and purpose. The numbers are stored; never renumber.
enum class KeyPurpose : uint8_t {
  kIdentity = 1,
  kPartnerPrivate = 2,
  kCoupleJoint = 3,
  kTherapistNotes = 4,
  kSafety = 5,
  kOutcome = 6,
};

// Whose data it is. The numbers are stored; never renumber.
struct Subject {
  enum class Kind : uint8_t { kPerson = 1, kCouple = 2, kPractice = 3 };
  Kind kind = Kind::kPerson;
  int64_t id = 0;

  friend bool operator==(const Subject& left, const Subject& right) {
    return left.kind == right.kind && left.id == right.id;
  }
  friend bool operator!=(const Subject& left, const Subject& right) { return !(left == right); }
};

// Permission for one viewer to open one subject's records of one purpose inside one transaction. Move-only; a
// moved-from grant opens nothing.
class Grant {
 public:
  Grant(Grant&& other) noexcept
      : fields_(std::move(other.fields_)), transaction_id_(std::exchange(other.transaction_id_, 0)) {}
  Grant& operator=(Grant&& other) noexcept {
    fields_ = std::move(other.fields_);
    transaction_id_ = std::exchange(other.transaction_id_, 0);
    return *this;
  }
  Grant(const Grant&) = delete;
  Grant& operator=(const Grant&) = delete;

  int64_t practice_id() const { return fields_.practice_id; }
  const Subject& subject() const { return fields_.subject; }
  KeyPurpose purpose() const { return fields_.purpose; }
  int64_t viewer_id() const { return fields_.viewer_id; }
  const std::string& action() const { return fields_.action; }
  const std::string& rule_id() const { return fields_.rule_id; }

  // The items that may be shown; nullopt means the whole record. Whoever decodes the record applies it.
  const absl::optional<std::set<std::string>>& items() const { return fields_.items; }

  // The transaction in which the decision was taken; the grant opens nothing in any other.
  uint64_t transaction_id() const { return transaction_id_; }

 private:
  friend class ::mendwork::policy::DecisionPoint;

  struct Fields {
    int64_t practice_id = 0;
    Subject subject;
    KeyPurpose purpose = KeyPurpose::kIdentity;
    int64_t viewer_id = 0;
    std::string action;
    std::string rule_id;
    absl::optional<std::set<std::string>> items;
  };

  Grant(Fields fields, uint64_t transaction_id)
      : fields_(std::move(fields)), transaction_id_(transaction_id) {}

  Fields fields_;
  uint64_t transaction_id_ = 0;
};

}  // namespace mendwork::domain
