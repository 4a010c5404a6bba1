// Bytes that must not outlive their use: zeroed when they go, moved but never copied by accident, never
// printable.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "service/base/random.h"

namespace mendwork::base {

class Secret {
 public:
  Secret() = default;
  explicit Secret(size_t size);  // zeros, to be filled through mutable_data()
  static Secret CopyOf(absl::string_view bytes);
  static Secret Random(size_t size, RandomSource& random);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  Secret Clone() const { return CopyOf(view()); }

  // The caller must not copy the bytes into anything that lives longer than the secret.
  absl::string_view view() const { return {reinterpret_cast<const char*>(bytes_.get()), size_}; }
  const uint8_t* data() const { return bytes_.get(); }
  uint8_t* mutable_data() { return bytes_.get(); }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  void Clear();

  std::unique_ptr<uint8_t[]> bytes_;
  size_t size_ = 0;
};

// Zeroes the bytes in place (the compiler cannot drop it), then empties the string.
void Wipe(std::string& bytes);

}  // namespace mendwork::base
