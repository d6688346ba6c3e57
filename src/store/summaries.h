#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "core/task_state.h"

namespace moondial::store {

constexpr size_t kTaskStates = static_cast<size_t>(TaskState::kLost) + 1;

/// What the writer keeps summed up, so that nobody has to count rows: the tasks of each open run by
/// state, the usual duration of each task name, and the last ids (which the rows themselves tell;
/// for deleted ones, triggers note them). Changes gather in memory;
/// flush() writes each changed sum once, at the end of the transaction that changed it. The rows
/// are the truth: a new process reads them when it first needs them. Throws as SQLiteCpp does.
class Summaries {
 public:
  enum Sequence : uint8_t { kRun, kTask, kAttempt, kEvent };

  /// How far usual durations look back, in successes: each new one weighs a tenth.
  static constexpr int64_t kSamples = 10;

  explicit Summaries(SQLite::Database& db);

  /// A new id, of a task or an event.
  int64_t next(Sequence sequence) { return ++last_ids_[sequence]; }
  /// The greatest id that was ever used, also by rows that are gone; 0 if none was.
  [[nodiscard]] int64_t last(Sequence sequence) const { return last_ids_[sequence]; }

  void entered(RunId run, TaskState state) { change(run, state, 1); }
  void left(RunId run, TaskState state) { change(run, state, -1); }
  /// The run is over; what was counted gives way to `counts`.
  void ended(RunId run, const std::map<TaskState, int64_t>& counts);

  void succeeded(const std::string& name, Duration wall);

  void flush();

 private:
  struct Count {
    int64_t count = 0;
    bool changed = false;
  };
  using Counts = std::array<Count, kTaskStates>;
  struct Usual {
    int64_t mean_us = 0;
    int64_t samples = 0;
    bool changed = false;
  };

  void change(RunId run, TaskState state, int64_t by);
  Counts& counts_of(RunId run);
  void flush_counts();
  void flush_durations();

  std::array<int64_t, 4> last_ids_ = {};
  std::map<RunId, Counts> counts_;  // of open runs
  std::unordered_map<std::string, Usual> durations_;
  std::vector<RunId> changed_runs_;
  std::vector<std::string> changed_durations_;

  SQLite::Statement read_counts_;
  SQLite::Statement set_count_;
  SQLite::Statement forget_counts_;
  SQLite::Statement read_duration_;
  SQLite::Statement set_duration_;
};

}  // namespace moondial::store
