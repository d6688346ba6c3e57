#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "engine/history.h"
#include "engine/record.h"
#include "engine/record_rows.h"
#include "engine/retention.h"
#include "engine/writer_activity.h"

namespace moondial {

/// The record. One writer thread behind it; records are committed in groups, in the order in which
/// they were handed over, with synchronous=FULL.
class Store {
 public:
  virtual ~Store() = default;

  /// Hands records over. `durable` (may be empty) is called on the loop's thread once they, and
  /// all records before them, are on disk. The records of one call are kept together or not at all.
  /// Loop thread only. After a failed or uncertain commit nothing more is written, `durable` is
  /// never called, and on_fatal is. Records must make sense: a task that was planned, an attempt
  /// that was started and ends once; anything else is such a failure too.
  /// That a prepared attempt starts is known after the death of this process (not of the machine)
  /// from when this returns.
  virtual void write(std::vector<Record> records, std::function<void()> durable) = 0;

  /// Blocks until all that was handed over is durable, so that reads see it. For recovery, before
  /// the loop runs.
  virtual Status flush() = 0;

  [[nodiscard]] virtual WriterActivity writer_activity() const { return {}; }

  /// Called once, on the loop's thread, when the store can no longer be trusted: stop the engine.
  virtual void on_fatal(std::function<void(Status)> callback) = 0;

  /// Ids for new rows: above all that were ever used. Loop thread only; never fails.
  virtual RunId next_run() = 0;
  virtual AttemptId next_attempt() = 0;

  // Reads see what is durable. Loop thread; each is an indexed query.
  [[nodiscard]] virtual Result<std::vector<RunRow>> runs(size_t limit, RunId before,
                                                         const RunFilter& filter) = 0;
  [[nodiscard]] virtual Result<std::optional<RunDetail>> run(RunId run) = 0;
  [[nodiscard]] virtual Result<std::optional<RunId>> run_of_request(const std::string& request) = 0;
  /// The run and task of an attempt.
  [[nodiscard]] virtual Result<std::optional<OpenAttempt>> attempt(AttemptId attempt) = 0;
  [[nodiscard]] virtual Result<std::vector<OpenAttempt>> open_attempts() = 0;
  [[nodiscard]] virtual Result<std::vector<PreparedAttempt>> prepared_attempts() = 0;
  [[nodiscard]] virtual Result<std::vector<RunId>> open_runs() = 0;
  /// As StagingKept said, since StagingCleared.
  [[nodiscard]] virtual Result<std::vector<std::string>> kept_staging() {
    return std::vector<std::string>();
  }
  /// Mean wall seconds of the last successes of each task name: to order by remaining path.
  [[nodiscard]] virtual Result<std::map<std::string, Duration>> usual_durations() = 0;
  /// All tasks that ever succeeded: name and significant parameters of each.
  [[nodiscard]] virtual Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks() = 0;
  /// What the last success of a task emitted: name → JSON value.
  [[nodiscard]] virtual Result<std::map<std::string, std::string>> emitted(
      const std::string& identity) = 0;
  /// As SourcesInForce said, with the texts: path → text.
  [[nodiscard]] virtual Result<std::map<std::string, std::string>> sources_in_force() = 0;
  [[nodiscard]] virtual Result<std::vector<ScheduleRow>> schedules() = 0;
  /// The firings that something is still to be done about, oldest first: those that wait, those
  /// whose run is open, and those with an open deadline.
  [[nodiscard]] virtual Result<std::vector<FiringRow>> open_firings() = 0;
  /// Of one schedule, newest first.
  [[nodiscard]] virtual Result<std::vector<FiringRow>> firings(const std::string& schedule,
                                                               size_t limit) = 0;
  [[nodiscard]] virtual Result<std::vector<TriggerRow>> triggers() {
    return std::vector<TriggerRow>();
  }
  /// The last successes of tasks of this name after a position, in their order; a task that has
  /// succeeded again since is there once.
  [[nodiscard]] virtual Result<std::vector<SuccessRow>> successes_after(const std::string& /*name*/,
                                                                        int64_t /*position*/) {
    return std::vector<SuccessRow>();
  }
  [[nodiscard]] virtual Result<std::vector<TroubleRow>> troubles() {
    return std::vector<TroubleRow>();
  }
  [[nodiscard]] virtual Result<std::vector<TaskDeadlineRow>> open_task_deadlines() {
    return std::vector<TaskDeadlineRow>();
  }
  [[nodiscard]] virtual Result<std::vector<PoolSizeRow>> pool_sizes() {
    return std::vector<PoolSizeRow>();
  }
  /// For people who look back. It lives as long as the store.
  [[nodiscard]] virtual History& history() = 0;
  [[nodiscard]] virtual Result<std::string> source_text(const std::string& sha256) = 0;
  /// There was such a run, and it is not kept any more.
  [[nodiscard]] virtual Result<bool> was_pruned(RunId run) = 0;
  /// What goes next; nothing if there is nothing. The same again until its records are written.
  [[nodiscard]] virtual Result<std::optional<PruneStep>> next_prunable(
      const RetentionCutoffs& cutoffs) = 0;
  /// The end of the next stretch of events after `after` in which some are older than `before`.
  /// Nothing if there is none.
  [[nodiscard]] virtual Result<std::optional<int64_t>> old_events(int64_t after,
                                                                  UtcTime before) = 0;

  /// Those after `after`, oldest first.
  [[nodiscard]] virtual Result<std::vector<EventRow>> events(int64_t /*after*/, size_t /*limit*/) {
    return std::vector<EventRow>();
  }
  [[nodiscard]] virtual Result<EventBounds> event_bounds() { return EventBounds(); }
  /// Calls `callback` on the loop's thread whenever something has become durable.
  virtual void on_commit(std::function<void()> /*callback*/) {}

  /// Copies what is durable, as of one moment, to a file that is not there yet; `done` is called
  /// later, on the loop's thread.
  virtual void back_up(std::string to, std::function<void(Status)> done) = 0;

  /// Writes what was handed over, checkpoints, closes. Blocks. The last call.
  virtual void close() = 0;
};

}  // namespace moondial
