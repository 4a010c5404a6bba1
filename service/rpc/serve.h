// Turns a use case into a handler the guard can run. The three shapes of service/app/call.h are told apart by
// the signature, so that a service is a list of names: see services_v1.cc.
#pragma once

#include <google/protobuf/message.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "service/app/call.h"
#include "service/rpc/call_limiter.h"
#include "service/store/store.h"
#include "service/store/transaction.h"

namespace mendwork::rpc {

enum class Shape { kQuery, kMutation, kPrepared, kWatch };

// A call that passed every check. Stays at one address until it is answered: a prepared use case may refer to
// it from its second half.
struct AdmittedCall {
  app::Call call;
  std::string method;      // full name
  std::string request_id;  // empty: the method takes none
  std::string body_hash;   // set together with request_id
  std::unique_ptr<google::protobuf::Message> request;
  absl::Time deadline;  // on the runtime's clock
  CallLimiter::Slot slot;
};

// A serialized response.
using Reply = absl::StatusOr<std::string>;
// Called exactly once, on any thread; must not block.
using ReplyCallback = absl::AnyInvocable<void(Reply)>;

// What a watch found since its resume token, serialized, in order.
struct WatchPage {
  std::vector<std::string> messages;
};

struct Handler {
  std::string name;  // of the method within its service
  Shape shape = Shape::kQuery;
  bool slow = false;  // runs on the slow pool: it computes for long or waits
  const google::protobuf::Descriptor* request_type = nullptr;
  const google::protobuf::Descriptor* response_type = nullptr;
  std::function<std::unique_ptr<google::protobuf::Message>()> new_request;
  // Every shape but kWatch.
  std::function<void(std::unique_ptr<AdmittedCall>, ReplyCallback)> run;
  // kWatch: reads on from the request's resume token and moves the token on.
  std::function<absl::StatusOr<WatchPage>(const app::Call&, store::Transaction&, google::protobuf::Message&)>
      read_on;
};

namespace internal {

using ReadStep = std::function<Reply(const AdmittedCall&, store::ReadTransaction&)>;
using WriteStep = absl::AnyInvocable<Reply(const AdmittedCall&, store::WriteTransaction&)>;

void RunQuery(std::unique_ptr<AdmittedCall> admitted, const ReadStep& step, ReplyCallback done);
// The reply leaves after the commit is durable. A call cancelled by now is carried out all the same: whether
// its work happened must not depend on a race that the client cannot see; a repeat with the same request_id
// tells.
void RunWrite(std::unique_ptr<AdmittedCall> admitted, WriteStep step, ReplyCallback done);

template <class Response>
Reply Serialized(const absl::StatusOr<Response>& response) {
  if (!response.ok()) {
    return response.status();
  }
  return response->SerializeAsString();
}

template <class Request, class Response>
Handler MakeHandler(absl::string_view name, Shape shape) {
  Handler handler;
  handler.name = std::string(name);
  handler.shape = shape;
  handler.request_type = Request::descriptor();
  handler.response_type = Response::descriptor();
  handler.new_request = [] { return std::make_unique<Request>(); };
  return handler;
}

template <class Request>
const Request& RequestOf(const AdmittedCall& admitted) {
  return static_cast<const Request&>(*admitted.request);
}

}  // namespace internal

// A query.
template <class Request, class Response>
Handler Serve(absl::string_view name,
              absl::StatusOr<Response> (*use_case)(const app::Call&, store::Transaction&, const Request&)) {
  Handler handler = internal::MakeHandler<Request, Response>(name, Shape::kQuery);
  handler.run = [use_case](std::unique_ptr<AdmittedCall> admitted, ReplyCallback done) {
    internal::RunQuery(
        std::move(admitted),
        [use_case](const AdmittedCall& call, store::ReadTransaction& transaction) {
          return internal::Serialized(use_case(call.call, transaction, internal::RequestOf<Request>(call)));
        },
        std::move(done));
  };
  return handler;
}

// A mutation.
template <class Request, class Response>
Handler Serve(absl::string_view name,
              absl::StatusOr<Response> (*use_case)(const app::Call&, store::WriteTransaction&,
                                                   const Request&)) {
  Handler handler = internal::MakeHandler<Request, Response>(name, Shape::kMutation);
  handler.run = [use_case](std::unique_ptr<AdmittedCall> admitted, ReplyCallback done) {
    internal::RunWrite(
        std::move(admitted),
        [use_case](const AdmittedCall& call, store::WriteTransaction& transaction) {
          return internal::Serialized(use_case(call.call, transaction, internal::RequestOf<Request>(call)));
        },
        std::move(done));
  };
  return handler;
}

// A prepared mutation.
template <class Request, class Response>
Handler Serve(absl::string_view name,
              absl::StatusOr<app::Commit<Response>> (*use_case)(const app::Call&, const Request&)) {
  Handler handler = internal::MakeHandler<Request, Response>(name, Shape::kPrepared);
  handler.run = [use_case](std::unique_ptr<AdmittedCall> admitted, ReplyCallback done) {
    absl::StatusOr<app::Commit<Response>> commit =
        use_case(admitted->call, internal::RequestOf<Request>(*admitted));
    if (!commit.ok()) {
      done(commit.status());
      return;
    }
    internal::RunWrite(
        std::move(admitted),
        [commit = *std::move(commit)](const AdmittedCall&, store::WriteTransaction& transaction) mutable {
          return internal::Serialized(commit(transaction));
        },
        std::move(done));
  };
  return handler;
}

// The same, on the slow pool.
template <class Request, class Response>
Handler ServeSlowly(absl::string_view name,
                    absl::StatusOr<app::Commit<Response>> (*use_case)(const app::Call&, const Request&)) {
  Handler handler = Serve(name, use_case);
  handler.slow = true;
  return handler;
}

// A server stream over a change feed. `Changes` has `messages` and the `resume_token` after the last of them.
template <class Request, class Changes>
Handler ServeWatch(absl::string_view name,
                   absl::StatusOr<Changes> (*use_case)(const app::Call&, store::Transaction&,
                                                       const Request&)) {
  using Response = typename decltype(Changes::messages)::value_type;
  Handler handler = internal::MakeHandler<Request, Response>(name, Shape::kWatch);
  handler.read_on = [use_case](const app::Call& call, store::Transaction& transaction,
                               google::protobuf::Message& request) -> absl::StatusOr<WatchPage> {
    Request& typed = static_cast<Request&>(request);
    absl::StatusOr<Changes> changes = use_case(call, transaction, typed);
    if (!changes.ok()) {
      return changes.status();
    }
    WatchPage page;
    for (const Response& message : changes->messages) {
      page.messages.push_back(message.SerializeAsString());
    }
    typed.set_resume_token(changes->resume_token);
    return page;
  };
  return handler;
}

}  // namespace mendwork::rpc
