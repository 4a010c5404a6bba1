#include "service/store/sealing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "service/store/fields.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using SealingTest = StoreTest;

constexpr size_t kOverhead = 1 + 8 + 24 + 16;

TEST(SizeClass, KnownClasses) {
  for (const auto& [size, size_class] : std::vector<std::pair<size_t, size_t>>{{1, 256},
                                                                               {256, 256},
                                                                               {257, 320},
                                                                               {320, 320},
                                                                               {321, 384},
                                                                               {448, 448},
                                                                               {449, 512},
                                                                               {512, 512},
                                                                               {513, 640},
                                                                               {1024, 1024},
                                                                               {1025, 1280},
                                                                               {2048, 2048},
                                                                               {2049, 2560}}) {
    EXPECT_EQ(SizeClass(size), size_class) << size;
  }
}

TEST(SizeClass, HoldsTheTextAtMostAQuarterLargerInFourStepsPerDoubling) {
  size_t last = 0;
  std::vector<size_t> classes;
  for (size_t size = 1; size <= 70'000; ++size) {
    const size_t size_class = SizeClass(size);
    ASSERT_GE(size_class, size);
    ASSERT_GE(size_class, last) << "grows with the size";
    ASSERT_EQ(SizeClass(size_class), size_class) << "a class is its own class";
    if (size >= 256) {
      ASSERT_LE(size_class * 4, size * 5);
    }
    if (size_class != last) {
      classes.push_back(size_class);
    }
    last = size_class;
  }
  for (size_t i = 4; i < classes.size(); ++i) {
    EXPECT_EQ(classes[i], classes[i - 4] * 2);
  }
}

TEST_F(SealingTest, OpensWhatWasSealedAtEverySizeAndByte) {
  Open();
  test::SeededRandom random(7);
  for (size_t size = 0; size < 1300; size += (size < 600 ? 1 : 37)) {
    std::string text = random.Bytes(size);
    if (size % 3 == 0) {
      text += std::string("\x80\0\0", 3);  // what padding looks like
    }
    const absl::StatusOr<std::string> sealed = store_->Seal(NoteIdentity(), text);
    ASSERT_TRUE(sealed.ok());
    ASSERT_EQ(sealed->size(), SizeClass(text.size() + 1) + kOverhead);
    ASSERT_EQ(*OpenSealed(NoteIdentity(), *sealed), text) << size;
  }
}

TEST_F(SealingTest, LayoutIsAsDocumented) {
  Open();
  const std::string one = *store_->Seal(NoteIdentity(1), "words");
  const std::string two = *store_->Seal(NoteIdentity(2), "words");
  EXPECT_EQ(one[0], 0x01);
  EXPECT_EQ(one.substr(1, 8), two.substr(1, 8)) << "one key per subject and purpose";
  EXPECT_NE(one.substr(9, 24), two.substr(9, 24)) << "a nonce each";
  EXPECT_THAT(one, Not(HasSubstr("words")));
  RecordIdentity other = NoteIdentity();
  other.purpose = domain::KeyPurpose::kSafety;
  EXPECT_NE(store_->Seal(other, "words")->substr(1, 8), one.substr(1, 8));
}

TEST_F(SealingTest, ARecordInAnotherPlaceDoesNotOpen) {
  Open();
  const RecordIdentity home = NoteIdentity();
  const std::string sealed = *store_->Seal(home, "words");
  ASSERT_EQ(*OpenSealed(home, sealed), "words");
  const std::vector<std::pair<const char*, std::function<void(RecordIdentity&)>>> moves = {
      {"practice", [](RecordIdentity& identity) { identity.practice_id = 11; }},
      {"table", [](RecordIdentity& identity) { identity.table = "draft"; }},
      {"row", [](RecordIdentity& identity) { identity.row_id = 2; }},
      {"column", [](RecordIdentity& identity) { identity.column = "title"; }},
      {"subject", [](RecordIdentity& identity) { identity.subject.id = 21; }},
      {"subject kind",
       [](RecordIdentity& identity) { identity.subject.kind = domain::Subject::Kind::kCouple; }},
      {"purpose", [](RecordIdentity& identity) { identity.purpose = domain::KeyPurpose::kSafety; }},
      {"version", [](RecordIdentity& identity) { identity.row_version = 2; }},
  };
  for (const auto& [name, move] : moves) {
    RecordIdentity elsewhere = home;
    move(elsewhere);
    ASSERT_TRUE(store_->Seal(elsewhere, "own").ok());  // so that the other owner has a key as well
    const absl::Status status = OpenSealed(elsewhere, sealed).status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << name;
    EXPECT_EQ(base::Reason(status), "SEALED_RECORD_UNREADABLE") << name;
  }
}

// The associated data alone stops a move, also when key and key id are the same.
TEST_F(SealingTest, MovesWithinOneKeyAreStoppedByTheAssociatedData) {
  Open();
  const std::string sealed = *store_->Seal(NoteIdentity(), "words");
  for (const auto& move : std::vector<std::function<void(RecordIdentity&)>>{
           [](RecordIdentity& identity) { identity.table = "draft"; },
           [](RecordIdentity& identity) { identity.row_id = 2; },
           [](RecordIdentity& identity) { identity.column = "title"; },
           [](RecordIdentity& identity) { identity.row_version = 2; }}) {
    RecordIdentity elsewhere = NoteIdentity();
    move(elsewhere);
    const absl::Status status = OpenSealed(elsewhere, sealed).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("from another place"));
  }
}

TEST_F(SealingTest, EveryFlippedBitIsNoticed) {
  Open();
  const std::string sealed = *store_->Seal(NoteIdentity(), "words");
  for (size_t byte = 0; byte < sealed.size(); ++byte) {
    std::string damaged = sealed;
    damaged[byte] ^= static_cast<char>(1 << (byte % 8));
    const absl::Status status = OpenSealed(NoteIdentity(), damaged).status();
    ASSERT_EQ(base::Reason(status), "SEALED_RECORD_UNREADABLE") << byte;
    ASSERT_THAT(std::string(status.message()), Not(HasSubstr("words")));
  }
  for (const size_t size : {size_t{0}, size_t{1}, size_t{33}, kOverhead - 1, sealed.size() - 1}) {
    EXPECT_FALSE(OpenSealed(NoteIdentity(), sealed.substr(0, size)).ok()) << size;
  }
}

TEST_F(SealingTest, NothingOpensWithoutTheDecisionForIt) {
  Open();
  const std::string sealed = *store_->Seal(NoteIdentity(), "words");
  RecordIdentity other_subject = NoteIdentity();
  other_subject.subject.id = 21;
  RecordIdentity other_practice = NoteIdentity();
  other_practice.practice_id = 11;
  RecordIdentity other_purpose = NoteIdentity();
  other_purpose.purpose = domain::KeyPurpose::kOutcome;
  uint64_t earlier = 0;
  ASSERT_TRUE(store_
                  ->Read([&](ReadTransaction& transaction) {
                    earlier = transaction.id();
                    for (const RecordIdentity& granted : {other_subject, other_practice, other_purpose}) {
                      const domain::Grant grant =
                          policy::DecisionPoint::GrantForTest(granted, transaction.id());
                      const absl::Status status = transaction.Open(grant, NoteIdentity(), sealed).status();
                      EXPECT_EQ(base::Reason(status), "GRANT_MISMATCH");
                      EXPECT_TRUE(absl::IsInternal(status));
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  ASSERT_TRUE(
      store_
          ->WriteAndWait([&](WriteTransaction& transaction) {
            EXPECT_NE(transaction.id(), earlier);
            const domain::Grant old = policy::DecisionPoint::GrantForTest(NoteIdentity(), earlier);
            EXPECT_EQ(base::Reason(transaction.Open(old, NoteIdentity(), sealed).status()), "GRANT_MISMATCH");
            domain::Grant grant = policy::DecisionPoint::GrantForTest(NoteIdentity(), transaction.id());
            EXPECT_EQ(*transaction.Open(grant, NoteIdentity(), sealed), "words");
            const domain::Grant moved = std::move(grant);
            EXPECT_EQ(*transaction.Open(moved, NoteIdentity(), sealed), "words");
            EXPECT_EQ(base::Reason(transaction.Open(grant, NoteIdentity(), sealed).status()),
                      "GRANT_MISMATCH")
                << "a moved-from grant opens nothing";
            return absl::OkStatus();
          })
          .ok());
}

TEST_F(SealingTest, ATooLargeRecordIsRefused) {
  Open();
  EXPECT_TRUE(store_->Seal(NoteIdentity(), std::string(kPlaintextSizeMax, 'x')).ok());
  EXPECT_EQ(base::Reason(store_->Seal(NoteIdentity(), std::string(kPlaintextSizeMax + 1, 'x')).status()),
            "RECORD_TOO_LARGE");
}

TEST(Fields, DifferentListsNeverEncodeTheSame) {
  EXPECT_NE(Fields().Text("ab").Text("c").Take(), Fields().Text("a").Text("bc").Take());
  EXPECT_NE(Fields().Text("").Text("a").Take(), Fields().Text("a").Text("").Take());
  EXPECT_EQ(Fields().Integer(-2).Take(), std::string("\0\0\0\x08\xff\xff\xff\xff\xff\xff\xff\xfe", 12));
}

}  // namespace
}  // namespace mendwork::store
