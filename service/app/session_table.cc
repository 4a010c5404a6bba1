#include "service/app/session_table.h"

#include <algorithm>
#include <utility>

namespace mendwork::app {
namespace {

constexpr absl::Duration kSweepInterval = absl::Minutes(1);

}  // namespace

void SessionTable::Add(const std::string& token_hash, SessionEntry entry) {
  absl::MutexLock lock(&mutex_);
  DropExpired(entry.last_use);
  hash_by_id_[entry.session_id] = token_hash;
  by_hash_[token_hash] = std::move(entry);
}

absl::optional<SessionEntry> SessionTable::Find(absl::string_view token_hash, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  auto found = by_hash_.find(token_hash);
  if (found == by_hash_.end() || !Valid(found->second, now)) {
    return absl::nullopt;
  }
  found->second.last_use = std::max(found->second.last_use, now);
  return found->second;
}

bool SessionTable::IsValid(int64_t session_id, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  auto id = hash_by_id_.find(session_id);
  return id != hash_by_id_.end() && Valid(by_hash_.at(id->second), now);
}

absl::optional<absl::Time> SessionTable::ExpireTime(int64_t session_id) {
  absl::MutexLock lock(&mutex_);
  auto id = hash_by_id_.find(session_id);
  return id == hash_by_id_.end() ? absl::nullopt
                                 : absl::optional<absl::Time>(by_hash_.at(id->second).expire_time);
}

void SessionTable::Remove(int64_t session_id) {
  absl::MutexLock lock(&mutex_);
  auto id = hash_by_id_.find(session_id);
  if (id != hash_by_id_.end()) {
    by_hash_.erase(id->second);
    hash_by_id_.erase(id);
  }
}

void SessionTable::RemovePerson(int64_t person_id, int64_t except_session_id) {
  absl::MutexLock lock(&mutex_);
  for (auto it = by_hash_.begin(); it != by_hash_.end();) {
    if (it->second.person_id == person_id && it->second.session_id != except_session_id) {
      hash_by_id_.erase(it->second.session_id);
      by_hash_.erase(it++);
    } else {
      ++it;
    }
  }
}

void SessionTable::StepUp(int64_t session_id, absl::Time expire_time) {
  absl::MutexLock lock(&mutex_);
  auto id = hash_by_id_.find(session_id);
  if (id != hash_by_id_.end()) {
    by_hash_.at(id->second).step_up_expire_time = expire_time;
  }
}

void SessionTable::SetLanguage(int64_t person_id, const std::string& language) {
  absl::MutexLock lock(&mutex_);
  for (auto& [hash, entry] : by_hash_) {
    if (entry.person_id == person_id) {
      entry.language = language;
    }
  }
}

bool SessionTable::Valid(const SessionEntry& entry, absl::Time now) {
  return now < entry.expire_time && now < entry.last_use + entry.idle_timeout;
}

void SessionTable::DropExpired(absl::Time now) {
  if (now < next_sweep_) {
    return;
  }
  next_sweep_ = now + kSweepInterval;
  for (auto it = by_hash_.begin(); it != by_hash_.end();) {
    if (Valid(it->second, now)) {
      ++it;
    } else {
      hash_by_id_.erase(it->second.session_id);
      by_hash_.erase(it++);
    }
  }
}

absl::Duration SignInThrottle::Wait(const std::string& name_hash, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  auto found = failures_.find(name_hash);
  if (found == failures_.end() || found->second.count < kFreeAttempts) {
    return absl::ZeroDuration();
  }
  const int doublings = std::min(found->second.count - kFreeAttempts, 10);
  const absl::Duration wait = std::min(absl::Seconds(1) * (1 << doublings), kLongestWait);
  return std::max(found->second.last + wait - now, absl::ZeroDuration());
}

void SignInThrottle::NoteFailure(const std::string& name_hash, absl::Time now) {
  absl::MutexLock lock(&mutex_);
  if (failures_.size() >= kNamesMax) {
    auto oldest = std::min_element(
        failures_.begin(), failures_.end(),
        [](const auto& left, const auto& right) { return left.second.last < right.second.last; });
    failures_.erase(oldest);
  }
  Failures& failures = failures_[name_hash];
  ++failures.count;
  failures.last = now;
}

void SignInThrottle::NoteSuccess(const std::string& name_hash) {
  absl::MutexLock lock(&mutex_);
  failures_.erase(name_hash);
}

}  // namespace mendwork::app
