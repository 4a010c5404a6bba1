// Typed calls over a transport: request ids, the one safe repeat, and whole lists out of pages.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "admin/transport.h"
#include "google/protobuf/message.h"
#include "service/base/random.h"

namespace mendwork::admin {

// A UUID version 4 in its canonical text form (RFC 9562).
std::string NewRequestId(base::RandomSource& random);

class Client {
 public:
  using Reply = absl::StatusOr<std::unique_ptr<google::protobuf::Message>>;

  // Lends `transport` and `random`. `notice` tells the person about a repeated call.
  Client(Transport& transport, base::RandomSource& random, std::function<void(absl::string_view)> notice)
      : transport_(transport), random_(random), notice_(std::move(notice)) {}

  void set_token(std::string token) { token_ = std::move(token); }
  bool has_token() const { return !token_.empty(); }

  // `method` is "Service.Method"; a wrong name or type is our own mistake. Fills an empty `request_id`. When
  // no answer comes and a repeat is safe (a request id, or no side effects), repeats once.
  Reply Call(absl::string_view method, const google::protobuf::Message& request);

  // Calls a List method until its last page, or until at least `limit` rows are there (0 = all), and returns
  // one reply with every row; its `next_page_token` is empty when nothing is left.
  Reply CallList(absl::string_view method, const google::protobuf::Message& request, int limit);

  template <typename Message>
  absl::StatusOr<Message> Call(absl::string_view method, const google::protobuf::Message& request) {
    Reply reply = Call(method, request);
    if (!reply.ok()) {
      return reply.status();
    }
    return std::move(dynamic_cast<Message&>(**reply));
  }

 private:
  Transport& transport_;
  base::RandomSource& random_;
  std::function<void(absl::string_view)> notice_;
  std::string token_;
};

}  // namespace mendwork::admin
