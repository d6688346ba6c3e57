#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"

// What reader and writer share: connections, statements, and the seam where exceptions end. Inside
// src/store SQLiteCpp's exceptions and Broken fly; at_seam() turns them into an Error, and nothing
// leaves the folder but Status and Result.
namespace moondial::store {

/// A record or a stored row that does not make sense.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What went wrong with the database at `path`, for a person.
[[nodiscard]] Error to_error(const SQLite::Exception& exception, const std::string& path);

/// Ids, counts, durations and times beyond it are damage: none of ours comes near, and what is
/// summed up of such numbers does not fit.
constexpr int64_t kGreatest = int64_t{1} << 60;
[[nodiscard]] constexpr bool is_sane(int64_t number) { return number >= 0 && number < kGreatest; }

/// Calls `work`, which returns a Status or a Result; what it throws becomes an Error about `path`.
template <typename Work>
[[nodiscard]] std::invoke_result_t<Work> at_seam(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const SQLite::Exception& exception) {
    return to_error(exception, path);
  } catch (const Broken& broken) {
    return Error{Code::kCorrupt, path + ": " + broken.what(), {}};
  } catch (const std::exception& exception) {
    return Error{Code::kInternal, path + ": " + exception.what(), {}};
  }
}

/// Makes an empty file that only its owner may read, unless there is a file.
[[nodiscard]] Status create_private_file(const std::string& path);

/// Opens the file, which exists, and sets what holds for every connection but changes nothing in
/// it. A connection is used by one thread at a time. Throws.
[[nodiscard]] SQLite::Database connect(const std::string& path, int busy_timeout_ms);

// --- Statements ---
// Bound text is not copied: it outlives the use of the statement.

inline void bind_value(SQLite::Statement& s, int index, int64_t value) { s.bind(index, value); }
inline void bind_value(SQLite::Statement& s, int index, int value) { s.bind(index, value); }
inline void bind_value(SQLite::Statement& s, int index, const std::string& value) {
  s.bindNoCopy(index, value);
}
inline void bind_value(SQLite::Statement& s, int index, std::nullopt_t) { s.bind(index); }
inline void bind_value(SQLite::Statement& s, int index, UtcTime value) {
  s.bind(index, static_cast<int64_t>(value.time_since_epoch().count()));
}
template <typename Tag>
void bind_value(SQLite::Statement& s, int index, Id<Tag> value) {
  s.bind(index, static_cast<int64_t>(value.value));
}
template <typename Enum>
requires std::is_enum_v<Enum>
void bind_value(SQLite::Statement& s, int index, Enum value) {
  s.bind(index, static_cast<int>(value));
}
template <typename T>
void bind_value(SQLite::Statement& s, int index, const std::optional<T>& value) {
  if (value) {
    bind_value(s, index, *value);
  } else {
    s.bind(index);
  }
}

/// Runs a statement that gives no rows. Returns the number of rows it changed.
template <typename... Values>
int execute(SQLite::Statement& statement, const Values&... values) {
  statement.tryReset();
  int index = 0;
  (bind_value(statement, ++index, values), ...);
  return statement.exec();
}

/// One use of a statement that gives rows. Its end ends the statement's read transaction too.
class Query {
 public:
  template <typename... Values>
  explicit Query(SQLite::Statement& statement, Values&&... values) : statement_(statement) {
    static_assert((!std::is_same_v<Values, std::string> && ...), "the text would be gone");
    statement_.tryReset();
    int index = 0;
    (bind_value(statement_, ++index, values), ...);
  }
  ~Query() { statement_.tryReset(); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  [[nodiscard]] bool next() { return statement_.executeStep(); }

  // Columns of the row, from 0.
  [[nodiscard]] bool null(int column) const { return statement_.isColumnNull(column); }
  [[nodiscard]] int64_t integer(int column) const {
    return statement_.getColumn(column).getInt64();
  }
  [[nodiscard]] std::string text(int column) const {
    return statement_.getColumn(column).getString();
  }
  [[nodiscard]] UtcTime time(int column) const { return UtcTime(duration(column)); }
  [[nodiscard]] Duration duration(int column) const {
    const int64_t value = integer(column);
    if (value <= -kGreatest || value >= kGreatest) {
      throw Broken("a stored time makes no sense: " + std::to_string(value));
    }
    return Duration(value);
  }
  template <typename AnyId>
  [[nodiscard]] AnyId id(int column) const {
    return AnyId(static_cast<uint64_t>(integer(column)));
  }
  /// A persisted enum whose greatest value is `last`.
  template <typename Enum>
  [[nodiscard]] Enum enumerator(int column, Enum last) const {
    const int64_t value = integer(column);
    if (value < 0 || value > static_cast<int64_t>(last)) {
      throw Broken("a stored state is unknown: " + std::to_string(value));
    }
    return static_cast<Enum>(value);
  }

 private:
  SQLite::Statement& statement_;
};

}  // namespace moondial::store
