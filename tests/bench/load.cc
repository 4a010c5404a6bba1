#include "tests/bench/load.h"

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace mendwork::bench {
namespace {

using Steady = std::chrono::steady_clock;
using Message = google::protobuf::MessageLite;
// As generated stubs do it, for any message: serialized and parsed by gRPC.
using Stub = grpc::TemplatedGenericStub<Message, Message>;

constexpr auto kConnectMax = std::chrono::seconds(10);
// No call of a healthy server takes this long.
constexpr auto kSilenceMax = std::chrono::seconds(30);

double Percentile(std::vector<uint32_t>& sorted, double share) {
  if (sorted.empty()) {
    return 0;
  }
  const size_t at = static_cast<size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(at, sorted.size() - 1)];
}

class Loop {
 public:
  Loop(const LoadOptions& options, const Process& server, const NextCall& next)
      : options_(options), server_(server), next_(next) {
    for (int i = 0; i < options.connections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // otherwise all share one connection
      auto channel = grpc::CreateCustomChannel(options.target, grpc::InsecureChannelCredentials(), arguments);
      if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectMax)) {
        Fail("no connection to " + options.target);
      }
      stubs_.push_back(std::make_unique<Stub>(channel));
    }
  }

  LoadResult Run() {
    for (int i = 0; i < options_.in_flight; ++i) {
      calls_.push_back(std::make_unique<Call>());
      calls_.back()->stub = stubs_[static_cast<size_t>(i) % stubs_.size()].get();
      Start(*calls_.back());
    }
    measure_from_ = Steady::now() + Seconds(options_.warmup_seconds);
    measure_until_ = measure_from_ + Seconds(options_.seconds);
    while (running_ > 0) {
      void* tag = nullptr;
      bool ok = false;
      const auto got = queue_.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + kSilenceMax);
      if (got != grpc::CompletionQueue::GOT_EVENT) {
        Fail("no answer from " + options_.target + " within 30 s");
      }
      Finished(*static_cast<Call*>(tag));
    }
    if (measuring_) {
      EndMeasuring(Steady::now());
    }
    return Take();
  }

 private:
  struct Call {
    Stub* stub = nullptr;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Message>> reader;
    Outgoing outgoing;
    grpc::Status status;
    Steady::time_point start;
  };

  static Steady::duration Seconds(double seconds) {
    return std::chrono::duration_cast<Steady::duration>(std::chrono::duration<double>(seconds));
  }

  void Start(Call& call) {
    if (ended_ || !next_(call.outgoing)) {
      ended_ = true;
      return;
    }
    call.context = std::make_unique<grpc::ClientContext>();
    if (call.outgoing.authorization != nullptr) {
      call.context->AddMetadata("authorization", *call.outgoing.authorization);
    }
    call.start = Steady::now();
    call.reader =
        call.stub->PrepareUnaryCall(call.context.get(), *call.outgoing.path, *call.outgoing.request, &queue_);
    call.reader->StartCall();
    call.reader->Finish(call.outgoing.reply.get(), &call.status, &call);
    ++running_;
  }

  void Finished(Call& call) {
    --running_;
    const Steady::time_point now = Steady::now();
    if (!measuring_ && !measured_ && now >= measure_from_) {
      BeginMeasuring(now);
    }
    if (!call.status.ok()) {
      if (result_.errors++ == 0) {
        result_.first_error = std::to_string(call.status.error_code()) + " " + call.status.error_message();
      }
    } else if (options_.on_reply) {
      options_.on_reply(call.outgoing);
    }
    if (call.status.ok() && measuring_) {
      latencies_us_.push_back(static_cast<uint32_t>((now - call.start) / std::chrono::microseconds(1)));
      result_.request_bytes = call.outgoing.request->ByteSizeLong();
      result_.reply_bytes = call.outgoing.reply->ByteSizeLong();
    }
    if (measuring_ && now >= measure_until_) {
      EndMeasuring(now);
      ended_ = true;
    }
    Start(call);
  }

  void BeginMeasuring(Steady::time_point now) {
    measuring_ = true;
    begin_ = now;
    server_cpu_ = server_.CpuMicros();
    own_cpu_ = OwnCpuMicros();
  }

  void EndMeasuring(Steady::time_point now) {
    measuring_ = false;
    measured_ = true;
    result_.seconds = std::chrono::duration<double>(now - begin_).count();
    server_cpu_ = server_.CpuMicros() - server_cpu_;
    own_cpu_ = OwnCpuMicros() - own_cpu_;
  }

  LoadResult Take() {
    result_.calls = latencies_us_.size();
    if (result_.calls > 0) {
      const double calls = static_cast<double>(result_.calls);
      result_.per_second = calls / result_.seconds;
      result_.server_cpu_us = server_cpu_ / calls;
      result_.client_cpu_us = own_cpu_ / calls;
    }
    std::sort(latencies_us_.begin(), latencies_us_.end());
    result_.p50_us = Percentile(latencies_us_, 0.50);
    result_.p99_us = Percentile(latencies_us_, 0.99);
    return std::move(result_);
  }

  const LoadOptions& options_;
  const Process& server_;
  const NextCall& next_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stub>> stubs_;
  std::vector<std::unique_ptr<Call>> calls_;
  int running_ = 0;
  bool ended_ = false;
  bool measuring_ = false;
  bool measured_ = false;
  Steady::time_point measure_from_, measure_until_, begin_;
  double server_cpu_ = 0;
  double own_cpu_ = 0;
  std::vector<uint32_t> latencies_us_;
  LoadResult result_;
};

}  // namespace

LoadResult RunClosedLoop(const LoadOptions& options, const Process& server, const NextCall& next) {
  return Loop(options, server, next).Run();
}

int ConnectionsFor(int in_flight) {
  if (in_flight <= 16) {
    return 1;
  }
  return in_flight <= 64 ? 4 : 8;
}

}  // namespace mendwork::bench
