#include "store/writer.h"

#include <sqlite3.h>

#include <utility>
#include <variant>

#include "base/hash.h"
#include "store/connection.h"
#include "store/limits_json.h"
#include "store/migrations.h"
#include "store/params_json.h"
#include "store/rows_json.h"

namespace moondial::store {
namespace {

/// Nobody but the engine writes; this bounds the wait for somebody who does it by hand.
constexpr int kWriterTimeoutMs = 30'000;

/// 16 MB of log: pages that are written again and again are copied into the file once.
constexpr int kCheckpointPages = 4000;

/// Of what was complete before a run, a task keeps so many by name, and counts the rest: else each
/// run of a task that gathers a hundred thousand would repeat them.
constexpr size_t kMostComplete = 1000;

int remember_wal_pages(void* wal_pages, sqlite3* /*db*/, const char* /*name*/, int pages) {
  *static_cast<int*>(wal_pages) = pages;
  return SQLITE_OK;
}

std::string described(RunId run, const std::string& identity) {
  return "task " + identity + " of run " + std::to_string(run.value);
}

std::string described(AttemptId attempt) { return "attempt " + std::to_string(attempt.value); }

void require(bool holds, const std::string& what) {
  if (!holds) throw Broken(what);
}

}  // namespace

// --- Opening and closing ---

Writer::Statements::Statements(SQLite::Database& db)
    : begin(db, "BEGIN IMMEDIATE"),
      commit(db, "COMMIT"),
      rollback(db, "ROLLBACK"),
      add_run(db,
              "INSERT INTO runs(id, request, kind, state, started, limits, survives, source_set) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"),
      add_root(db, "INSERT INTO run_roots(run, ordinal, identity) VALUES (?, ?, ?)"),
      end_run(db, "UPDATE runs SET state = ?, ended = ? WHERE id = ?"),
      add_source(db, "INSERT INTO sources(sha256, text) VALUES (?, ?) ON CONFLICT DO NOTHING"),
      add_task(db,
               "INSERT INTO tasks(id, run, identity, name, params, state, why, sla, sla_state, "
               "requires, complete_needs, more_complete) "
               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
               "ON CONFLICT(run, identity) DO NOTHING"),
      plan_again(db,
                 "UPDATE tasks SET params = ?, state = ?, why = ?, error = '', ended = NULL, "
                 "requires = ?, complete_needs = ?, more_complete = ? WHERE id = ?"),
      // NULL stays NULL where there is nothing to add.
      add_needs(db,
                "UPDATE tasks SET requires = iif(?1 IS NULL, requires, "
                "(SELECT json_group_array(value) FROM ("
                "SELECT value FROM json_each(ifnull(requires, '[]')) "
                "UNION SELECT value FROM json_each(?1)))), "
                "complete_needs = iif(?2 IS NULL, complete_needs, "
                "(SELECT json_group_array(value) FROM ("
                "SELECT value FROM json_each(ifnull(complete_needs, '[]')) "
                "UNION SELECT value FROM json_each(?2)))), "
                "more_complete = more_complete + ?3 WHERE id = ?4"),
      add_complete(db,
                   "INSERT INTO complete_before(run, identity, ordinal) VALUES (?, ?, ?) "
                   "ON CONFLICT DO NOTHING"),
      find_complete(db, "SELECT ordinal FROM complete_before WHERE run = ? AND identity = ?"),
      count_complete(db, "SELECT count(*) FROM complete_before WHERE run = ?"),
      find_task(db, "SELECT id, state FROM tasks WHERE run = ? AND identity = ?"),
      set_task(db,
               "UPDATE tasks SET state = ?, error = ?, ended = ? "
               "WHERE id = ? AND run = ? AND identity = ?"),
      running_sharers(db,
                      "SELECT run, identity FROM tasks WHERE state = ?1 AND id IN "
                      "(SELECT ?2 UNION ALL SELECT task FROM shared_attempts WHERE attempt = ?3)"),
      prepare_attempt(db,
                      "INSERT INTO prepared_attempts(attempt, ordinal, identity, path) "
                      "VALUES (?, ?, ?, ?)"),
      forget_prepared(db, "DELETE FROM prepared_attempts WHERE attempt = ?"),
      keep_attempt_id(db, "UPDATE sequences SET last = max(last, ?) WHERE name = 'attempt'"),
      add_attempt(db,
                  "INSERT INTO attempts(id, task, number, state, started, host) "
                  "VALUES (?, ?, ?, ?, ?, ?)"),
      share_attempt(db, "INSERT INTO shared_attempts(task, attempt) VALUES (?, ?)"),
      set_pid(db, "UPDATE attempts SET pid = ? WHERE id = ?"),
      find_attempt(db,
                   "SELECT t.id, t.run, t.name, a.started FROM attempts a "
                   "JOIN tasks t ON t.id = a.task WHERE a.id = ?"),
      end_attempt(db,
                  "UPDATE attempts SET state = ?, ended = ?, exit = ?, error = ?, cpu_us = ?, "
                  "peak_memory_bytes = ? WHERE id = ? AND ended IS NULL"),
      add_output(db, "INSERT INTO open_outputs(attempt, ordinal, path) VALUES (?, ?, ?)"),
      add_intent(db,
                 "INSERT INTO open_outputs(attempt, ordinal, path, final_path, staging_path) "
                 "VALUES (?1, ?2, ?3, ?3, ?4) ON CONFLICT DO UPDATE SET "
                 "final_path = excluded.final_path, staging_path = excluded.staging_path"),
      withdraw_intent(db,
                      "UPDATE open_outputs SET final_path = NULL, staging_path = NULL "
                      "WHERE attempt = ?"),
      forget_outputs(db, "DELETE FROM open_outputs WHERE attempt = ?"),
      add_emitted(db, "INSERT INTO emitted(attempt, name, value) VALUES (?, ?, ?)"),
      add_event(db,
                "INSERT INTO events(id, at, kind, run, task, attempt, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)"),
      add_success(
          db,
          "INSERT INTO successes(identity, name, params, position, attempt, at, fingerprint) "
          "SELECT identity, name, params, ?1, ?2, ?3, ?4 FROM tasks WHERE id = ?5 "
          "ON CONFLICT(identity) DO UPDATE SET params = excluded.params, "
          "position = excluded.position, attempt = excluded.attempt, at = excluded.at, "
          "fingerprint = excluded.fingerprint"),
      mark_task(db,
                "INSERT OR REPLACE INTO marks(identity, at, by, params) "
                "SELECT identity, ?1, 'attempt ' || ?2, params FROM tasks WHERE id = ?3"),
      add_mark(db, "INSERT OR REPLACE INTO marks(identity, at, by, params) VALUES (?, ?, ?, ?)"),
      keep_staging(db, "INSERT INTO kept_staging(directory) VALUES (?) ON CONFLICT DO NOTHING"),
      clear_staging(db, "DELETE FROM kept_staging"),
      set_pool(db, "INSERT OR REPLACE INTO pool_sizes(pool, size, declared) VALUES (?, ?, ?)"),
      reset_pool(db, "DELETE FROM pool_sizes WHERE pool = ?"),
      forget_in_force(db, "DELETE FROM sources_in_force"),
      add_in_force(db,
                   "INSERT INTO sources_in_force(path, source) "
                   "SELECT ?, id FROM sources WHERE sha256 = ?"),
      keep_schedule(db,
                    "INSERT INTO schedules(name, times, position) VALUES (?, ?, ?) "
                    "ON CONFLICT(name) DO UPDATE SET times = excluded.times, "
                    "position = max(position, excluded.position)"),
      pause_schedule(db,
                     "INSERT INTO schedules(name, times, position, paused) VALUES (?1, '', 0, ?2) "
                     "ON CONFLICT(name) DO UPDATE SET paused = excluded.paused"),
      move_schedule(db, "UPDATE schedules SET position = max(position, ?) WHERE name = ?"),
      add_firing(db,
                 "INSERT INTO firings(schedule, instant, state, note, sla, sla_state) "
                 "VALUES (?, ?, ?, ?, ?, ?)"),
      settle_firing(db,
                    "UPDATE firings SET state = ?1, run = ?2, note = ?3, "
                    "sla_state = iif(?1 = 2, 0, sla_state) "
                    "WHERE schedule = ?4 AND instant = ?5 AND state = 0"),
      settle_sla(db,
                 "UPDATE firings SET sla_state = ? "
                 "WHERE schedule = ? AND instant = ? AND sla_state = 1"),
      settle_task_sla(db,
                      "UPDATE tasks SET sla_state = ? "
                      "WHERE run = ? AND identity = ? AND sla_state = 1"),
      keep_trigger(db,
                   "INSERT INTO triggers(name, position) VALUES (?, ?) "
                   "ON CONFLICT(name) DO UPDATE SET position = max(position, excluded.position)"),
      forget_trigger(db, "DELETE FROM triggers WHERE name = ?"),
      add_trigger_firing(db,
                         "INSERT INTO firings(schedule, instant, state, note, sla_state, cause) "
                         "VALUES (?, ?, 0, '', 0, ?)"),
      keep_arrival(db,
                   "INSERT INTO arrivals(trigger, path, stamp) VALUES (?, ?, ?) "
                   "ON CONFLICT(trigger, path) DO UPDATE SET stamp = excluded.stamp"),
      forget_arrival(db, "DELETE FROM arrivals WHERE trigger = ? AND path = ?"),
      note_trouble(db,
                   "INSERT OR REPLACE INTO troubles(subject, name, run, at, text, is_sla, told) "
                   "VALUES (?, ?, ?, ?, ?, ?, 0)"),
      tell_trouble(db, "UPDATE troubles SET told = 1 WHERE subject = ?"),
      end_trouble(db, "DELETE FROM troubles WHERE subject = ?") {}

Result<std::unique_ptr<Writer>> Writer::open(const std::string& path) {
  return at_seam(path, [&]() -> Result<std::unique_ptr<Writer>> {
    SQLite::Database db = connect(path, kWriterTimeoutMs);
    db.exec("PRAGMA synchronous = FULL");
    if (const Status status = migrate(db, path, steps()); !status.ok()) return status.error();
    const std::string mode = db.execAndGet("PRAGMA journal_mode = WAL").getString();
    if (mode != "wal") {
      return Error{Code::kIo, path + ": its file system cannot keep a write-ahead log", {}};
    }
    // How large tables are is not to be kept: counted while they are small and read by an engine
    // that stays for months, it has queries scan what they could look up. Each has an index to go
    // by.
    db.exec("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4;");
    db.exec(
        "PRAGMA cache_size = -16384;"
        // The log is used again from its start after a checkpoint; this is how long it stays.
        "PRAGMA journal_size_limit = 67108864;");
    return std::unique_ptr<Writer>(new Writer(path, std::move(db)));
  });
}

Writer::Writer(std::string path, SQLite::Database db)
    : path_(std::move(path)),
      db_(std::move(db)),
      sql_(db_),
      summaries_(db_),
      pruning_(db_),
      source_sets_(db_) {
  sqlite3_wal_hook(db_.getHandle(), remember_wal_pages, &wal_pages_);
}

RunId Writer::last_run() const {
  return RunId(static_cast<uint64_t>(summaries_.last(Summaries::kRun)));
}

AttemptId Writer::last_attempt() const {
  return AttemptId(static_cast<uint64_t>(summaries_.last(Summaries::kAttempt)));
}

Status Writer::commit(std::span<const std::vector<Record>> groups) {
  Status status = at_seam(path_, [&]() -> Status {
    execute(sql_.begin);
    for (const std::vector<Record>& group : groups) {
      for (const Record& record : group) {
        std::visit([this](const auto& known) { apply(known); }, record);
      }
    }
    summaries_.flush();
    return {};
  });
  if (status.ok()) {
    status = at_seam(path_, [&]() -> Status {
      execute(sql_.commit);
      return {};
    });
    if (status.ok()) return status;
    // Whether the log holds the commit shows when it is next read, not now.
    Error error = status.error();
    error.message += "; whether the last records were kept is unknown until the next start";
    status = Status(std::move(error));
  } else {
    (void)sql_.rollback.tryExecuteStep();
  }
  sqlite3_db_config(db_.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return status;
}

Status Writer::checkpoint_if_due() {
  if (wal_pages_ < kCheckpointPages) return {};
  wal_pages_ = 0;
  const int result = sqlite3_wal_checkpoint_v2(db_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                               nullptr, nullptr);
  if (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_FULL) return {};
  return to_error(SQLite::Exception(db_.getHandle(), result), path_);
}

void Writer::finish() {
  // Whatever fails here is made up for at the next start, from the log.
  (void)db_.tryExec("PRAGMA wal_checkpoint(TRUNCATE)");
}

// --- Runs ---

void Writer::apply(const RunStarted& record) {
  const auto request = record.request.empty() ? std::nullopt : std::optional(record.request);
  const std::string limits = to_json(record.limits);
  const std::optional<int64_t> sources = source_sets_.row_of(record.sources);
  execute(sql_.add_run, record.run, request, record.kind, RunState::kRunning, record.at, limits,
          record.survives ? 1 : 0, sources);
  int ordinal = 0;
  for (const std::string& root : record.roots) execute(sql_.add_root, record.run, ++ordinal, root);
  add_event(EventKind::kRunStarted, record.at, record.run, std::nullopt, std::nullopt,
            static_cast<int>(RunState::kRunning));
}

void Writer::apply(const RunFinished& record) {
  require(execute(sql_.end_run, record.state, record.at, record.run) == 1,
          "run " + std::to_string(record.run.value) + " ended and was not started");
  summaries_.ended(record.run, record.counts);
  complete_counts_.erase(record.run);
  add_event(EventKind::kRunEnded, record.at, record.run, std::nullopt, std::nullopt,
            static_cast<int>(record.state));
}

void Writer::apply(const SourceText& record) {
  execute(sql_.add_source, record.sha256, record.text);
}

// --- Tasks ---

uint64_t Writer::task_key(RunId run, const std::string& identity) {
  return hash64(identity) ^ (run.value * 0x9E3779B97F4A7C15);
}

/// The row of a task that the run has: requirements are planned before what needs them.
std::optional<int64_t> Writer::row_of(RunId run, const std::string& identity) {
  const auto known = tasks_.find(task_key(run, identity));
  if (known != tasks_.end()) return known->second.row;
  Query query(sql_.find_task, run, identity);
  if (!query.next()) return std::nullopt;
  return query.integer(0);
}

/// Where complete_before has an identity that the run has no row of; it is kept there once.
int64_t Writer::complete_ordinal(RunId run, const std::string& identity) {
  const auto [count, is_new] = complete_counts_.try_emplace(run, 0);
  if (is_new) {
    Query query(sql_.count_complete, run);
    if (query.next()) count->second = query.integer(0);
  }
  if (execute(sql_.add_complete, run, identity, count->second) == 1) return count->second++;
  Query query(sql_.find_complete, run, identity);
  require(query.next(), described(run, identity) + " was complete before, and is not known");
  return query.integer(0);
}

Writer::Needs Writer::needs_of(RunId run, const std::vector<std::string>& identities,
                               bool keeps_complete) {
  std::vector<int64_t> rows, complete;
  Needs out;
  for (const std::string& identity : identities) {
    if (const auto row = row_of(run, identity)) {
      rows.push_back(*row);
    } else if (complete.size() == kMostComplete) {
      ++out.more_complete;
    } else if (keeps_complete) {
      complete.push_back(complete_ordinal(run, identity));
    }
  }
  if (!rows.empty()) out.rows = to_json(rows);
  if (!complete.empty()) out.complete = to_json(complete);
  return out;
}

void Writer::apply(const TaskAwaits& record) {
  const Needs needs = needs_of(record.run, record.awaited, true);
  const TaskRef waiter = load_task(record.run, record.id);
  execute(sql_.add_needs, needs.rows, needs.complete, needs.more_complete, waiter.row);
}

void Writer::apply(const PoolSized& record) {
  if (record.size) {
    execute(sql_.set_pool, record.pool, *record.size, record.declared);
  } else {
    execute(sql_.reset_pool, record.pool);
  }
}

void Writer::apply(const TaskPlanned& record) {
  const int64_t row = summaries_.next(Summaries::kTask);
  const std::string params = to_json(record.params);
  // What a complete task needs is complete as well, and no part of the run.
  const bool is_to_run = record.state != TaskState::kComplete;
  const Needs needs = needs_of(record.run, record.requires_, is_to_run);
  TaskRef task{row, record.joins ? TaskState::kRunning : record.state};
  if (execute(sql_.add_task, row, record.run, record.id, record.name, params, task.state,
              record.why, record.sla, record.sla ? 1 : 0, needs.rows, needs.complete,
              needs.more_complete) == 0) {
    // Planned before: it was complete, and what it made has vanished.
    const TaskRef known = load_task(record.run, record.id);
    task.row = known.row;
    execute(sql_.plan_again, params, task.state, record.why, needs.rows, needs.complete,
            needs.more_complete, task.row);
    summaries_.left(record.run, known.state);
  }
  summaries_.entered(record.run, task.state);
  if (!is_final(task.state)) tasks_[task_key(record.run, record.id)] = task;
  if (record.joins) execute(sql_.share_attempt, task.row, record.joins);
}

void Writer::apply(const TaskEnded& record) {
  const int64_t row = set_task(record.run, record.id, record.state, record.error, record.at);
  tasks_.erase(task_key(record.run, record.id));
  add_event(EventKind::kTaskEnded, record.at, record.run, row, std::nullopt,
            static_cast<int>(record.state));
}

Writer::TaskRef Writer::load_task(RunId run, const std::string& identity) {
  Query query(sql_.find_task, run, identity);
  require(query.next(), described(run, identity) + " was not planned");
  return {query.integer(0), query.enumerator(1, TaskState::kLost)};
}

int64_t Writer::set_task(RunId run, const std::string& identity, TaskState state,
                         const std::string& error, std::optional<UtcTime> ended) {
  const uint64_t key = task_key(run, identity);
  const auto cached = tasks_.find(key);
  TaskRef task = cached == tasks_.end() ? load_task(run, identity) : cached->second;
  if (execute(sql_.set_task, state, error, ended, task.row, run, identity) == 0) {
    task = load_task(run, identity);  // another task has the same key
    execute(sql_.set_task, state, error, ended, task.row, run, identity);
  }
  summaries_.left(run, task.state);
  summaries_.entered(run, state);
  tasks_[key] = {task.row, state};
  return task.row;
}

// --- Attempts ---

void Writer::apply(const AttemptPrepared& record) {
  if (record.outputs.empty()) {
    execute(sql_.prepare_attempt, record.attempt, 0, record.task, std::nullopt);
  }
  int ordinal = 0;
  for (const std::string& path : record.outputs) {
    execute(sql_.prepare_attempt, record.attempt, ++ordinal, record.task, path);
  }
}

void Writer::apply(const AttemptDropped& record) {
  require(execute(sql_.forget_prepared, record.attempt) > 0,
          described(record.attempt) + " is dropped and was not prepared");
  // Its number has been in the names of files.
  execute(sql_.keep_attempt_id, record.attempt);
}

void Writer::apply(const AttemptStarted& record) {
  if (record.prepared) {
    require(execute(sql_.forget_prepared, record.attempt) > 0,
            described(record.attempt) + " was not prepared");
  }
  const int64_t task = set_task(record.run, record.task, TaskState::kRunning, "", std::nullopt);
  execute(sql_.add_attempt, record.attempt, task, record.number, TaskState::kRunning, record.at,
          record.host);
  for (const RunId run : record.others) {
    const int64_t sharer = set_task(run, record.task, TaskState::kRunning, "", std::nullopt);
    execute(sql_.share_attempt, sharer, record.attempt);
  }
  int ordinal = 0;
  for (const std::string& path : record.outputs) {
    execute(sql_.add_output, record.attempt, ++ordinal, path);
  }
  attempts_[record.attempt] = {task, record.run, record.name, record.at, true};
  add_event(EventKind::kAttemptStarted, record.at, record.run, task, record.attempt,
            static_cast<int>(TaskState::kRunning));
}

void Writer::apply(const AttemptProcess& record) {
  require(execute(sql_.set_pid, record.pid, record.attempt) == 1,
          described(record.attempt) + " has a process and was not started");
}

void Writer::apply(const PublishIntent& record) {
  int ordinal = 0;
  for (const StagedOutput& output : record.outputs) {
    execute(sql_.add_intent, record.attempt, ++ordinal, output.final_path, output.staging_path);
  }
}

void Writer::apply(const IntentWithdrawn& record) {
  require(execute(sql_.withdraw_intent, record.attempt) > 0,
          described(record.attempt) + " withdraws an intent and has none");
}

void Writer::apply(const AttemptEnded& record) {
  const AttemptRef attempt = load_attempt(record.attempt);
  require(execute(sql_.end_attempt, record.state, record.at, record.exit, record.error,
                  static_cast<int64_t>(record.cpu.count()), record.peak_memory_bytes,
                  record.attempt) == 1,
          described(record.attempt) + " ended twice");
  execute(sql_.forget_outputs, record.attempt);
  for (const auto& [name, value] : record.emitted) {
    execute(sql_.add_emitted, record.attempt, name, value);
  }
  if (record.state == TaskState::kDone) {
    // One that a new engine ended would count the time in which there was none.
    if (attempt.here) summaries_.succeeded(attempt.name, record.at - attempt.started);
  } else if (record.state == TaskState::kFailed || record.state == TaskState::kLost) {
    await_retry(record.attempt, attempt.task);
  }
  attempts_.erase(record.attempt);
  add_event(EventKind::kAttemptEnded, record.at, attempt.run, attempt.task, record.attempt,
            static_cast<int>(record.state));
  if (record.state != TaskState::kDone) return;
  execute(sql_.add_success, summaries_.last(Summaries::kEvent), record.attempt, record.at,
          record.fingerprint, attempt.task);
  if (record.marks) execute(sql_.mark_task, record.at, record.attempt, attempt.task);
}

void Writer::apply(const TaskMarked& record) {
  const std::string params = to_json(record.params);
  execute(sql_.add_mark, record.id, record.at, record.by, params);
}

void Writer::apply(const PruneSwept& record) {
  pruning_.sweep(record);
  source_sets_.pruned();
}

void Writer::apply(const StagingKept& record) { execute(sql_.keep_staging, record.directory); }

void Writer::apply(const StagingCleared& /*record*/) { execute(sql_.clear_staging); }

Writer::AttemptRef Writer::load_attempt(AttemptId attempt) {
  const auto cached = attempts_.find(attempt);
  if (cached != attempts_.end()) return cached->second;
  Query query(sql_.find_attempt, attempt);
  require(query.next(), described(attempt) + " ended and was not started");
  return {query.integer(0), query.id<RunId>(1), query.text(2), query.time(3), false};
}

void Writer::await_retry(AttemptId attempt, int64_t task) {
  std::vector<std::pair<RunId, std::string>> sharers;
  Query query(sql_.running_sharers, TaskState::kRunning, task, attempt);
  while (query.next()) sharers.emplace_back(query.id<RunId>(0), query.text(1));
  for (const auto& [run, identity] : sharers) {
    set_task(run, identity, TaskState::kRetrying, "", std::nullopt);
  }
}

void Writer::add_event(EventKind kind, UtcTime at, RunId run, std::optional<int64_t> task,
                       std::optional<AttemptId> attempt, int state) {
  execute(sql_.add_event, summaries_.next(Summaries::kEvent), at, kind, run, task, attempt, state);
}

void Writer::apply(const SourcesInForce& record) {
  execute(sql_.forget_in_force);
  for (const auto& [path, sha256] : record.sources) {
    require(execute(sql_.add_in_force, path, sha256) == 1,
            "the text of " + path + " was not recorded before it came into force");
  }
}

// --- Schedules ---

void Writer::apply(const ScheduleKept& record) {
  execute(sql_.keep_schedule, record.schedule, record.times, record.position);
}

void Writer::apply(const SchedulePaused& record) {
  execute(sql_.pause_schedule, record.schedule, record.paused ? 1 : 0);
}

void Writer::apply(const ScheduleFired& record) {
  if (!record.by_hand) execute(sql_.move_schedule, record.instant, record.schedule);
  execute(sql_.add_firing, record.schedule, record.instant, record.state, record.note, record.sla,
          record.sla ? 1 : 0);
}

void Writer::apply(const FiringSettled& record) {
  const auto run = record.run ? std::optional(record.run) : std::nullopt;
  require(execute(sql_.settle_firing, record.state, run, record.note, record.schedule,
                  record.instant) == 1,
          "a firing of schedule " + record.schedule + " was settled and did not wait");
}

void Writer::apply(const SlaSettled& record) {
  execute(sql_.settle_sla, record.missed ? 3 : 2, record.schedule, record.instant);
}

void Writer::apply(const TaskSlaSettled& record) {
  execute(sql_.settle_task_sla, record.missed ? 3 : 2, record.run, record.id);
}

// --- Triggers ---

void Writer::apply(const TriggerKept& record) {
  execute(sql_.keep_trigger, record.trigger, record.position);
  for (const auto& [path, stamp] : record.files) {
    execute(sql_.keep_arrival, record.trigger, path, stamp);
  }
}

void Writer::apply(const TriggerForgotten& record) { execute(sql_.forget_trigger, record.trigger); }

void Writer::apply(const TriggerFired& record) {
  if (record.position > 0) execute(sql_.keep_trigger, record.trigger, record.position);
  if (!record.stamp.empty()) {
    execute(sql_.keep_arrival, record.trigger, record.cause, record.stamp);
  }
  execute(sql_.add_trigger_firing, record.trigger, record.instant, record.cause);
}

void Writer::apply(const TroubleNoted& record) {
  const TroubleRow& trouble = record.trouble;
  const auto run = trouble.run ? std::optional(trouble.run) : std::nullopt;
  execute(sql_.note_trouble, trouble.subject, trouble.name, run, trouble.at, trouble.text,
          trouble.is_sla ? 1 : 0);
}

void Writer::apply(const TroubleTold& record) { execute(sql_.tell_trouble, record.subject); }
void Writer::apply(const TroubleOver& record) { execute(sql_.end_trouble, record.subject); }

void Writer::apply(const ArrivalsGone& record) {
  for (const std::string& path : record.paths) execute(sql_.forget_arrival, record.trigger, path);
}

}  // namespace moondial::store
