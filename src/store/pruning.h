#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include "engine/store.h"

namespace moondial::store {

/// The rows of old runs, as they go: the writer's half. Each call is within a transaction, and
/// small. Throws as SQLiteCpp does.
class Pruning {
 public:
  explicit Pruning(SQLite::Database& db);

  void begin(RunId run);
  /// Before an attempt goes that was a task's last success, what is still wanted of it is kept.
  void forget_tasks(const TasksPruned& record);
  void forget_logs(RunId run);
  void forget_events(const EventsPruned& record);
  void sweep(const PruneSwept& record);

 private:
  SQLite::Database& db_;
  SQLite::Statement set_kept_, keep_emitted_, keep_started_, forget_task_, forget_run_;
  SQLite::Statement forget_events_, forget_sets_, forget_sources_, forget_firings_, set_sweep_;
};

}  // namespace moondial::store
