#include "service/app/runtime.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/app/call.h"
#include "service/base/status.h"
#include "service/store/homework_rows.h"
#include "service/store/people_rows.h"

namespace mendwork::app {
namespace {

constexpr size_t kIdKeySize = 16;
constexpr size_t kKeySize = 32;

absl::Status RecordCatalog(store::WriteTransaction& transaction, const domain::Catalog& catalog) {
  MENDWORK_ASSIGN_OR_RETURN(auto rows, store::ListExerciseRevisions(transaction));
  std::map<std::pair<std::string, int64_t>, std::string> known;
  for (const auto& row : rows) {
    known[{row.exercise_key, row.revision}] = row.content_hash;
  }
  for (const domain::ExerciseRevision& revision : catalog.exercises()) {
    const auto found = known.find({revision.key, revision.revision});
    if (found == known.end()) {
      MENDWORK_RETURN_IF_ERROR(
          store::InsertExerciseRevision(transaction, {.exercise_key = revision.key,
                                                      .revision = revision.revision,
                                                      .content_hash = revision.content_hash,
                                                      .source = revision.source_text,
                                                      .create_time = transaction.now()}));
    } else if (found->second != revision.content_hash) {
      return base::Error(
          absl::StatusCode::kFailedPrecondition, "REVISION_CHANGED",
          absl::StrCat("revision ", revision.revision, " of the exercise ", revision.key,
                       " was published with other content. Published revisions never change: give the "
                       "changed file a new revision number, or bring the old file back."));
    }
  }
  return absl::OkStatus();
}

SessionEntry EntryOf(const store::LiveSessionRow& row, absl::Time now) {
  const bool partner = (row.roles & static_cast<uint32_t>(Role::kPartner)) != 0;
  return {.session_id = row.session.session_id,
          .practice_id = row.session.practice_id,
          .person_id = row.session.person_id,
          .couple_id = row.couple_id,
          .roles = row.roles,
          .language = row.language,
          .expire_time = row.session.expire_time,
          .idle_timeout = partner ? kPartnerIdleTimeout : kStaffIdleTimeout,
          .last_use = now};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Runtime>> Runtime::Start(RuntimeOptions options) {
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(options)));
  runtime->start_time_ = runtime->Now();
  store::Keyring& keyring = runtime->store().keyring();
  MENDWORK_ASSIGN_OR_RETURN(base::Secret id_key, keyring.ServerSecret("public-id", kIdKeySize));
  runtime->ids_ = std::make_unique<base::PublicIds>(std::move(id_key));
  MENDWORK_ASSIGN_OR_RETURN(runtime->login_key_, keyring.ServerSecret("login-name", kKeySize));
  MENDWORK_ASSIGN_OR_RETURN(runtime->page_token_key_, keyring.ServerSecret("page-token", kKeySize));

  MENDWORK_RETURN_IF_ERROR(runtime->store().WriteAndWait(
      [&](store::WriteTransaction& transaction) { return RecordCatalog(transaction, runtime->catalog()); }));
  MENDWORK_RETURN_IF_ERROR(runtime->store().Read([&](store::ReadTransaction& transaction) -> absl::Status {
    MENDWORK_ASSIGN_OR_RETURN(auto sessions, store::ListLiveSessions(transaction, transaction.now()));
    for (const auto& row : sessions) {
      runtime->sessions_.Add(row.session.token_hash, EntryOf(row, transaction.now()));
    }
    return absl::OkStatus();
  }));
  return runtime;
}

}  // namespace mendwork::app
