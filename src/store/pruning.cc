#include "store/pruning.h"

#include "store/connection.h"

namespace moondial::store {
namespace {

/// Pages that are given back to the file system at once.
constexpr int kPagesAtOnce = 2000;
/// PRAGMA auto_vacuum.
constexpr int kIncremental = 2;

}  // namespace

Pruning::Pruning(SQLite::Database& db)
    : db_(db),
      set_kept_(db, "UPDATE runs SET kept = min(kept, ?1) WHERE id = ?2 AND ended IS NOT NULL"),
      keep_emitted_(db,
                    "INSERT OR REPLACE INTO kept_emitted(attempt, name, value) "
                    "SELECT e.attempt, e.name, e.value FROM tasks t "
                    "JOIN successes s ON s.identity = t.identity "
                    "JOIN attempts a ON a.id = s.attempt AND a.task = t.id "
                    "JOIN emitted e ON e.attempt = a.id WHERE t.id = ?"),
      keep_started_(db,
                    "UPDATE successes SET started = a.started FROM attempts a "
                    "WHERE successes.identity = (SELECT identity FROM tasks WHERE id = ?1) "
                    "AND a.id = successes.attempt AND a.task = ?1"),
      forget_task_(db, "DELETE FROM tasks WHERE id = ?1 AND run = ?2"),
      forget_run_(db, "DELETE FROM runs WHERE id = ? AND kept = 0"),
      forget_events_(db,
                     "DELETE FROM events WHERE id > ?1 AND id <= ?2 "
                     "AND run NOT IN (SELECT id FROM runs)"),
      forget_sets_(db,
                   "DELETE FROM source_sets WHERE NOT EXISTS "
                   "(SELECT 1 FROM runs r WHERE r.source_set = source_sets.id)"),
      forget_sources_(
          db,
          "DELETE FROM sources WHERE NOT EXISTS "
          "(SELECT 1 FROM source_set_files u WHERE u.source = sources.id) AND NOT EXISTS "
          "(SELECT 1 FROM sources_in_force f WHERE f.source = sources.id)"),
      forget_firings_(
          db,
          "DELETE FROM firings WHERE state <> 0 AND sla_state <> 1 AND instant < "
          "(SELECT max(n.instant) FROM firings n WHERE n.schedule = firings.schedule) AND "
          "iif(run IS NULL, instant < ifnull(?1, instant) OR instant < (SELECT min(started) FROM "
          "runs), "
          "NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = firings.run))"),
      set_sweep_(db, "UPDATE sequences SET last = ? WHERE name = 'sweep'") {}

void Pruning::begin(RunId run) {
  execute(set_kept_, 0, run);
  execute(set_sweep_, 1);
}

void Pruning::forget_tasks(const TasksPruned& record) {
  for (const int64_t task : record.rows) {
    execute(keep_emitted_, task);
    execute(keep_started_, task);
    execute(forget_task_, task, record.run);
  }
  if (record.last) execute(forget_run_, record.run);
}

void Pruning::forget_logs(RunId run) { execute(set_kept_, 1, run); }

void Pruning::forget_events(const EventsPruned& record) {
  execute(forget_events_, record.after, record.up_to);
}

void Pruning::sweep(const PruneSwept& record) {
  execute(forget_sets_);
  execute(forget_sources_);
  execute(forget_firings_, record.firings_before);
  db_.exec("PRAGMA incremental_vacuum(" + std::to_string(kPagesAtOnce) + ")");
  // A database from before version 4 keeps its free pages, for what comes.
  const bool gives_back = db_.execAndGet("PRAGMA auto_vacuum").getInt() == kIncremental;
  const bool more = gives_back && db_.execAndGet("PRAGMA freelist_count").getInt() > 0;
  execute(set_sweep_, more ? 1 : 0);
}

}  // namespace moondial::store
