// All open watches of the process. One thread reads on for those that are behind, when the change feed says
// so, and looks after their sessions once a second; an idle stream costs its memory and one look a second.
#pragma once

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "service/app/runtime.h"
#include "service/rpc/guard.h"
#include "service/rpc/limits.h"
#include "service/rpc/method_table.h"

namespace mendwork::rpc {

struct WatchOptions {
  absl::Duration session_check_interval = kSessionCheckInterval;
  absl::Duration length_max = kStreamLengthMax;
};

// Thread-safe.
class WatchStreams {
 public:
  WatchStreams(app::Runtime& runtime, WatchOptions options);
  // Every stream must have ended.
  ~WatchStreams();

  // Starts a stream, or answers with what the guard found. The result owns itself.
  grpc::ServerWriteReactor<grpc::ByteBuffer>* Open(const MethodInfo& method,
                                                   absl::StatusOr<std::unique_ptr<AdmittedCall>> admitted,
                                                   CallReport report);

  // Ends every stream with UNAVAILABLE, and those opened from now on. Returns at once; a stream whose client
  // does not read ends when the server cuts its connection.
  void EndAll();

 private:
  class Stream;

  struct Ended {
    Stream* stream;
    absl::Status why;
  };

  void Loop();
  bool HasNews() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return quitting_ || ending_news_ || changed_ || !ready_.empty();
  }
  std::vector<Ended> TakeEnded() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<Stream*> TakeReady() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WhyEnded(const Stream& stream) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReadOn(Stream* stream);

  // From the streams' reactions, on gRPC's threads.
  void OnWritten(Stream* stream, bool ok);
  void OnCancelled(Stream* stream);
  void OnClosed(Stream* stream);

  app::Runtime& runtime_;
  const WatchOptions options_;
  uint64_t subscription_ = 0;

  mutable absl::Mutex mutex_;
  std::set<Stream*> streams_ ABSL_GUARDED_BY(mutex_);
  std::set<Stream*> ready_ ABSL_GUARDED_BY(mutex_);  // idle and behind
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_news_ ABSL_GUARDED_BY(mutex_) = false;
  bool quitting_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mendwork::rpc
