// A store in a temporary directory with a scratch table, and grants made by a stand-in for the policy layer.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "service/base/status.h"
#include "service/store/store.h"
#include "tests/support/faulty_storage.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_key_provider.h"
#include "tests/support/seeded_random.h"
#include "tests/support/temporary_directory.h"

namespace mendwork::policy {

// Only in this binary, which does not link the policy layer: the store's tests need grants.
class DecisionPoint {
 public:
  static domain::Grant GrantForTest(const store::RecordIdentity& identity, uint64_t transaction_id) {
    domain::Grant::Fields fields;
    fields.practice_id = identity.practice_id;
    fields.subject = identity.subject;
    fields.purpose = identity.purpose;
    fields.viewer_id = 1;
    fields.action = "test";
    fields.rule_id = "test";
    return domain::Grant(std::move(fields), transaction_id);
  }
};

}  // namespace mendwork::policy

namespace mendwork::store {

constexpr char kCreateNote[] = "CREATE TABLE note (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT";
constexpr char kInsertNote[] = "INSERT INTO note (id, body) VALUES ($id, $body)";
constexpr char kSelectNote[] = "SELECT body FROM note WHERE id = $id";
constexpr char kCountNotes[] = "SELECT COUNT(*) FROM note";

inline RecordIdentity NoteIdentity(int64_t row_id = 1) {
  RecordIdentity identity;
  identity.practice_id = 10;
  identity.table = "note";
  identity.row_id = row_id;
  identity.column = "body";
  identity.subject = {domain::Subject::Kind::kPerson, 20};
  identity.purpose = domain::KeyPurpose::kPartnerPrivate;
  identity.row_version = 1;
  return identity;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreOptions Options() {
    StoreOptions options;
    options.directory = directory_.path();
    options.clock = &clock_;
    options.random = &random_;
    options.keys = &keys_;
    options.vfs.hook = &storage_;
    options.vfs.on_failure = [this](absl::string_view operation, absl::string_view) {
      failures_.emplace_back(operation);
    };
    return options;
  }

  void Open() { Open(Options()); }
  void Open(StoreOptions options) {
    absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(std::move(options));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  }
  void OpenWithNotes() {
    Open();
    ASSERT_TRUE(store_->WriteAndWait([](WriteTransaction& t) { return t.Query(kCreateNote).Run(); }).ok());
  }
  void Close() { store_.reset(); }

  absl::Status Insert(int64_t id, absl::string_view body = "x") {
    return store_->WriteAndWait([&](WriteTransaction& transaction) {
      return transaction.Query(kInsertNote).Bind("$id", id).Bind("$body", Blob{body}).Run();
    });
  }
  int64_t Count(const char* sql = kCountNotes) {
    int64_t count = -1;
    const absl::Status status = store_->Read([&](ReadTransaction& transaction) -> absl::Status {
      Statement statement = transaction.Query(sql);
      MENDWORK_ASSIGN_OR_RETURN(const bool row, statement.Step());
      count = row ? statement.Int64(0) : -1;
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return count;
  }
  absl::StatusOr<std::string> OpenSealed(const RecordIdentity& identity, absl::string_view sealed) {
    absl::StatusOr<std::string> plaintext;
    store_
        ->Read([&](ReadTransaction& transaction) {
          const domain::Grant grant = policy::DecisionPoint::GrantForTest(identity, transaction.id());
          plaintext = transaction.Open(grant, identity, sealed);
          return absl::OkStatus();
        })
        .IgnoreError();
    return plaintext;
  }

  test::TemporaryDirectory directory_;
  test::ManualClock clock_;
  test::SeededRandom random_;
  test::MemoryKeyProvider keys_{&random_};
  test::FaultyStorage storage_;
  std::vector<std::string> failures_;
  std::unique_ptr<Store> store_;
};

}  // namespace mendwork::store
