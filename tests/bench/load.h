// A closed loop: a fixed number of calls in flight, each answered call followed at once by the next one. One
// thread, one completion queue; the same code drives the echo and the product.
#pragma once

#include <google/protobuf/message_lite.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/process.h"

namespace mendwork::bench {

// One of the calls in flight, used again for the next one: messages keep their memory, as in a client that
// runs for long.
struct Outgoing {
  const std::string* path = nullptr;
  const std::string* authorization = nullptr;  // the metadata's value; null for none
  size_t subject = 0;                          // what the call is about, for OnReply
  std::unique_ptr<google::protobuf::MessageLite> request;
  std::unique_ptr<google::protobuf::MessageLite> reply;

  // The messages of this call, made on the first use.
  template <class Request, class Reply>
  Request& Messages() {
    if (request == nullptr) {
      request = std::make_unique<Request>();
      reply = std::make_unique<Reply>();
    }
    return static_cast<Request&>(*request);
  }
};

// Gives the next call; false when there is none left, which ends the loop early.
using NextCall = std::function<bool(Outgoing&)>;
// Gets every answer that was OK, measured or not.
using OnReply = std::function<void(const Outgoing&)>;

struct LoadOptions {
  std::string target;
  int in_flight = 1;
  int connections = 1;
  double warmup_seconds = 0.3;
  double seconds = 2;
  OnReply on_reply;
};

struct LoadResult {
  double seconds = 0;  // measured
  uint64_t calls = 0;  // answered with OK while measured
  uint64_t errors = 0;
  std::string first_error;  // code and text of a status that was not OK
  double per_second = 0;
  double p50_us = 0;
  double p99_us = 0;
  double server_cpu_us = 0;  // per call
  double client_cpu_us = 0;  // per call
  size_t request_bytes = 0;  // of the last call
  size_t reply_bytes = 0;
};

LoadResult RunClosedLoop(const LoadOptions& options, const Process& server, const NextCall& next);

// One connection per this many calls in flight: 1, 16, 64, 256 in flight over 1, 1, 4, 8.
int ConnectionsFor(int in_flight);

}  // namespace mendwork::bench
