#include "service/store/statement.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "service/base/check.h"
#include "service/store/database.h"

namespace mendwork::store {
namespace {

constexpr int kParametersMax = 64;

}  // namespace

Statement::Statement(sqlite3* connection, sqlite3_stmt* prepared, Cached* cached, absl::Status status)
    : connection_(connection), prepared_(prepared), cached_(cached), status_(std::move(status)) {
  if (cached_ != nullptr) {
    cached_->in_use = true;
  }
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      prepared_(std::exchange(other.prepared_, nullptr)),
      cached_(std::exchange(other.cached_, nullptr)),
      status_(std::move(other.status_)),
      bound_(other.bound_),
      stepped_(other.stepped_) {}

Statement::~Statement() {
  if (prepared_ == nullptr) {
    return;
  }
  if (cached_ == nullptr) {
    sqlite3_finalize(prepared_);
    return;
  }
  sqlite3_reset(prepared_);
  sqlite3_clear_bindings(prepared_);  // lets go of copied values, which may be sealed records of some size
  cached_->in_use = false;
}

absl::StatusOr<bool> Statement::Step() {
  if (!status_.ok()) {
    return status_;
  }
  if (!stepped_) {
    CheckAllBound();
    stepped_ = true;
  }
  const int result = sqlite3_step(prepared_);
  if (result == SQLITE_ROW) {
    return true;
  }
  if (result == SQLITE_DONE) {
    sqlite3_reset(prepared_);  // ends the statement's own hold on the snapshot
    return false;
  }
  status_ = StatusFromSqlite(connection_, result);
  sqlite3_reset(prepared_);
  return status_;
}

absl::Status Statement::Run() {
  const absl::StatusOr<bool> row = Step();
  if (row.ok()) {
    MENDWORK_CHECK(!*row, "Run is for statements that return no row.");
  }
  return row.status();
}

absl::StatusOr<int64_t> Statement::RunAndCount() {
  const absl::Status status = Run();
  if (!status.ok()) {
    return status;
  }
  return sqlite3_changes64(connection_);
}

int64_t Statement::Int64(int column) const { return sqlite3_column_int64(prepared_, column); }

double Statement::Double(int column) const { return sqlite3_column_double(prepared_, column); }

std::string Statement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(prepared_, column);
  if (text == nullptr) {
    return "";
  }
  return std::string(reinterpret_cast<const char*>(text), sqlite3_column_bytes(prepared_, column));
}

std::string Statement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(prepared_, column);
  if (bytes == nullptr) {
    return "";
  }
  return std::string(static_cast<const char*>(bytes), sqlite3_column_bytes(prepared_, column));
}

absl::Time Statement::Time(int column) const { return absl::FromUnixMicros(Int64(column)); }

bool Statement::IsNull(int column) const { return sqlite3_column_type(prepared_, column) == SQLITE_NULL; }

absl::optional<int64_t> Statement::OptionalInt64(int column) const {
  if (IsNull(column)) {
    return absl::nullopt;
  }
  return Int64(column);
}

absl::optional<absl::Time> Statement::OptionalTime(int column) const {
  if (IsNull(column)) {
    return absl::nullopt;
  }
  return Time(column);
}

int Statement::ParameterIndex(const char* name) {
  if (!status_.ok()) {
    return 0;
  }
  MENDWORK_CHECK(!stepped_, "Parameters are bound before the first step.");
  const int index = sqlite3_bind_parameter_index(prepared_, name);
  MENDWORK_CHECK(index > 0,
                 absl::StrCat("The statement has no parameter ", name, ": ", sqlite3_sql(prepared_)));
  MENDWORK_CHECK(index <= kParametersMax, "A statement has at most 64 parameters.");
  return index;
}

void Statement::NoteBound(int index, int result) {
  bound_ |= uint64_t{1} << (index - 1);
  if (result != SQLITE_OK) {
    status_ = StatusFromSqlite(connection_, result);
  }
}

void Statement::BindInt64(const char* name, int64_t value) {
  if (const int index = ParameterIndex(name); index > 0) {
    NoteBound(index, sqlite3_bind_int64(prepared_, index, value));
  }
}

void Statement::BindDouble(const char* name, double value) {
  if (const int index = ParameterIndex(name); index > 0) {
    NoteBound(index, sqlite3_bind_double(prepared_, index, value));
  }
}

void Statement::BindText(const char* name, absl::string_view text) {
  if (const int index = ParameterIndex(name); index > 0) {
    // An empty view may have a null pointer, which SQLite would take for NULL.
    const char* data = text.empty() ? "" : text.data();
    NoteBound(index, sqlite3_bind_text64(prepared_, index, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  }
}

void Statement::BindBlob(const char* name, absl::string_view bytes) {
  if (const int index = ParameterIndex(name); index > 0) {
    const char* data = bytes.empty() ? "" : bytes.data();
    NoteBound(index, sqlite3_bind_blob64(prepared_, index, data, bytes.size(), SQLITE_TRANSIENT));
  }
}

void Statement::BindNull(const char* name) {
  if (const int index = ParameterIndex(name); index > 0) {
    NoteBound(index, sqlite3_bind_null(prepared_, index));
  }
}

void Statement::CheckAllBound() {
  const int count = sqlite3_bind_parameter_count(prepared_);
  MENDWORK_CHECK(count <= kParametersMax, "A statement has at most 64 parameters.");
  const uint64_t all = count == 64 ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
  MENDWORK_CHECK(bound_ == all, absl::StrCat("Every parameter is bound: ", sqlite3_sql(prepared_)));
}

}  // namespace mendwork::store
