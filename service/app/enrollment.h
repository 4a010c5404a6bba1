// One-time codes, sign-in names and sessions: what enrolment and sign-in share.
#pragma once

#include <string>

#include "service/app/call.h"
#include "service/store/people_rows.h"

namespace mendwork::app {

constexpr absl::Duration kOneTimeCodeLifetime = absl::Hours(24 * 7);
constexpr size_t kSecretLengthMin = 12;  // NIST SP 800-63B asks for 8 at least; ours guards more

struct NewCode {
  std::string code;  // shown once
  absl::Time expire_time;
};

// Makes a one-time code for a person and voids their earlier ones.
absl::StatusOr<NewCode> MakeOneTimeCode(Runtime& runtime, store::WriteTransaction& transaction,
                                        int64_t practice_id, int64_t person_id);

// How codes and sign-in names are looked up: keyed hashes of a normalised form (case, spaces and hyphens do
// not count).
std::string CodeHash(Runtime& runtime, absl::string_view code);
std::string SignInHash(Runtime& runtime, absl::string_view sign_in_name);

// A new sign-in name, 12 characters in three groups (60 bits): it names nobody.
std::string MakeSignInName(Runtime& runtime);

absl::Status CheckNewSecret(absl::string_view field, absl::string_view secret);

}  // namespace mendwork::app
