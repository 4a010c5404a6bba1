// Sessions in memory, kept coherent with the store: a token is found by its hash, a revoked one is gone at
// once. Also the brake on guessing secrets, per sign-in name and never per address (a household shares one).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace mendwork::app {

// Partners 20 minutes idle and 12 hours in all, staff 15 minutes and 8 hours (reliability.md 4, after NIST SP
// 800-63B).
constexpr absl::Duration kPartnerIdleTimeout = absl::Minutes(20);
constexpr absl::Duration kPartnerSessionLength = absl::Hours(12);
constexpr absl::Duration kStaffIdleTimeout = absl::Minutes(15);
constexpr absl::Duration kStaffSessionLength = absl::Hours(8);
constexpr absl::Duration kStepUpLength = absl::Minutes(5);  // long enough to read a panel, no longer

struct SessionEntry {
  int64_t session_id = 0;
  int64_t practice_id = 0;
  int64_t person_id = 0;
  int64_t couple_id = 0;
  uint32_t roles = 0;
  std::string language;
  absl::Time expire_time;
  absl::Duration idle_timeout;
  absl::Time last_use;
  absl::Time step_up_expire_time = absl::InfinitePast();  // memory only: a restart ends it
};

// Thread-safe.
class SessionTable {
 public:
  void Add(const std::string& token_hash, SessionEntry entry);
  // Notes the use. Nothing when unknown, expired or idle for too long.
  absl::optional<SessionEntry> Find(absl::string_view token_hash, absl::Time now);
  bool IsValid(int64_t session_id, absl::Time now);
  absl::optional<absl::Time> ExpireTime(int64_t session_id);
  void Remove(int64_t session_id);
  void RemovePerson(int64_t person_id, int64_t except_session_id);
  void StepUp(int64_t session_id, absl::Time expire_time);
  void SetLanguage(int64_t person_id, const std::string& language);

 private:
  static bool Valid(const SessionEntry& entry, absl::Time now);
  void DropExpired(absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, SessionEntry> by_hash_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<int64_t, std::string> hash_by_id_ ABSL_GUARDED_BY(mutex_);
  absl::Time next_sweep_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// After `kFreeAttempts` failures in a row each further attempt for the same name waits twice as long, at most
// 15 minutes. The same for names that exist and names that do not. Bounded: the oldest entries are forgotten
// first.
class SignInThrottle {
 public:
  static constexpr int kFreeAttempts = 5;
  static constexpr absl::Duration kLongestWait = absl::Minutes(15);
  static constexpr size_t kNamesMax = 100'000;

  // Zero when an attempt may be made now; otherwise how long to wait.
  absl::Duration Wait(const std::string& name_hash, absl::Time now);
  void NoteFailure(const std::string& name_hash, absl::Time now);
  void NoteSuccess(const std::string& name_hash);

 private:
  struct Failures {
    int count = 0;
    absl::Time last;
  };
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Failures> failures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mendwork::app
