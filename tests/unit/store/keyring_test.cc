#include "service/store/keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>
#include <thread>

#include "service/base/file.h"
#include "service/store/file_key_provider.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using ::testing::HasSubstr;

class KeyringTest : public StoreTest {
 protected:
  StoreOptions FileOptions() {
    file_keys_ = std::make_unique<FileKeyProvider>(directory_.File("secrets"), &random_);
    StoreOptions options = Options();
    options.keys = file_keys_.get();
    return options;
  }
  absl::Status TryOpenWithFile() {
    Close();
    return Store::Open(FileOptions()).status();
  }
  std::string kek() const { return directory_.File("secrets/kek-1"); }

  std::unique_ptr<FileKeyProvider> file_keys_;
};

TEST_F(KeyringTest, KeysAreThereAgainAfterARestart) {
  Open(FileOptions());
  const std::string sealed = *store_->Seal(NoteIdentity(), "words");
  const base::Secret secret = *store_->keyring().ServerSecret("public-id", 16);
  Close();
  Open(FileOptions());
  EXPECT_EQ(store_->keyring().opened_keys(), 0u);
  EXPECT_EQ(*OpenSealed(NoteIdentity(), sealed), "words");
  EXPECT_EQ(store_->keyring().ServerSecret("public-id", 16)->view(), secret.view());
  EXPECT_NE(store_->keyring().ServerSecret("login-name", 16)->view(), secret.view());
  EXPECT_EQ(store_->Seal(NoteIdentity(), "more")->substr(1, 8), sealed.substr(1, 8)) << "no new key";
}

TEST_F(KeyringTest, TheFirstStartMakesAPrivateKeyFile) {
  Open(FileOptions());
  struct stat attributes;
  ASSERT_EQ(stat(kek().c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 0777, 0400u);
  EXPECT_EQ(attributes.st_size, 32);
  ASSERT_EQ(stat(directory_.File("secrets").c_str(), &attributes), 0);
  EXPECT_EQ(attributes.st_mode & 0777, 0700u);
}

TEST_F(KeyringTest, AMissingKeyFileIsAnErrorAndNotReplaced) {
  Open(FileOptions());
  Close();
  std::filesystem::remove(kek());
  const absl::Status status = TryOpenWithFile();
  EXPECT_EQ(base::Reason(status), "KEY_FILE_MISSING");
  EXPECT_THAT(std::string(status.message()), HasSubstr("Restore it from the backup of the secrets"));
  EXPECT_FALSE(std::filesystem::exists(kek()));
}

TEST_F(KeyringTest, AnotherServersKeyFileIsAnError) {
  Open(FileOptions());
  Close();
  ASSERT_TRUE(base::WriteFileAtomically(kek(), std::string(32, 'x'), 0400).ok());
  EXPECT_EQ(base::Reason(TryOpenWithFile()), "KEY_NOT_UNWRAPPED");
  ASSERT_TRUE(base::WriteFileAtomically(kek(), "short", 0400).ok());
  EXPECT_EQ(base::Reason(TryOpenWithFile()), "KEY_FILE_DAMAGED");
}

TEST_F(KeyringTest, AKeyFileThatOthersMayReadIsRefused) {
  Open(FileOptions());
  Close();
  for (const mode_t mode : {0440, 0404, 0420}) {
    ASSERT_EQ(chmod(kek().c_str(), mode), 0);
    const absl::Status status = TryOpenWithFile();
    EXPECT_EQ(base::Reason(status), "KEY_FILE_PERMISSIONS") << mode;
    EXPECT_THAT(std::string(status.message()), HasSubstr("chmod 400"));
  }
  ASSERT_EQ(chmod(kek().c_str(), 0400), 0);
  ASSERT_EQ(chmod(directory_.File("secrets").c_str(), 0750), 0);
  EXPECT_THAT(std::string(TryOpenWithFile().message()), HasSubstr("chmod 700"));
  ASSERT_EQ(chmod(directory_.File("secrets").c_str(), 0700), 0);
  EXPECT_TRUE(TryOpenWithFile().ok());
}

TEST_F(KeyringTest, AMissingOrForeignKeyringIsAnError) {
  Open(FileOptions());
  Close();
  std::filesystem::rename(directory_.File("keyring.db"), directory_.File("kept"));
  EXPECT_EQ(base::Reason(TryOpenWithFile()), "KEYRING_MISSING");
  EXPECT_FALSE(std::filesystem::exists(directory_.File("keyring.db"))) << "nothing is made in its place";
  std::filesystem::rename(directory_.File("mendwork.db"), directory_.File("mendwork.kept"));
  EXPECT_TRUE(TryOpenWithFile().ok()) << "a new pair";
  std::filesystem::rename(directory_.File("mendwork.kept"), directory_.File("mendwork.db"));
  EXPECT_EQ(base::Reason(TryOpenWithFile()), "KEYRING_MISMATCH");
}

TEST_F(KeyringTest, DestroyedMeansUnreadableAndGoneFromTheFiles) {
  OpenWithNotes();
  const RecordIdentity identity = NoteIdentity();
  const std::string sealed = *store_->Seal(identity, "words");
  RecordIdentity neighbour = identity;
  neighbour.subject.id = 21;
  const std::string other = *store_->Seal(neighbour, "others");
  const std::string key_id = sealed.substr(1, 8);
  const auto occurrences = [&] {
    int count = 0;
    for (const char* file : {"keyring.db", "keyring.db-wal"}) {
      count += absl::StrContains(*base::ReadFile(directory_.File(file)), key_id);
    }
    return count;
  };
  EXPECT_GE(occurrences(), 1);
  ASSERT_TRUE(store_->keyring().Destroy(identity.owner()).ok());
  EXPECT_EQ(occurrences(), 0);
  EXPECT_EQ(base::Reason(OpenSealed(identity, sealed).status()), "SEALED_RECORD_UNREADABLE");
  EXPECT_EQ(*OpenSealed(neighbour, other), "others");
  EXPECT_TRUE(store_->keyring().Destroy(identity.owner()).ok()) << "may be repeated";
  EXPECT_NE(store_->Seal(identity, "new")->substr(1, 8), key_id);
  EXPECT_EQ(base::Reason(OpenSealed(identity, sealed).status()), "SEALED_RECORD_UNREADABLE");
}

TEST_F(KeyringTest, RotationKeepsOldRecordsReadable) {
  Open();
  const std::string before = *store_->Seal(NoteIdentity(), "before");
  ASSERT_TRUE(store_->keyring().Rotate(NoteIdentity().owner()).ok());
  const std::string after = *store_->Seal(NoteIdentity(), "after");
  EXPECT_NE(before.substr(1, 8), after.substr(1, 8));
  EXPECT_EQ(*OpenSealed(NoteIdentity(), before), "before");
  EXPECT_EQ(*OpenSealed(NoteIdentity(), after), "after");
}

TEST_F(KeyringTest, IdleKeysLeaveMemoryAndComeBack) {
  Open();
  const std::string sealed = *store_->Seal(NoteIdentity(), "words");
  EXPECT_EQ(store_->keyring().opened_keys(), 1u);
  clock_.Advance(kKeyIdleTime - absl::Seconds(1));
  store_->keyring().DropIdle();
  EXPECT_EQ(store_->keyring().opened_keys(), 1u);
  EXPECT_EQ(*OpenSealed(NoteIdentity(), sealed), "words");
  clock_.Advance(kKeyIdleTime - absl::Seconds(1));
  store_->keyring().DropIdle();
  EXPECT_EQ(store_->keyring().opened_keys(), 1u) << "was used meanwhile";
  clock_.Advance(absl::Seconds(2));
  store_->keyring().DropIdle();
  EXPECT_EQ(store_->keyring().opened_keys(), 0u);
  EXPECT_EQ(*OpenSealed(NoteIdentity(), sealed), "words");
}

TEST_F(KeyringTest, ThreadsThatMeetMakeOneKeyPerOwner) {
  Open();
  std::vector<std::thread> threads;
  std::vector<std::set<std::string>> key_ids(6);
  for (size_t thread = 0; thread < key_ids.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int64_t subject = 1; subject <= 30; ++subject) {
        RecordIdentity identity = NoteIdentity();
        identity.subject.id = subject;
        const absl::StatusOr<std::string> sealed = store_->Seal(identity, "words");
        ASSERT_TRUE(sealed.ok());
        key_ids[thread].insert(sealed->substr(1, 8));
        store_->keyring().DropIdle();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(key_ids[0].size(), 30u);
  for (const std::set<std::string>& ids : key_ids) {
    EXPECT_EQ(ids, key_ids[0]);
  }
}

TEST(LockedMemory, ManyKeysInFewPages) {
  LockedMemory memory;
  std::vector<LockedBlock> blocks;
  std::set<uint8_t*> addresses;
  for (int i = 0; i < 1000; ++i) {
    blocks.push_back(memory.Allocate());
    addresses.insert(blocks.back().data());
    blocks.back().data()[31] = 1;
  }
  EXPECT_EQ(addresses.size(), 1000u);
  uint8_t* const last = blocks.back().data();
  blocks.pop_back();
  EXPECT_EQ(last[31], 0) << "zeroed when it goes";
  EXPECT_EQ(memory.Allocate().data(), last) << "and used again";
}

}  // namespace
}  // namespace mendwork::store
