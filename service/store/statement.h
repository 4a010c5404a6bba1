// One prepared statement in use: bound by name, stepped, and reset when the handle goes.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mendwork::store {

struct Blob {
  absl::string_view bytes;
};

// Made by Transaction::Query. A statement that could not be prepared, or a parameter that could not be bound
// (memory, size), shows its error at Step. Binding a name that the SQL does not have, or stepping with a
// parameter unbound, is our own mistake and ends the process. Values are copied, so temporaries may be bound.
//
//   MENDWORK_RETURN_IF_ERROR(transaction.Query(kInsertCouple).Bind("$id", id).Bind("$label",
//   Blob{sealed}).Run());
//
//   Statement couples = transaction.Query(kListCouples).Bind("$practice_id", practice_id);
//   for (;;) {
//     MENDWORK_ASSIGN_OR_RETURN(bool row, couples.Step());
//     if (!row) break;
//     ... couples.Int64(0), couples.Text(1) ...
//   }
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  template <typename Value>
  Statement& Bind(const char* name, const Value& value) & {
    BindAny(name, value);
    return *this;
  }
  template <typename Value>
  Statement&& Bind(const char* name, const Value& value) && {
    BindAny(name, value);
    return std::move(*this);
  }

  // True: a row is ready. False: done. The column readers below are valid until the next Step.
  absl::StatusOr<bool> Step();

  // For statements that return no row; the second form tells how many rows they changed.
  absl::Status Run();
  absl::StatusOr<int64_t> RunAndCount();

  int64_t Int64(int column) const;
  double Double(int column) const;
  bool Bool(int column) const { return Int64(column) != 0; }
  std::string Text(int column) const;
  std::string Blob(int column) const;
  absl::Time Time(int column) const;  // INTEGER microseconds, UTC
  bool IsNull(int column) const;
  absl::optional<int64_t> OptionalInt64(int column) const;
  absl::optional<absl::Time> OptionalTime(int column) const;

 private:
  friend class Database;

  struct Cached {
    sqlite3_stmt* prepared = nullptr;
    bool in_use = false;
  };

  // `cached` is null when the handle owns `prepared` and must finalize it.
  Statement(sqlite3* connection, sqlite3_stmt* prepared, Cached* cached, absl::Status status);

  template <typename Value>
  void BindAny(const char* name, const Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      BindInt64(name, static_cast<int64_t>(value));
    } else if constexpr (std::is_floating_point_v<Value>) {
      BindDouble(name, static_cast<double>(value));
    } else if constexpr (std::is_same_v<Value, absl::nullopt_t>) {
      BindNull(name);
    } else if constexpr (std::is_same_v<Value, store::Blob>) {
      BindBlob(name, value.bytes);
    } else if constexpr (std::is_same_v<Value, absl::Time>) {
      BindInt64(name, absl::ToUnixMicros(value));
    } else if constexpr (IsOptional<Value>::value) {
      if (value.has_value()) {
        BindAny(name, *value);
      } else {
        BindNull(name);
      }
    } else {
      BindText(name, value);
    }
  }
  template <typename Value>
  struct IsOptional : std::false_type {};

  int ParameterIndex(const char* name);
  void NoteBound(int index, int result);
  void BindInt64(const char* name, int64_t value);
  void BindDouble(const char* name, double value);
  void BindText(const char* name, absl::string_view text);
  void BindBlob(const char* name, absl::string_view bytes);
  void BindNull(const char* name);
  void CheckAllBound();

  sqlite3* connection_;
  sqlite3_stmt* prepared_;
  Cached* cached_;
  absl::Status status_;
  uint64_t bound_ = 0;  // bit per parameter, so at most 64 of them
  bool stepped_ = false;
};

template <typename Value>
struct Statement::IsOptional<absl::optional<Value>> : std::true_type {};

}  // namespace mendwork::store
