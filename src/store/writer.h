#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "engine/store.h"
#include "store/pruning.h"
#include "store/source_sets.h"
#include "store/summaries.h"

namespace moondial::store {

/// The numbers are persisted: never change them.
enum class EventKind : uint8_t {
  kRunStarted = 1,
  kRunEnded = 2,
  kAttemptStarted = 3,
  kAttemptEnded = 4,
  kTaskEnded = 5,
};

/// Turns records into rows, over the one connection that writes. Used by one thread at a time.
///
/// How it works. A record names its task by run and identity; the tasks that have not ended are
/// kept in a table in memory by a hash of both, so that finding the row costs no search. The row is
/// checked on use (the statement compares run and identity), so a collision of hashes costs time
/// and nothing else, and what is not in memory (after a restart) is searched in the database.
/// After a failed commit() what is in memory may differ from the database: never commit again.
class Writer {
 public:
  /// Opens the file, which exists; makes or migrates its tables.
  [[nodiscard]] static Result<std::unique_ptr<Writer>> open(const std::string& path);

  /// Writes all records in one transaction, in order. On an error nothing may be written again: a
  /// failed COMMIT may have happened or not.
  [[nodiscard]] Status commit(std::span<const std::vector<Record>> groups);

  /// Moves the log into the database file once it has grown; not part of commit(), so that nobody
  /// waits for it. A full disk is no error: the log stays.
  [[nodiscard]] Status checkpoint_if_due();

  /// The last words to a healthy database: everything into its one file.
  void finish();

  /// Names a task of a run in memory; two tasks may have the same.
  [[nodiscard]] static uint64_t task_key(RunId run, const std::string& identity);

  /// The greatest ids that were ever used when the database was opened.
  [[nodiscard]] RunId last_run() const;
  [[nodiscard]] AttemptId last_attempt() const;

 private:
  struct TaskRef {
    int64_t row = 0;
    TaskState state = TaskState::kPending;
  };
  struct AttemptRef {
    int64_t task = 0;
    RunId run;
    std::string name;
    UtcTime started;
    bool here = false;  ///< started by this process
  };
  struct Statements {
    explicit Statements(SQLite::Database& db);
    SQLite::Statement begin, commit, rollback;
    SQLite::Statement add_run, add_root, end_run, add_source;
    SQLite::Statement add_task, plan_again, add_needs, add_complete, find_complete, count_complete;
    SQLite::Statement find_task, set_task, running_sharers;
    SQLite::Statement prepare_attempt, forget_prepared, keep_attempt_id;
    SQLite::Statement add_attempt, share_attempt, set_pid, find_attempt, end_attempt;
    SQLite::Statement add_output, add_intent, withdraw_intent, forget_outputs, add_emitted,
        add_event;
    SQLite::Statement add_success, mark_task, add_mark;
    SQLite::Statement keep_staging, clear_staging, set_pool, reset_pool;
    SQLite::Statement forget_in_force, add_in_force;
    SQLite::Statement keep_schedule, pause_schedule, move_schedule, add_firing, settle_firing,
        settle_sla;
    SQLite::Statement settle_task_sla;
    SQLite::Statement keep_trigger, forget_trigger, add_trigger_firing, keep_arrival,
        forget_arrival;
    SQLite::Statement note_trouble, tell_trouble, end_trouble;
  };

  Writer(std::string path, SQLite::Database db);

  void apply(const RunStarted& record);
  void apply(const RunFinished& record);
  void apply(const TaskPlanned& record);
  void apply(const TaskAwaits& record);
  void apply(const PoolSized& record);
  void apply(const TaskEnded& record);
  void apply(const AttemptPrepared& record);
  void apply(const AttemptDropped& record);
  void apply(const AttemptStarted& record);
  void apply(const AttemptProcess& record);
  void apply(const PublishIntent& record);
  void apply(const IntentWithdrawn& record);
  void apply(const AttemptEnded& record);
  void apply(const TaskMarked& record);
  void apply(const SourceText& record);
  void apply(const StagingKept& record);
  void apply(const StagingCleared& record);
  void apply(const SourcesInForce& record);
  void apply(const ScheduleKept& record);
  void apply(const SchedulePaused& record);
  void apply(const ScheduleFired& record);
  void apply(const FiringSettled& record);
  void apply(const SlaSettled& record);
  void apply(const TaskSlaSettled& record);
  void apply(const TriggerKept& record);
  void apply(const TriggerForgotten& record);
  void apply(const TriggerFired& record);
  void apply(const ArrivalsGone& record);
  void apply(const TroubleNoted& record);
  void apply(const TroubleTold& record);
  void apply(const TroubleOver& record);
  void apply(const PruneBegun& record) { pruning_.begin(record.run); }
  void apply(const TasksPruned& record) { pruning_.forget_tasks(record); }
  void apply(const LogsPruned& record) { pruning_.forget_logs(record.run); }
  void apply(const EventsPruned& record) { pruning_.forget_events(record); }
  void apply(const PruneSwept& record);

  /// What a task needs, as the columns of its row have it.
  struct Needs {
    std::optional<std::string> rows;      ///< of the run
    std::optional<std::string> complete;  ///< ordinals in complete_before
    int64_t more_complete = 0;
  };
  [[nodiscard]] Needs needs_of(RunId run, const std::vector<std::string>& identities,
                               bool keeps_complete);
  [[nodiscard]] std::optional<int64_t> row_of(RunId run, const std::string& identity);
  [[nodiscard]] int64_t complete_ordinal(RunId run, const std::string& identity);
  TaskRef load_task(RunId run, const std::string& identity);
  /// Changes the state of a planned task; returns its row.
  int64_t set_task(RunId run, const std::string& identity, TaskState state,
                   const std::string& error, std::optional<UtcTime> ended);
  AttemptRef load_attempt(AttemptId attempt);
  /// Marks the task of a failed attempt as retrying, in every run that shares the attempt; if there
  /// is no further attempt, its end is the next record.
  void await_retry(AttemptId attempt, int64_t task);
  void add_event(EventKind kind, UtcTime at, RunId run, std::optional<int64_t> task,
                 std::optional<AttemptId> attempt, int state);

  const std::string path_;
  SQLite::Database db_;
  int wal_pages_ = 0;  // set by SQLite at each commit
  Statements sql_;
  Summaries summaries_;
  Pruning pruning_;
  SourceSets source_sets_;
  std::unordered_map<uint64_t, TaskRef> tasks_;         // that have not ended
  std::unordered_map<AttemptId, AttemptRef> attempts_;  // that have not ended
  std::unordered_map<RunId, int64_t> complete_counts_;  // rows of complete_before, of open runs
};

}  // namespace moondial::store
