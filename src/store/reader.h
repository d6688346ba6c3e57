#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "engine/store.h"
#include "store/history_reader.h"
#include "store/prune_search.h"
#include "store/read_transaction.h"

namespace moondial::store {

/// The queries of Store, over a connection that only reads. Each sees one state of the database,
/// the newest that is durable. Used by one thread at a time.
class Reader {
 public:
  /// Opens the file, which a Writer has open.
  [[nodiscard]] static Result<std::unique_ptr<Reader>> open(const std::string& path);

  // As in Store.
  [[nodiscard]] Result<std::vector<RunRow>> runs(size_t limit, RunId before,
                                                 const RunFilter& filter);
  [[nodiscard]] Result<std::optional<RunDetail>> run(RunId run);
  [[nodiscard]] Result<std::optional<RunId>> run_of_request(const std::string& request);
  [[nodiscard]] Result<std::optional<OpenAttempt>> attempt(AttemptId attempt);
  [[nodiscard]] Result<std::vector<OpenAttempt>> open_attempts();
  [[nodiscard]] Result<std::vector<PreparedAttempt>> prepared_attempts();
  [[nodiscard]] Result<std::vector<RunId>> open_runs();
  [[nodiscard]] Result<std::vector<std::string>> kept_staging();
  [[nodiscard]] Result<std::map<std::string, std::string>> sources_in_force();
  [[nodiscard]] Result<std::vector<ScheduleRow>> schedules();
  [[nodiscard]] Result<std::vector<FiringRow>> open_firings();
  [[nodiscard]] Result<std::vector<FiringRow>> firings(const std::string& schedule, size_t limit);
  [[nodiscard]] Result<std::vector<TriggerRow>> triggers();
  [[nodiscard]] Result<std::vector<SuccessRow>> successes_after(const std::string& name,
                                                                int64_t position);
  [[nodiscard]] Result<std::vector<TroubleRow>> troubles();
  [[nodiscard]] Result<std::vector<TaskDeadlineRow>> open_task_deadlines();
  [[nodiscard]] Result<std::map<std::string, Duration>> usual_durations();
  [[nodiscard]] Result<std::vector<std::pair<std::string, Params>>> succeeded_tasks();
  [[nodiscard]] Result<std::map<std::string, std::string>> emitted(const std::string& identity);
  [[nodiscard]] Result<std::vector<PoolSizeRow>> pool_sizes();
  [[nodiscard]] History& history() { return history_; }
  [[nodiscard]] Result<std::string> source_text(const std::string& sha256);
  [[nodiscard]] Result<bool> was_pruned(RunId run);
  [[nodiscard]] Result<std::optional<PruneStep>> next_prunable(const RetentionCutoffs& cutoffs);
  [[nodiscard]] Result<std::optional<int64_t>> old_events(int64_t after, UtcTime before);
  [[nodiscard]] Result<std::vector<EventRow>> events(int64_t after, size_t limit);
  [[nodiscard]] Result<EventBounds> event_bounds();

 private:
  struct Statements {
    explicit Statements(SQLite::Database& db);
    SQLite::Statement run_ids, run_ids_with, run, roots, counts, cause, run_sources;
    SQLite::Statement tasks, complete_before, task_attempts, task_emitted;
    SQLite::Statement run_of_request, attempt, outputs, open_attempts, prepared_attempts, open_runs;
    SQLite::Statement kept_staging;
    SQLite::Statement sources_in_force, schedules, open_firings, firings;
    SQLite::Statement triggers, arrivals, successes_after, task_deadlines, troubles;
    SQLite::Statement pool_sizes;
    SQLite::Statement durations, succeeded, emitted, source_text;
    SQLite::Statement events, event_bounds;
  };
  /// Where an attempt stands in a RunDetail.
  struct Place {
    size_t task = 0;
    size_t attempt = 0;
  };

  Reader(const std::string& path, SQLite::Database db);

  std::optional<RunRow> read_run(RunId run);
  void read_tasks(RunId run, RunDetail& detail);
  /// `needs`: places of tasks, and what their rows say that they needed.
  void read_complete_needs(RunId run, const std::vector<std::pair<size_t, std::string>>& needs,
                           RunDetail& detail);
  void read_emitted(RunId run, const std::unordered_map<AttemptId, Place>& places,
                    std::vector<TaskRow>& tasks);
  std::optional<OpenAttempt> read_attempt(AttemptId attempt);

  SQLite::Database db_;
  ReadTransactions read_;
  Statements sql_;
  HistoryReader history_;
  PruneSearch prune_;
};

}  // namespace moondial::store
