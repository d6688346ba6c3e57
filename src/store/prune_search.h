#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>

#include "engine/store.h"

namespace moondial::store {

/// What is old enough to go: the reader's half. Each call is within a read transaction. Throws as
/// SQLiteCpp does.
class PruneSearch {
 public:
  explicit PruneSearch(SQLite::Database& db);

  // As in Store.
  [[nodiscard]] bool was_pruned(RunId run);
  [[nodiscard]] std::optional<PruneStep> next(const RetentionCutoffs& cutoffs);
  [[nodiscard]] std::optional<int64_t> old_events(int64_t after, UtcTime before);

 private:
  [[nodiscard]] PruneStep next_rows(RunId run);
  [[nodiscard]] static std::optional<RunId> first_run(SQLite::Statement& statement, UtcTime before,
                                                      int64_t keep_last);

  SQLite::Statement pruned_, going_, old_run_, old_logs_, tasks_, attempts_of_task_;
  SQLite::Statement attempts_of_run_, sweep_, old_firings_, events_;
};

}  // namespace moondial::store
