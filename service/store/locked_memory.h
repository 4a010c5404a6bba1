// 32-byte key slots in sodium_malloc pages (guarded, locked into RAM, kept out of core dumps). sodium_malloc
// alone would take four pages and several mappings for each key, and the kernel allows a process about 65,000
// mappings; so one allocation holds a page full of keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"

namespace mendwork::store {

class LockedMemory;

// One slot; zeroed and returned when it goes. Must not outlive its LockedMemory.
class LockedBlock {
 public:
  static constexpr size_t kSize = 32;

  LockedBlock() = default;
  LockedBlock(LockedBlock&& other) noexcept;
  LockedBlock& operator=(LockedBlock&& other) noexcept;
  LockedBlock(const LockedBlock&) = delete;
  LockedBlock& operator=(const LockedBlock&) = delete;
  ~LockedBlock();

  uint8_t* data() const { return bytes_; }

 private:
  friend class LockedMemory;
  LockedBlock(LockedMemory* memory, uint8_t* bytes) : memory_(memory), bytes_(bytes) {}

  LockedMemory* memory_ = nullptr;
  uint8_t* bytes_ = nullptr;
};

// Thread-safe.
class LockedMemory {
 public:
  LockedMemory();
  ~LockedMemory();
  LockedMemory(const LockedMemory&) = delete;
  LockedMemory& operator=(const LockedMemory&) = delete;

  LockedBlock Allocate();

 private:
  friend class LockedBlock;
  void Release(uint8_t* bytes);

  absl::Mutex mutex_;
  std::vector<uint8_t*> pages_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint8_t*> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::store
