#include "service/store/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/store/store_fixture.h"

namespace mendwork::store {
namespace {

using ::testing::ElementsAre;
using StatementTest = StoreTest;

constexpr char kSelectAll[] = "SELECT $whole, $text, $blob, $nothing, $time, $flag, $number, $maybe";

TEST_F(StatementTest, EveryTypeGoesInAndComesOut) {
  Open();
  const absl::Status status = store_->Read([&](ReadTransaction& transaction) -> absl::Status {
    Statement row = transaction.Query(kSelectAll)
                        .Bind("$whole", int64_t{-5})
                        .Bind("$text", std::string("with\0zero", 9))
                        .Bind("$blob", Blob{"bytes"})
                        .Bind("$nothing", absl::nullopt)
                        .Bind("$time", clock_.Now())
                        .Bind("$flag", true)
                        .Bind("$number", 0.5)
                        .Bind("$maybe", absl::optional<int64_t>());
    MENDWORK_ASSIGN_OR_RETURN(const bool any, row.Step());
    EXPECT_TRUE(any);
    EXPECT_EQ(row.Int64(0), -5);
    EXPECT_EQ(row.Text(1), std::string("with\0zero", 9));
    EXPECT_EQ(row.Blob(2), "bytes");
    EXPECT_TRUE(row.IsNull(3));
    EXPECT_EQ(row.Time(4), clock_.Now());
    EXPECT_EQ(row.OptionalTime(4), clock_.Now());
    EXPECT_TRUE(row.Bool(5));
    EXPECT_EQ(row.Double(6), 0.5);
    EXPECT_EQ(row.OptionalInt64(7), absl::nullopt);
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
}

TEST_F(StatementTest, AnEmptyTextIsNotNull) {
  Open();
  EXPECT_TRUE(store_
                  ->Read([](ReadTransaction& transaction) {
                    Statement row = transaction.Query("SELECT $text IS NULL, $blob IS NULL")
                                        .Bind("$text", absl::string_view())
                                        .Bind("$blob", Blob{absl::string_view()});
                    EXPECT_TRUE(*row.Step());
                    EXPECT_FALSE(row.Bool(0));
                    EXPECT_FALSE(row.Bool(1));
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(StatementTest, TheSameQueryMayRunInsideItself) {
  OpenWithNotes();
  for (int64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(Insert(id).ok());
  }
  constexpr char kIds[] = "SELECT id FROM note ORDER BY id";
  std::vector<int64_t> pairs;
  ASSERT_TRUE(store_
                  ->Read([&](ReadTransaction& transaction) {
                    Statement outer = transaction.Query(kIds);
                    while (*outer.Step()) {
                      Statement inner = transaction.Query(kIds);
                      while (*inner.Step()) {
                        pairs.push_back(outer.Int64(0) * 10 + inner.Int64(0));
                      }
                    }
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(pairs, ElementsAre(11, 12, 13, 21, 22, 23, 31, 32, 33));
}

TEST_F(StatementTest, BindingsDoNotOutliveTheHandle) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1, "one").ok());
  EXPECT_TRUE(store_
                  ->Read([](ReadTransaction& transaction) {
                    for (const int64_t id : {1, 2, 1}) {
                      Statement row = transaction.Query(kSelectNote).Bind("$id", id);
                      EXPECT_EQ(*row.Step(), id == 1);
                    }
                    return absl::OkStatus();
                  })
                  .ok());
}

TEST_F(StatementTest, ErrorsHaveReasonsAndNoValues) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1, "secret words").ok());
  const absl::Status twice = Insert(1, "secret words");
  EXPECT_TRUE(absl::IsAlreadyExists(twice));
  EXPECT_EQ(base::Reason(twice), "UNIQUE_CONSTRAINT");
  EXPECT_EQ(twice.ToString().find("secret"), std::string::npos);
  const absl::Status null = store_->WriteAndWait([](WriteTransaction& transaction) {
    return transaction.Query(kInsertNote).Bind("$id", 2).Bind("$body", absl::nullopt).Run();
  });
  EXPECT_EQ(base::Reason(null), "CONSTRAINT");
  const absl::Status type = store_->WriteAndWait([](WriteTransaction& transaction) {
    return transaction.Query(kInsertNote)
        .Bind("$id", 2)
        .Bind("$body", "text, though the column is a blob")
        .Run();
  });
  EXPECT_EQ(base::Reason(type), "CONSTRAINT") << "tables are STRICT";
  EXPECT_EQ(type.ToString().find("though"), std::string::npos);
  const absl::Status wrong = store_->WriteAndWait(
      [](WriteTransaction& transaction) { return transaction.Query("SELECT nothing FROM nowhere").Run(); });
  EXPECT_EQ(base::Reason(wrong), "SQL_ERROR");
}

TEST_F(StatementTest, RunAndCountTellsHowManyRowsChanged) {
  OpenWithNotes();
  ASSERT_TRUE(Insert(1).ok());
  ASSERT_TRUE(Insert(2).ok());
  constexpr char kDelete[] = "DELETE FROM note WHERE id >= $id";
  ASSERT_TRUE(store_
                  ->WriteAndWait([&](WriteTransaction& transaction) {
                    EXPECT_EQ(*transaction.Query(kDelete).Bind("$id", 1).RunAndCount(), 2);
                    EXPECT_EQ(*transaction.Query(kDelete).Bind("$id", 1).RunAndCount(), 0);
                    return absl::OkStatus();
                  })
                  .ok());
}

using StatementDeathTest = StoreTest;

TEST_F(StatementDeathTest, OurOwnMistakesEndTheProcess) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto read = [this](absl::FunctionRef<absl::Status(ReadTransaction&)> body) {
    Open();
    store_->Read(body).IgnoreError();
  };
  EXPECT_DEATH(read([](ReadTransaction& t) { return t.Query("SELECT $a").Bind("$b", 1).Step().status(); }),
               "no parameter \\$b");
  EXPECT_DEATH(read([](ReadTransaction& t) { return t.Query("SELECT $a").Step().status(); }),
               "Every parameter is bound");
  EXPECT_DEATH(read([](ReadTransaction& t) { return t.Query("SELECT 1").Run(); }), "no row");
}

}  // namespace
}  // namespace mendwork::store
