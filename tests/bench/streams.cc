// Memory of open WatchFlags streams on which nothing happens.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <cstdio>

#include "mendwork/v1/safety_service.pb.h"
#include "tests/bench/sections.h"

namespace mendwork::bench {
namespace {

const std::string kWatchPath = "/mendwork.v1.SafetyService/WatchFlags";

// service/rpc/limits.h: 8 streams a person, 64 a connection.
constexpr int kStreamsPerPerson = 8;
constexpr int kStreamsPerConnection = 64;

class Stream {
 public:
  Stream(grpc::GenericStub& stub, const Person& person, const std::string& practice,
         grpc::CompletionQueue& queue) {
    context_.AddMetadata("authorization", person.authorization);
    v1::WatchFlagsRequest request;
    request.set_parent(practice);
    call_ = stub.PrepareCall(&context_, kWatchPath, &queue);
    call_->StartCall(nullptr);
    Wait(queue);
    call_->WriteLast(ToBytes(request.SerializeAsString()), grpc::WriteOptions(), nullptr);
    Wait(queue);
    // The first message says that everything so far was sent; after it the stream is silent.
    call_->Read(&message_, nullptr);
    if (!Wait(queue)) {
      Fail("a WatchFlags stream ended before its first message");
    }
  }
  void Cancel() { context_.TryCancel(); }
  // Of a cancelled stream, so that the call is over before it goes.
  void Finish(grpc::CompletionQueue& queue) {
    grpc::Status status;
    call_->Finish(&status, nullptr);
    Wait(queue);
  }

 private:
  static bool Wait(grpc::CompletionQueue& queue) {
    void* tag = nullptr;
    bool ok = false;
    const auto until = std::chrono::system_clock::now() + std::chrono::seconds(30);
    if (queue.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) {
      Fail("a WatchFlags stream said nothing within 30 s");
    }
    return ok;
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  grpc::ByteBuffer message_;
};

}  // namespace

void MeasureStreams(const Settings& settings, Report& report) {
  const WorkDirectory work(settings.directory);
  Mendworkd server(settings, work.path(), "streams", "unix");
  server.Start();
  PracticeOptions options = server.PracticeAt(settings.seed);
  options.couples = 1;
  options.therapists = 1;
  Practice practice(options);
  const int people = (settings.streams + kStreamsPerPerson - 1) / kStreamsPerPerson;
  const std::vector<Person> staff = practice.HireTherapists(people);
  std::fprintf(stderr, "streams: %d people signed in\n", people);

  grpc::CompletionQueue queue;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs;
  std::vector<std::unique_ptr<Stream>> streams;
  const auto open_one = [&] {
    const size_t index = streams.size();
    if (index % kStreamsPerConnection == 0) {
      grpc::ChannelArguments arguments;
      arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
      stubs.push_back(std::make_unique<grpc::GenericStub>(
          grpc::CreateCustomChannel(server.api(), grpc::InsecureChannelCredentials(), arguments)));
    }
    streams.push_back(
        std::make_unique<Stream>(*stubs.back(), staff[index / kStreamsPerPerson], practice.name(), queue));
  };
  // The first connection's worth warms allocator and caches; the rest is counted, with their connections.
  for (int i = 0; i < kStreamsPerConnection && i < settings.streams; ++i) {
    open_one();
  }
  const double before = server.process().RssKib();
  const size_t first = streams.size();
  while (streams.size() < static_cast<size_t>(settings.streams)) {
    open_one();
  }
  const double after = server.process().RssKib();
  const double per_stream = (after - before) / static_cast<double>(streams.size() - first);
  report.AddFigure("idle_stream_rss", "KiB", {per_stream});
  report.AddFigure("rss_with_" + std::to_string(streams.size()) + "_streams", "KiB", {after});
  report.Goal("server memory per idle stream, KiB", per_stream, false, 20);
  for (const auto& stream : streams) {
    stream->Cancel();
  }
  for (const auto& stream : streams) {
    stream->Finish(queue);
  }
  streams.clear();
  server.Stop();
}

}  // namespace mendwork::bench
