#include "service/rpc/serve.h"

namespace mendwork::rpc::internal {
namespace {

// What the two halves of a write share. The body runs before `done`, on the writer thread.
struct Work {
  std::unique_ptr<AdmittedCall> admitted;
  WriteStep step;
  ReplyCallback done;
  Reply reply = std::string();
};

Reply RunStep(Work& work, store::WriteTransaction& transaction) {
  const AdmittedCall& admitted = *work.admitted;
  if (admitted.request_id.empty()) {
    return work.step(admitted, transaction);
  }
  return app::RunOnce(admitted.call, transaction, {admitted.method, admitted.request_id, admitted.body_hash},
                      [&work, &transaction] { return work.step(*work.admitted, transaction); });
}

}  // namespace

void RunQuery(std::unique_ptr<AdmittedCall> admitted, const ReadStep& step, ReplyCallback done) {
  Reply reply = std::string();
  const absl::Status status =
      admitted->call.runtime.store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
        reply = step(*admitted, transaction);
        return reply.status();
      });
  admitted.reset();
  done(status.ok() ? std::move(reply) : Reply(status));
}

void RunWrite(std::unique_ptr<AdmittedCall> admitted, WriteStep step, ReplyCallback done) {
  store::Store& store = admitted->call.runtime.store();
  const absl::Time deadline = admitted->deadline;
  auto work = std::make_shared<Work>(Work{std::move(admitted), std::move(step), std::move(done)});
  store.Write(
      deadline,
      [work](store::WriteTransaction& transaction) -> absl::Status {
        work->reply = RunStep(*work, transaction);
        return app::CommitsAnyway(work->reply.status()) ? absl::OkStatus() : work->reply.status();
      },
      [work](absl::Status committed) {
        work->admitted->slot.Release();
        work->done(committed.ok() ? std::move(work->reply) : Reply(std::move(committed)));
      });
}

}  // namespace mendwork::rpc::internal
