#include "service/app/enrollment.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/base/encoding.h"
#include "service/base/status.h"

namespace mendwork::app {
namespace {

constexpr size_t kHashSize = 32;
constexpr size_t kCodeBytes = 15;  // 120 bits, 24 characters
constexpr size_t kNameBytes = 10;  // cut to 12 characters, 60 bits
constexpr size_t kNameLength = 12;
constexpr size_t kSecretLengthMax = 256;

std::string Normalized(absl::string_view text) {
  std::string normalized;
  for (char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      normalized.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    }
  }
  return normalized;
}

std::string InGroups(absl::string_view text) {
  std::string grouped;
  for (size_t i = 0; i < text.size(); ++i) {
    absl::StrAppend(&grouped, i > 0 && i % 4 == 0 ? "-" : "", text.substr(i, 1));
  }
  return grouped;
}

std::string RandomText(Runtime& runtime, size_t bytes) {
  const base::Secret random = base::Secret::Random(bytes, runtime.random());
  return base::Base32Encode(random.view());
}

}  // namespace

absl::StatusOr<NewCode> MakeOneTimeCode(Runtime& runtime, store::WriteTransaction& transaction,
                                        int64_t practice_id, int64_t person_id) {
  NewCode made = {.code = InGroups(RandomText(runtime, kCodeBytes)),
                  .expire_time = transaction.now() + kOneTimeCodeLifetime};
  MENDWORK_RETURN_IF_ERROR(store::EndOneTimeCodes(transaction, person_id, transaction.now()));
  MENDWORK_RETURN_IF_ERROR(store::InsertOneTimeCode(transaction, {.code_id = runtime.store().NewId(),
                                                                  .practice_id = practice_id,
                                                                  .person_id = person_id,
                                                                  .code_hash = CodeHash(runtime, made.code),
                                                                  .expire_time = made.expire_time}));
  return made;
}

std::string CodeHash(Runtime& runtime, absl::string_view code) {
  return base::KeyedHash(runtime.login_key().view(), absl::StrCat("code/", Normalized(code)), kHashSize);
}

std::string SignInHash(Runtime& runtime, absl::string_view sign_in_name) {
  return base::KeyedHash(runtime.login_key().view(), absl::StrCat("name/", Normalized(sign_in_name)),
                         kHashSize);
}

std::string MakeSignInName(Runtime& runtime) {
  return InGroups(absl::string_view(RandomText(runtime, kNameBytes)).substr(0, kNameLength));
}

absl::Status CheckNewSecret(absl::string_view field, absl::string_view secret) {
  if (secret.size() < kSecretLengthMin || secret.size() > kSecretLengthMax) {
    return base::InvalidArgument({{std::string(field), "SECRET_LENGTH", "must have 12 to 256 bytes"}});
  }
  return absl::OkStatus();
}

}  // namespace mendwork::app
