#include "store/prune_search.h"

#include <string>

#include "store/connection.h"

namespace moondial::store {
namespace {

/// Tasks of a run that go in one transaction: some milliseconds.
constexpr int kTasksAtOnce = 500;
constexpr int kEventsAtOnce = 5000;

// Of the runs that ended before ?1 and are not among the newest ?2. An attempt belongs to the
// oldest run that wanted it: while another run shows it, or it goes on, that run stays.
const std::string kOldRun =
    "SELECT r.id FROM runs r WHERE r.ended < ?1 AND r.id <= ifnull("
    "(SELECT id FROM runs WHERE kept > 0 ORDER BY id DESC LIMIT 1 OFFSET ?2), 0) "
    "AND NOT EXISTS (SELECT 1 FROM tasks t JOIN attempts a ON a.task = t.id "
    "WHERE t.run = r.id AND a.ended IS NULL) ";
const std::string kSharers =
    "SELECT 1 FROM tasks t JOIN attempts a ON a.task = t.id "
    "JOIN shared_attempts s ON s.attempt = a.id JOIN tasks o ON o.id = s.task "
    "JOIN runs w ON w.id = o.run WHERE t.run = r.id AND o.run <> r.id ";

}  // namespace

PruneSearch::PruneSearch(SQLite::Database& db)
    : pruned_(db,
              "SELECT ?1 > 0 AND ?1 <= max(last, ifnull((SELECT max(id) FROM runs), 0)) "
              "AND NOT EXISTS (SELECT 1 FROM runs WHERE id = ?1 AND kept > 0) "
              "FROM sequences WHERE name = 'run'"),
      going_(db, "SELECT id FROM runs WHERE kept = 0 LIMIT 1"),
      old_run_(db, kOldRun + "AND NOT EXISTS (" + kSharers + ") ORDER BY r.ended LIMIT 1"),
      // A log is shown for as long as one of the runs that shared its attempt is young enough.
      old_logs_(db, kOldRun + "AND r.kept = 2 AND NOT EXISTS (" + kSharers +
                        "AND (w.ended IS NULL OR w.ended >= ?1)) ORDER BY r.ended LIMIT 1"),
      tasks_(db, "SELECT id FROM tasks WHERE run = ? LIMIT ?"),
      attempts_of_task_(db, "SELECT id FROM attempts WHERE task = ?"),
      attempts_of_run_(db,
                       "SELECT a.id FROM tasks t JOIN attempts a ON a.task = t.id "
                       "WHERE t.run = ?"),
      sweep_(db, "SELECT last FROM sequences WHERE name = 'sweep'"),
      // That started nothing, as Pruning has it.
      old_firings_(db,
                   "SELECT 1 FROM firings f WHERE f.schedule IN "
                   "(SELECT name FROM schedules UNION ALL SELECT name FROM triggers) "
                   "AND f.instant < ?1 AND f.run IS NULL AND f.state <> 0 AND f.sla_state <> 1 "
                   "AND f.instant < (SELECT max(n.instant) FROM firings n "
                   "WHERE n.schedule = f.schedule) LIMIT 1"),
      events_(db,
              "SELECT max(id) FROM (SELECT id, at FROM events WHERE id > ? ORDER BY id LIMIT ?) "
              "WHERE at < ?") {}

bool PruneSearch::was_pruned(RunId run) {
  Query query(pruned_, run);
  return query.next() && query.integer(0) != 0;
}

/// Tasks of a run that is going.
PruneStep PruneSearch::next_rows(RunId run) {
  PruneStep step;
  step.run = run;
  step.begun = true;
  {
    Query tasks(tasks_, run, kTasksAtOnce + 1);
    while (tasks.next()) step.tasks.push_back(tasks.integer(0));
  }
  step.last = step.tasks.size() <= kTasksAtOnce;
  if (!step.last) step.tasks.pop_back();
  for (const int64_t task : step.tasks) {
    Query attempts(attempts_of_task_, task);
    while (attempts.next()) step.attempts.push_back(attempts.id<AttemptId>(0));
  }
  return step;
}

std::optional<RunId> PruneSearch::first_run(SQLite::Statement& statement, UtcTime before,
                                            int64_t keep_last) {
  Query query(statement, before, keep_last);
  if (!query.next()) return std::nullopt;
  return query.id<RunId>(0);
}

std::optional<PruneStep> PruneSearch::next(const RetentionCutoffs& cutoffs) {
  {
    Query going(going_);
    if (going.next()) return next_rows(going.id<RunId>(0));
  }
  PruneStep step;
  if (cutoffs.runs_before) {
    const auto run = first_run(old_run_, *cutoffs.runs_before, cutoffs.keep_last);
    step.run = run.value_or(RunId());
    if (run) return step;
  }
  if (cutoffs.logs_before) {
    if (const auto run = first_run(old_logs_, *cutoffs.logs_before, cutoffs.keep_last)) {
      step.run = *run;
      step.only_logs = true;
      Query attempts(attempts_of_run_, *run);
      while (attempts.next()) step.attempts.push_back(attempts.id<AttemptId>(0));
      return step;
    }
  }
  Query sweep(sweep_);
  if (sweep.next() && sweep.integer(0) != 0) return step;
  if (cutoffs.runs_before) {
    Query firings(old_firings_, *cutoffs.runs_before);
    if (firings.next()) return step;
  }
  return std::nullopt;
}

std::optional<int64_t> PruneSearch::old_events(int64_t after, UtcTime before) {
  Query query(events_, after, kEventsAtOnce, before);
  if (!query.next() || query.null(0)) return std::nullopt;
  return query.integer(0);
}

}  // namespace moondial::store
