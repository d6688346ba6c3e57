#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/civil_time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "core/task_state.h"
#include "engine/api.h"
#include "engine/process_runner.h"
#include "engine/script_host.h"

namespace moondial {

/// A run that has not ended, as the engine keeps it in memory. Jobs are the scheduler's.
class LiveRun {
 public:
  RunId id;
  UtcTime started;
  const Generation* declared = nullptr;  ///< the generation that it is pinned to
  Environment environment;
  UtcTime due;                            ///< what it is for: its firing, else its start
  std::optional<CivilTime> scheduled_at;  ///< that its schedule fired for, in its zone
  int jobs = 1;                           ///< the size of `cpu` that it asks for
  std::map<std::string, int64_t> pools;   ///< sizes that it asks for
  std::set<std::string> succeeded;        ///< tasks that leave nothing: complete in this run
  std::set<std::string> recorded_ends;    ///< tasks whose ends are in the record already
  bool survives = false;                  ///< the next engine can go on with it
  bool waits = false;                     ///< for what is external
  bool fails_fast = false;
  bool ended = false;  ///< the scheduler has said its last word
  RunState state = RunState::kRunning;

  /// Adds a task that is to be run; `estimate` is its expected duration, 0 if unknown. One that had
  /// ended here and is wanted again begins anew.
  void add_task(JobId job, Duration estimate);
  /// Counts a task that was complete before.
  void add_complete() { ++counts_[TaskState::kComplete]; }
  /// Counts a task that had ended before this engine went on with the run.
  void add_ended(TaskState ended_as) { ++counts_[ended_as]; }
  /// A task of this run has entered `next`.
  void enter(JobId job, TaskState next);

  [[nodiscard]] std::optional<TaskState> state_of(JobId job) const;
  [[nodiscard]] const std::map<TaskState, int64_t>& counts() const { return counts_; }
  [[nodiscard]] const std::set<JobId>& running() const { return running_; }
  [[nodiscard]] const std::map<JobId, TaskState>& tasks() const { return tasks_; }
  /// The expected time until all is done, `slots` at a time, if enough is known to say.
  [[nodiscard]] std::optional<Duration> left(int64_t slots) const;

  /// Calls the subscribers, after what is held; they may unsubscribe meanwhile.
  void tell(RunEvent event);
  /// Holds an event, and what is told after it, until it is durable: then release() is called, for
  /// each that is held in their order.
  void hold(RunEvent event);
  void release();
  [[nodiscard]] bool has_subscribers() const { return !subscribers_.empty(); }
  std::map<uint64_t, std::function<void(const RunEvent&)>>& subscribers() { return subscribers_; }

 private:
  struct Untold {
    RunEvent event;
    bool held = false;
  };
  void tell_subscribers(const RunEvent& event);

  std::map<JobId, TaskState> tasks_;
  std::map<JobId, Duration> estimates_;  // of those that have not ended
  Duration known_left_{0};
  int64_t unknown_left_ = 0;
  std::map<TaskState, int64_t> counts_;
  std::set<JobId> running_;
  std::map<uint64_t, std::function<void(const RunEvent&)>> subscribers_;
  std::deque<Untold> untold_;  // what is held, and all after it
};

}  // namespace moondial
