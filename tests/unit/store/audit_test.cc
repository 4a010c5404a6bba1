#include "service/store/audit.h"

#include <gtest/gtest.h>

#include "service/base/crypto.h"
#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using AuditTest = StoreTest;

// Golden vectors, made by a program of its own (Python's struct and hashlib) from the description in audit.h:
// an outsider's verifier must be able to do the same. They never change; a new encoding gets a new version.
constexpr char kFullEntry[] =
    "00000001010000000800000000000000010000000800066517289880000000000800000000000000070000001054fce8"
    "3337b8311ba150c1e631fcf8b70000000e416363657373526573706f6e736500000008726573706f6e736500000010e6"
    "f69ec5e1fdb44ef77323c769989b7f000000024231000000010100000020c9d0036bed6744bcdf692fc980d8717d7e5f"
    "5a4f4e8266b4a84982602fb1cd090000002074f0a853cb89e0cbdc88a5c4a0744634ef66efea666193943c935bb53822"
    "0d8e";
constexpr char kFullLeaf[] = "c6ce870ef3313eb686a77b9a50c96066473aab968d596ac04be9e582a6215743";
constexpr char kEmptyEntry[] =
    "000000010100000008000000000000000200000008ffffffffffffffff0000000800000000000000000000001071aecb"
    "47a29d8a14998c65ed69f6545e0000000000000000000000102b2925fafd5806b7145c34cdcb02613700000000000000"
    "01030000000000000000";
constexpr char kEmptyLeaf[] = "e44043ca2c33ad8419508712c6f59b270df1adf43a8ea4a030e1fea74a1180a7";
constexpr char kTherapist42[] = "54fce83337b8311ba150c1e631fcf8b7";

std::string Key() {
  std::string key;
  for (char byte = 0; byte < 32; ++byte) {
    key.push_back(byte);
  }
  return key;
}

TEST(AuditEncoding, FullEntryGolden) {
  AuditRecord record;
  record.sequence = 1;
  record.time = absl::FromUnixSeconds(1'800'000'000);
  record.practice_id = 7;
  record.actor = AuditPseudonym(Key(), "therapist", 42);
  record.action = "AccessResponse";
  record.object_kind = "response";
  record.object = AuditPseudonym(Key(), "response", 99);
  record.rule_id = "B1";
  record.decision = AuditDecision::kPermit;
  record.ciphertext_hash = base::Sha256("sealed");
  record.details_hash = base::KeyedHash(Key(), "reason");
  EXPECT_EQ(base::HexEncode(record.actor), kTherapist42);
  EXPECT_EQ(base::HexEncode(EncodeAuditEntry(record)), kFullEntry);
  EXPECT_EQ(base::HexEncode(LeafHash(EncodeAuditEntry(record))), kFullLeaf);
}

TEST(AuditEncoding, EmptyEntryGolden) {
  AuditRecord record;
  record.sequence = 2;
  record.time = absl::FromUnixMicros(-1);
  record.actor = AuditPseudonym(Key(), "server", 0);
  record.object = AuditPseudonym(Key(), "", 0);
  EXPECT_EQ(base::HexEncode(EncodeAuditEntry(record)), kEmptyEntry);
  EXPECT_EQ(base::HexEncode(LeafHash(EncodeAuditEntry(record))), kEmptyLeaf);
}

TEST(AuditEncoding, PseudonymsDependOnKeyKindAndId) {
  const std::string pseudonym = AuditPseudonym(Key(), "partner", 5);
  EXPECT_EQ(pseudonym.size(), 16u);
  EXPECT_EQ(AuditPseudonym(Key(), "partner", 5), pseudonym);
  EXPECT_NE(AuditPseudonym(Key(), "partner", 6), pseudonym);
  EXPECT_NE(AuditPseudonym(Key(), "therapist", 5), pseudonym);
  EXPECT_NE(AuditPseudonym(std::string(32, 'k'), "partner", 5), pseudonym);
}

TEST_F(AuditTest, StoredEntriesDecodeToTheirLeavesAndContinueAfterARestart) {
  Open();
  AuditEntry entry;
  entry.practice_id = 7;
  entry.actor_kind = "therapist";
  entry.actor_id = 4242424242;
  entry.action = "AccessResponse";
  entry.object_kind = "response";
  entry.object_id = 99;
  entry.rule_id = "B1";
  entry.decision = AuditDecision::kPermit;
  entry.details = "the break-glass reason in words";
  const auto append = [&] {
    ASSERT_TRUE(
        store_->WriteAndWait([&](WriteTransaction& transaction) { return transaction.Audit(entry); }).ok());
  };
  append();
  append();
  Close();
  Open();
  append();
  const std::string key(store_->keyring().ServerSecret("audit-pseudonym:7", 32)->view());
  int64_t sequence = 0;
  const absl::Status status = store_->Read([&](ReadTransaction& transaction) -> absl::Status {
    Statement rows = transaction.Query(
        "SELECT sequence, practice_id, entry, leaf_hash FROM audit_entry ORDER BY sequence");
    for (;;) {
      MENDWORK_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) {
        return absl::OkStatus();
      }
      EXPECT_EQ(rows.Int64(0), ++sequence);
      EXPECT_EQ(rows.Int64(1), 7);
      AuditRecord expected;
      expected.sequence = sequence;
      expected.time = clock_.Now();
      expected.practice_id = 7;
      expected.actor = AuditPseudonym(key, "therapist", 4242424242);
      expected.action = "AccessResponse";
      expected.object_kind = "response";
      expected.object = AuditPseudonym(key, "response", 99);
      expected.rule_id = "B1";
      expected.decision = AuditDecision::kPermit;
      expected.details_hash = base::KeyedHash(key, entry.details);
      EXPECT_EQ(rows.Blob(2), EncodeAuditEntry(expected));
      EXPECT_EQ(rows.Blob(3), LeafHash(rows.Blob(2)));
      EXPECT_EQ(rows.Blob(2).find("break-glass"), std::string::npos);
    }
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(sequence, 3);
}

TEST_F(AuditTest, EntriesCannotBeChangedOrRemoved) {
  Open();
  ASSERT_TRUE(store_->WriteAndWait([](WriteTransaction& transaction) { return transaction.Audit({}); }).ok());
  for (const char* sql : {"UPDATE audit_entry SET practice_id = 1", "DELETE FROM audit_entry"}) {
    EXPECT_EQ(base::Reason(store_->WriteAndWait(
                  [sql](WriteTransaction& transaction) { return transaction.Query(sql).Run(); })),
              "CONSTRAINT");
  }
  EXPECT_EQ(Count("SELECT COUNT(*) FROM audit_entry"), 1);
}

}  // namespace
}  // namespace mendwork::store
