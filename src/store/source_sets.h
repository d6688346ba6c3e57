#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace moondial::store {

/// The texts that were in force together: runs of the same ones share a row. Part of the Writer.
class SourceSets {
 public:
  explicit SourceSets(SQLite::Database& db);

  /// The row of these, made if there is none; nullopt for none. `sources`: SHA-256 by path, each of
  /// a text that is recorded; else it throws Broken.
  [[nodiscard]] std::optional<int64_t> row_of(const std::map<std::string, std::string>& sources);
  /// Rows may have been deleted.
  void pruned() { last_ = {}; }

 private:
  struct Set {
    std::string key;
    int64_t row = 0;
  };

  SQLite::Database& db_;
  SQLite::Statement find_, add_, add_file_;
  Set last_;  // of the last run: that of most
};

}  // namespace moondial::store
