#include "service/base/secret.h"

#include <sodium.h>

#include <cstring>
#include <utility>

namespace mendwork::base {

Secret::Secret(size_t size) : bytes_(size == 0 ? nullptr : new uint8_t[size]()), size_(size) {}

Secret Secret::CopyOf(absl::string_view bytes) {
  Secret secret(bytes.size());
  if (!bytes.empty()) {
    std::memcpy(secret.bytes_.get(), bytes.data(), bytes.size());
  }
  return secret;
}

Secret Secret::Random(size_t size, RandomSource& random) {
  Secret secret(size);
  random.Fill(absl::MakeSpan(secret.bytes_.get(), secret.size_));
  return secret;
}

Secret::Secret(Secret&& other) noexcept
    : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    Clear();
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Secret::~Secret() { Clear(); }

void Wipe(std::string& bytes) {
  sodium_memzero(bytes.data(), bytes.size());
  bytes.clear();
}

void Secret::Clear() {
  if (bytes_ != nullptr) {
    sodium_memzero(bytes_.get(), size_);
  }
  bytes_.reset();
  size_ = 0;
}

}  // namespace mendwork::base
