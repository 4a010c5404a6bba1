// The one canonical way to put several values into one byte string: each as its length (4 bytes, big-endian)
// and its bytes, so that no two different lists of values give the same string.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace mendwork::store {

inline void AppendBigEndian(std::string& out, uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift));
  }
}

class Fields {
 public:
  Fields& Text(absl::string_view bytes) {
    AppendBigEndian(encoded_, bytes.size(), 4);
    encoded_.append(bytes.data(), bytes.size());
    return *this;
  }
  Fields& Integer(int64_t value) {
    AppendBigEndian(encoded_, 8, 4);
    AppendBigEndian(encoded_, static_cast<uint64_t>(value), 8);
    return *this;
  }
  Fields& Byte(uint8_t value) {
    AppendBigEndian(encoded_, 1, 4);
    encoded_.push_back(static_cast<char>(value));
    return *this;
  }
  std::string Take() { return std::move(encoded_); }

 private:
  std::string encoded_;
};

}  // namespace mendwork::store
