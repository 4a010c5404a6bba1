#include "service/rpc/watch_streams.h"

#include <chrono>
#include <utility>
#include <vector>

#include "service/base/check.h"
#include "service/base/status.h"
#include "service/rpc/grpc_call.h"

namespace mendwork::rpc {
namespace {

using Bytes = grpc::ByteBuffer;
using Steady = std::chrono::steady_clock;

// Answers a stream that the guard refused.
class RefusedStream : public grpc::ServerWriteReactor<Bytes> {
 public:
  explicit RefusedStream(const grpc::Status& status) { Finish(status); }
  void OnDone() override { delete this; }
};

}  // namespace

// Whoever moves the state away from kIdle owns the stream until it is idle again: only the owner reads,
// writes or finishes. A cancellation meanwhile is noted and found by the owner.
class WatchStreams::Stream : public grpc::ServerWriteReactor<Bytes> {
 public:
  enum class State { kIdle, kReading, kWriting, kFinished };

  Stream(WatchStreams& watches, const Handler& handler, std::unique_ptr<AdmittedCall> admitted,
         CallReport report)
      : handler(handler), admitted(std::move(admitted)), watches_(watches), report_(std::move(report)) {}

  void WriteNext() {
    outgoing_ = ToByteBuffer(pending.back());
    pending.pop_back();
    StartWrite(&outgoing_);
  }
  // An idle stream holds no message.
  void LetGo() {
    pending = {};
    outgoing_.Clear();
  }
  // The stream may be gone afterwards.
  void End(const absl::Status& why) { Finish(ToGrpcStatus(report_.End(why))); }

  void OnWriteDone(bool ok) override { watches_.OnWritten(this, ok); }
  void OnCancel() override { watches_.OnCancelled(this); }
  void OnDone() override { watches_.OnClosed(this); }

  const Handler& handler;
  const std::unique_ptr<AdmittedCall> admitted;
  const Steady::time_point start = Steady::now();

  // Guarded by the mutex of WatchStreams.
  State state = State::kIdle;
  bool behind = false;  // changed since the last read began
  bool cancelled = false;
  std::vector<std::string> pending;  // of the page in hand, the last one first; the owner's while not idle

 private:
  WatchStreams& watches_;
  CallReport report_;
  Bytes outgoing_;  // until OnWriteDone
};

WatchStreams::WatchStreams(app::Runtime& runtime, WatchOptions options)
    : runtime_(runtime), options_(options) {
  subscription_ = runtime_.flag_feed().Subscribe([this] {
    absl::MutexLock lock(&mutex_);
    changed_ = true;
  });
  thread_ = std::thread([this] { Loop(); });
}

WatchStreams::~WatchStreams() {
  runtime_.flag_feed().Unsubscribe(subscription_);
  {
    absl::MutexLock lock(&mutex_);
    MENDWORK_CHECK(streams_.empty(), "The server ends every stream before it goes.");
    quitting_ = true;
  }
  thread_.join();
}

grpc::ServerWriteReactor<Bytes>* WatchStreams::Open(const MethodInfo& method,
                                                    absl::StatusOr<std::unique_ptr<AdmittedCall>> admitted,
                                                    CallReport report) {
  if (!admitted.ok()) {
    return new RefusedStream(ToGrpcStatus(report.End(admitted.status())));
  }
  auto* const stream = new Stream(*this, method.handler, *std::move(admitted), std::move(report));
  absl::MutexLock lock(&mutex_);
  streams_.insert(stream);
  ready_.insert(stream);
  return stream;
}

void WatchStreams::EndAll() {
  absl::MutexLock lock(&mutex_);
  ending_ = true;
  ending_news_ = true;
}

void WatchStreams::Loop() {
  const auto interval = absl::ToChronoNanoseconds(options_.session_check_interval);
  Steady::time_point next_check = Steady::now() + interval;
  while (true) {
    std::vector<Ended> ended;
    std::vector<Stream*> ready;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(this, &WatchStreams::HasNews),
                              absl::FromChrono(next_check - Steady::now()));
      if (quitting_) {
        return;
      }
      if (ending_news_ || Steady::now() >= next_check) {
        ending_news_ = false;
        next_check = Steady::now() + interval;
        ended = TakeEnded();
      }
      ready = TakeReady();
    }
    for (const Ended& item : ended) {
      item.stream->End(item.why);
    }
    for (Stream* stream : ready) {
      ReadOn(stream);
    }
  }
}

absl::Status WatchStreams::WhyEnded(const Stream& stream) const {
  if (stream.cancelled) {
    return base::Error(absl::StatusCode::kCancelled, "CALL_CANCELLED", "The client ended the stream.");
  }
  if (ending_) {
    return base::Error(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                       "The server is stopping. Call again with the last resume token.");
  }
  if (!app::SessionStillValid(runtime_, stream.admitted->call.caller)) {
    return base::Error(absl::StatusCode::kUnauthenticated, "SESSION_INVALID",
                       "The session has ended. Sign in again, and call with the last resume token.");
  }
  if (absl::FromChrono(Steady::now() - stream.start) > options_.length_max) {
    return base::Error(absl::StatusCode::kUnavailable, "STREAM_RENEWAL",
                       "The stream reached its greatest length. Call again with the last resume token.");
  }
  return absl::OkStatus();
}

// Idle streams only: the owner of any other finds out by itself.
std::vector<WatchStreams::Ended> WatchStreams::TakeEnded() {
  std::vector<Ended> ended;
  for (Stream* stream : streams_) {
    if (stream->state != Stream::State::kIdle) {
      continue;
    }
    absl::Status why = WhyEnded(*stream);
    if (!why.ok()) {
      stream->state = Stream::State::kFinished;
      ready_.erase(stream);
      ended.push_back({stream, std::move(why)});
    }
  }
  return ended;
}

std::vector<WatchStreams::Stream*> WatchStreams::TakeReady() {
  if (changed_) {
    changed_ = false;
    for (Stream* stream : streams_) {
      stream->behind = true;
      if (stream->state == Stream::State::kIdle) {
        ready_.insert(stream);
      }
    }
  }
  std::vector<Stream*> ready(ready_.begin(), ready_.end());
  ready_.clear();
  for (Stream* stream : ready) {
    stream->state = Stream::State::kReading;
    stream->behind = false;
  }
  return ready;
}

void WatchStreams::ReadOn(Stream* stream) {
  absl::StatusOr<WatchPage> page = WatchPage();
  const absl::Status read = runtime_.store().Read([&](store::ReadTransaction& transaction) {
    page = stream->handler.read_on(stream->admitted->call, transaction, *stream->admitted->request);
    return page.status();
  });
  absl::Status why;
  {
    absl::MutexLock lock(&mutex_);
    why = WhyEnded(*stream);
    if (why.ok()) {
      why = read;
    }
    if (!why.ok()) {
      stream->state = Stream::State::kFinished;
    } else if (!page->messages.empty()) {
      stream->state = Stream::State::kWriting;
      stream->pending.assign(page->messages.rbegin(), page->messages.rend());
    } else {
      stream->state = Stream::State::kIdle;
      if (stream->behind) {
        ready_.insert(stream);
      }
      return;  // Idle: it is nobody's now.
    }
  }
  if (why.ok()) {
    stream->WriteNext();
  } else {
    stream->End(why);
  }
}

void WatchStreams::OnWritten(Stream* stream, bool ok) {
  absl::Status why;
  {
    absl::MutexLock lock(&mutex_);
    stream->cancelled = stream->cancelled || !ok;
    why = WhyEnded(*stream);
    if (!why.ok()) {
      stream->state = Stream::State::kFinished;
    } else if (stream->pending.empty()) {
      // There may be more than one page.
      stream->state = Stream::State::kIdle;
      stream->LetGo();
      ready_.insert(stream);
      return;
    }
  }
  if (why.ok()) {
    stream->WriteNext();
  } else {
    stream->End(why);
  }
}

void WatchStreams::OnCancelled(Stream* stream) {
  absl::Status why;
  {
    absl::MutexLock lock(&mutex_);
    stream->cancelled = true;
    if (stream->state != Stream::State::kIdle) {
      return;
    }
    stream->state = Stream::State::kFinished;
    ready_.erase(stream);
    why = WhyEnded(*stream);
  }
  stream->End(why);
}

void WatchStreams::OnClosed(Stream* stream) {
  {
    absl::MutexLock lock(&mutex_);
    streams_.erase(stream);
  }
  delete stream;
}

}  // namespace mendwork::rpc
