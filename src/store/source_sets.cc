#include "store/source_sets.h"

#include <utility>

#include "base/hash.h"
#include "store/connection.h"

namespace moondial::store {

SourceSets::SourceSets(SQLite::Database& db)
    : db_(db),
      find_(db, "SELECT id FROM source_sets WHERE key = ?"),
      add_(db, "INSERT INTO source_sets(key) VALUES (?)"),
      add_file_(db,
                "INSERT INTO source_set_files(source_set, path, source) "
                "SELECT ?, ?, id FROM sources WHERE sha256 = ?") {}

std::optional<int64_t> SourceSets::row_of(const std::map<std::string, std::string>& sources) {
  if (sources.empty()) return std::nullopt;
  std::string content;
  for (const auto& [file, sha256] : sources) {
    content.append(std::to_string(file.size())).append(1, ' ').append(file).append(sha256);
  }
  std::string key = sha256_hex(content);
  if (key == last_.key) return last_.row;
  int64_t row = 0;
  if (Query query(find_, key); query.next()) row = query.integer(0);
  if (row == 0) {
    execute(add_, key);
    row = db_.getLastInsertRowid();
    for (const auto& [file, sha256] : sources) {
      if (execute(add_file_, row, file, sha256) == 1) continue;
      throw Broken("the text of " + file + " was not recorded before the run that uses it");
    }
  }
  last_ = {std::move(key), row};
  return row;
}

}  // namespace moondial::store
