// A practice that has worked for years, made in minutes: real rows through the store's own writer.
#include <cstdio>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "mendwork/storage/v1/storage.pb.h"
#include "service/app/door.h"
#include "service/app/names.h"
#include "service/base/crypto.h"
#include "service/base/public_id.h"
#include "service/store/file_key_provider.h"
#include "service/store/homework_rows.h"
#include "service/store/store.h"
#include "tests/bench/sections.h"

namespace mendwork::bench {
namespace {

constexpr int kRowsPerJob = 100;
constexpr int kJobsWaiting = 64;
// Spread over the past, oldest first, as ids are.
constexpr absl::Duration kBetweenResponses = absl::Minutes(2);

void Require(const absl::Status& status) {
  if (!status.ok()) {
    Fail("filling the file: " + std::string(status.message()));
  }
}

struct Subject {
  int64_t couple_id = 0;
  int64_t person_id = 0;
  int64_t therapist_id = 0;
};

struct Rows {
  store::AssignmentRow assignment;
  store::ResponseRow response;
  store::ResponseVersionRow version;
  store::WithheldRow withheld;
};

class Filler {
 public:
  Filler(const std::string& data_directory, const Practice& practice)
      : keys_(data_directory + "/secrets", &random_) {
    store::StoreOptions options;
    options.directory = data_directory;
    options.clock = &clock_;
    options.random = &random_;
    options.keys = &keys_;
    auto store = store::Store::Open(std::move(options));
    Require(store.status());
    store_ = *std::move(store);
    ReadNames(practice);
    *content_.mutable_answers() = Practice::AnswersOnly().answers();
  }

  void Fill(int count) {
    const absl::Time start = clock_.Now() - kBetweenResponses * count;
    for (int done = 0; done < count; done += kRowsPerJob) {
      std::vector<Rows> rows;
      for (int i = done; i < std::min(count, done + kRowsPerJob); ++i) {
        rows.push_back(
            Make(subjects_[static_cast<size_t>(i) % subjects_.size()], start + kBetweenResponses * i));
      }
      Queue(std::move(rows));
      if (done % 100'000 == 0) {
        std::fprintf(stderr, "filling: %d of %d\n", done, count);
      }
    }
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(
        +[](int* waiting) { return *waiting == 0; }, &waiting_));
  }

 private:
  void ReadNames(const Practice& practice) {
    auto key = store_->keyring().ServerSecret("public-id", 16);
    Require(key.status());
    const base::PublicIds ids(*std::move(key));
    const auto id_in = [&ids](const std::string& name, size_t position, app::Kind kind) {
      const std::vector<std::string> parts = absl::StrSplit(name, '/');
      const auto id = ids.Decode(static_cast<uint8_t>(kind), parts.at(position));
      if (!id.has_value()) {
        Fail("the practice is not of this data directory");
      }
      return *id;
    };
    practice_id_ = id_in(practice.name(), 1, app::Kind::kPractice);
    for (const Couple& couple : practice.couples()) {
      for (const size_t partner : couple.partners) {
        subjects_.push_back({id_in(couple.name, 3, app::Kind::kCouple),
                             id_in(practice.partners()[partner].name, 5, app::Kind::kPartner),
                             id_in(practice.therapists()[couple.therapist].name, 3, app::Kind::kStaff)});
      }
    }
  }

  Rows Make(const Subject& subject, absl::Time time) {
    Rows rows;
    rows.assignment = {.assignment_id = store_->NewId(),
                       .practice_id = practice_id_,
                       .couple_id = subject.couple_id,
                       .person_id = subject.person_id,
                       .group_id = store_->NewId(),
                       .exercise_key = "s7-self-care",
                       .revision = 1,
                       .variant = "a",
                       .create_time = time,
                       .assigner_id = subject.therapist_id};
    rows.response = {.response_id = store_->NewId(),
                     .practice_id = practice_id_,
                     .couple_id = subject.couple_id,
                     .assignment_id = rows.assignment.assignment_id,
                     .person_id = subject.person_id,
                     .state = store::ResponseState::kSubmitted,
                     .submit_time = time,
                     .content_version = 1,
                     .version = 2};
    rows.version = {.response_id = rows.response.response_id,
                    .content_version = 1,
                    .content = Seal(app::ContentRecord(rows.response, 1), content_),
                    .language = "en",
                    .submit_time = time};
    const int64_t withheld_version = store_->NewId();
    rows.withheld = {
        .response_id = rows.response.response_id,
        .item_ids = Seal(app::WithheldRecord(rows.response, withheld_version), storage::v1::WithheldItems()),
        .item_ids_version = withheld_version};
    return rows;
  }

  std::string Seal(const store::RecordIdentity& identity, const google::protobuf::MessageLite& message) {
    auto sealed = store_->Seal(identity, message.SerializeAsString());
    Require(sealed.status());
    return *std::move(sealed);
  }

  void Queue(std::vector<Rows> rows) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(
          +[](int* waiting) { return *waiting < kJobsWaiting; }, &waiting_));
      ++waiting_;
    }
    store_->Write(
        absl::InfiniteFuture(),
        [rows = std::move(rows)](store::WriteTransaction& transaction) {
          for (const Rows& each : rows) {
            Require(Write(transaction, each));
          }
          return absl::OkStatus();
        },
        [this](const absl::Status& status) {
          Require(status);
          absl::MutexLock lock(&mutex_);
          --waiting_;
        });
  }

  static absl::Status Write(store::WriteTransaction& transaction, const Rows& rows) {
    Require(store::InsertAssignment(transaction, rows.assignment));
    Require(store::InsertResponse(transaction, rows.response));
    Require(store::InsertResponseVersion(transaction, rows.version));
    Require(store::PutWithheld(transaction, rows.withheld));
    store::AuditEntry assigned;
    assigned.practice_id = rows.response.practice_id;
    assigned.actor_kind = "staff";
    assigned.actor_id = rows.assignment.assigner_id;
    assigned.action = "AssignExercise";
    assigned.object_kind = "assignment";
    assigned.object_id = rows.assignment.assignment_id;
    assigned.decision = store::AuditDecision::kPermit;
    Require(transaction.Audit(assigned));
    store::AuditEntry submitted = assigned;
    submitted.actor_kind = "partner";
    submitted.actor_id = rows.response.person_id;
    submitted.action = "SubmitResponse";
    submitted.object_kind = "response";
    submitted.object_id = rows.response.response_id;
    submitted.ciphertext_hash = base::Sha256(rows.version.content);
    return transaction.Audit(submitted);
  }

  base::SystemClock clock_;
  base::SystemRandom random_;
  store::FileKeyProvider keys_;
  absl::Mutex mutex_;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;  // jobs
  storage::v1::ResponseContent content_;
  int64_t practice_id_ = 0;
  std::vector<Subject> subjects_;
  std::unique_ptr<store::Store> store_;  // last: its writer uses the members above
};

}  // namespace

void FillResponses(const std::string& data_directory, const Practice& practice, int count) {
  Filler(data_directory, practice).Fill(count);
}

}  // namespace mendwork::bench
