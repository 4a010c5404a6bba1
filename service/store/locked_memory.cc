#include "service/store/locked_memory.h"

#include <sodium.h>

#include <utility>

#include "service/base/check.h"

namespace mendwork::store {
namespace {

constexpr size_t kPageBytes = 4096;

}  // namespace

LockedBlock::LockedBlock(LockedBlock&& other) noexcept
    : memory_(std::exchange(other.memory_, nullptr)), bytes_(std::exchange(other.bytes_, nullptr)) {}

LockedBlock& LockedBlock::operator=(LockedBlock&& other) noexcept {
  if (this != &other) {
    if (bytes_ != nullptr) {
      memory_->Release(bytes_);
    }
    memory_ = std::exchange(other.memory_, nullptr);
    bytes_ = std::exchange(other.bytes_, nullptr);
  }
  return *this;
}

LockedBlock::~LockedBlock() {
  if (bytes_ != nullptr) {
    memory_->Release(bytes_);
  }
}

LockedMemory::LockedMemory() { MENDWORK_CHECK(sodium_init() >= 0, "libsodium starts."); }

LockedMemory::~LockedMemory() {
  absl::MutexLock lock(&mutex_);
  MENDWORK_CHECK(free_.size() == pages_.size() * (kPageBytes / LockedBlock::kSize),
                 "No key outlives its memory.");
  for (uint8_t* page : pages_) {
    sodium_free(page);
  }
}

LockedBlock LockedMemory::Allocate() {
  absl::MutexLock lock(&mutex_);
  if (free_.empty()) {
    uint8_t* page = static_cast<uint8_t*>(sodium_malloc(kPageBytes));
    MENDWORK_CHECK(page != nullptr, "There is memory for keys.");
    pages_.push_back(page);
    for (size_t offset = 0; offset < kPageBytes; offset += LockedBlock::kSize) {
      free_.push_back(page + offset);
    }
  }
  uint8_t* bytes = free_.back();
  free_.pop_back();
  sodium_memzero(bytes, LockedBlock::kSize);
  return LockedBlock(this, bytes);
}

void LockedMemory::Release(uint8_t* bytes) {
  sodium_memzero(bytes, LockedBlock::kSize);
  absl::MutexLock lock(&mutex_);
  free_.push_back(bytes);
}

}  // namespace mendwork::store
