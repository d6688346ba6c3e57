#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <utility>
#include <vector>

#include "core/jobs.h"
#include "core/locks.h"
#include "core/pools.h"
#include "core/retry.h"
#include "core/scheduler.h"
#include "core/slab.h"

namespace moondial {

/// The scheduler's state. What holds between any two calls:
/// - A job has an edge to each of its requirements that has not ended, and `order` of a requirement
///   is below the job's: a job that exists never gets new requirements, so there is no cycle.
/// - A run that wants a job wants all that the job still waits for.
/// - A job that has not ended is wanted by some run, or it is being stopped.
/// - A job is in a ready queue exactly while it is ready, and has a timer while it is retrying.
/// Nothing recurses: what follows from an end is in `endings_` until settle() has worked it off.
struct Scheduler::Impl {
  /// A run that has not ended.
  struct Run {
    RunId id;
    RunOptions options;
    std::vector<Index> holds;  ///< of every job that it has ever wanted
    size_t open = 0;           ///< holds that have not ended
    size_t planned = 0;        ///< holds of its own plan's tasks; after them those it joined along
    bool cancelled = false;
    bool halted = false;  ///< fail-fast, after a failure: starts nothing more
    bool root_failed = false;
    bool root_cancelled = false;
    bool root_blocked = false;
  };
  /// A run's interest in a job. It ends with the job, or before if the run is cancelled or halted
  /// and others go on with the job.
  struct Hold {
    double priority = 0;
    Index run = kNone;
    Index job = kNone;
    Index next = kNone;  ///< of the job
    bool root = false;
    bool ended = false;
  };
  /// A job that is to end, and why.
  struct Ending {
    Index job;
    TaskState state;
    JobId cause;
  };

  explicit Impl(uint64_t seed) : queues(jobs, pools, locks), random(seed) {}

  // Making a run (scheduler_submit.cc).
  std::vector<JobId> submit(RunId id, const Plan& plan, const RunOptions& options);
  Index make_job(const PlanTask& task);
  void hold(Index run, Index job, double priority);
  [[nodiscard]] Hold* find_hold(Index run, Index job);
  void hold_needs(Index run, size_t from);
  void connect_needs(const Plan& plan, uint32_t task, const std::vector<Index>& jobs_of_plan);

  // Urgency and remaining path (scheduler_order.cc).
  void set_order(Index index);
  void mark_dirty(Index job);
  void refresh_order();

  // What a task's requirements ended as (scheduler_when.cc).
  static void note_need(Job& job, TaskState ended_as);
  void needs_ended(Index job);
  [[nodiscard]] static bool when_holds(const Job& job);
  void go_ahead(Index job);
  [[nodiscard]] Index take_asking(JobId id);

  // Attempts and retries (scheduler_attempts.cc).
  void make_ready(Index job);
  void start(Index index);
  void give_units_back(Index index);
  void attempt_ended(Index index, Outcome outcome, MonoTime now);
  void attempt_failed(Index index, MonoTime now);
  void attempt_lost(Index index, bool was_stopped, MonoTime now);
  void again(Index index, MonoTime due, MonoTime now);

  // Ends (scheduler_ends.cc).
  void end(Index job, TaskState state, JobId cause = {}) {
    endings_.push_back({job, state, cause});
  }
  void settle();
  void carry_out(const Ending& ending);
  void end_hold(Hold& hold, TaskState state, JobId cause);
  void end_for_dependents(const Ending& ending);
  void drop(Hold& hold);
  void stop(Index index, bool kill);
  void cancel_run(Index run, bool kill);
  void halt(Index run);
  void end_run(Index index);
  void free_forgotten();
  [[nodiscard]] bool starts_for(const Hold& hold) const;
  [[nodiscard]] bool goes_on_for(const Hold& hold) const;
  [[nodiscard]] bool anybody_starts(Index job) const;

  /// Calls `f` with each hold of the job that has not ended.
  template <typename F>
  void each_hold(Index job, F f) {
    for (Index h = jobs[job].first_hold; h != kNone; h = holds[h].next) {
      if (!holds[h].ended) f(holds[h]);
    }
  }

  Jobs jobs;
  Slab<Hold> holds;
  Slab<Run> runs;
  std::map<RunId, Index> run_ids;
  Pools pools;
  Locks locks;
  ReadyQueues queues;
  RetryPolicies policies;
  RetryTimers timers;
  std::mt19937_64 random;
  std::vector<Decision> decisions;

 private:
  std::vector<Ending> endings_;
  std::vector<Index> to_halt_;         // runs that fail fast and have just had a failure
  std::vector<Index> maybe_over_;      // runs whose last hold may have ended
  std::vector<Index> forgotten_;       // jobs whose JobForgotten is in `decisions` …
  std::vector<Index> told_forgotten_;  // … and was in those that were taken last
  std::priority_queue<std::pair<uint64_t, Index>> dirty_;  // by order, the latest first
};

}  // namespace moondial
