// A record that SQLite can read, whose rows make no sense. Input: lines of a table, a column and
// the value that all its rows have there: i and a number, r and one with a fraction, t and a text,
// b and bytes (\xHH is one), or n.
#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <charconv>

#include "tests/fuzz/store/record.h"

namespace {

using namespace moondial;        // NOLINT
using namespace moondial::fuzz;  // NOLINT

bool is_name(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

template <typename T>
T number(std::string_view text) {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Makes the tables take values of any kind, as a damaged file may hold them.
void loosen(const std::string& path) {
  SQLite::Database db(path, SQLite::OPEN_READWRITE);
  db.exec(
      "PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = replace(replace(replace(sql, ') STRICT, ', ') '), ') "
      "STRICT', "
      "')'), ' NOT NULL', '') WHERE type = 'table';"
      "PRAGMA writable_schema = RESET;");
}

void bind(SQLite::Statement& statement, std::string_view value) {
  const std::string_view text = value.substr(std::min<size_t>(1, value.size()));
  const std::string bytes = unescape(text);
  switch (value.empty() ? 'n' : value.front()) {
    case 'i':
      return statement.bind(1, number<int64_t>(text));
    case 'r':
      return statement.bind(1, number<double>(text));
    case 't':
      return statement.bind(1, bytes);
    case 'b':
      return statement.bind(1, bytes.data(), static_cast<int>(bytes.size()));
    default:
      return statement.bind(1);
  }
}

void change(SQLite::Database& db, std::string_view line) {
  const auto words = split(line, ' ');
  if (words.size() < 3 || !is_name(words[0]) || !is_name(words[1])) return;
  const size_t value = words[0].size() + words[1].size() + 2;
  try {
    SQLite::Statement update(db, "UPDATE OR REPLACE \"" + std::string(words[0]) + "\" SET \"" +
                                     std::string(words[1]) + "\" = ?");
    bind(update, line.substr(value));
    (void)update.exec();
  } catch (const SQLite::Exception&) {  // no such table or column
  }
}

}  // namespace

FUZZ_TARGET(record_rows) {
  static const std::string loose = record_bytes(loosen);
  const std::string path = scratch_record(loose);
  {
    SQLite::Database db(path, SQLite::OPEN_READWRITE);
    db.exec("PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;");
    std::string_view rest = input;
    for (int lines = 0; !rest.empty() && lines < 20; ++lines) change(db, take_line(rest));
  }
  use_record(path);
}
