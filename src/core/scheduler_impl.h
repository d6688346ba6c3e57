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
/// - A job has an edge to each of its requirements that has not ended, and to all that it awaits,
/// or
///   that an earlier attempt of it has awaited, and that has not ended. The edges make no cycle: a
///   job that exists gets a new one only after a search for one.
/// - A run that wants a job wants all that the job still waits for.
/// - A job that has not ended is wanted by some run, or it is being stopped.
/// - A job is in a ready queue while it is ready, and while it is paused and has an answer; it has
/// a
///   timer while it is retrying.
/// Nothing recurses: what follows from an end is in `endings_` until settle() has worked it off.
struct Scheduler::Impl {
  /// A run that has not ended.
  struct Run {
    RunId id;
    RunOptions options;
    std::vector<Index> holds;  ///< of every job that it has ever wanted
    size_t open = 0;           ///< holds that have not ended
    uint64_t number = 0;       ///< the newer run has the higher one
    size_t planned = 0;        ///< holds of its own plan's tasks; after them those it joined along
    bool awaits = false;       ///< some hold is there by an await
    bool cancelled = false;
    bool halted = false;  ///< fail-fast, after a failure: starts nothing more
    bool root_failed = false;
    bool root_cancelled = false;
    bool root_blocked = false;
  };
  /// A run's interest in a job. It ends with the job, or before if the run is cancelled or halted,
  /// or needs the job no more, and others go on with it.
  struct Hold {
    double priority = 0;
    Index run = kNone;
    Index job = kNone;
    Index next = kNone;  ///< of the job
    bool root = false;
    bool ended = false;
    bool awaited = false;   ///< not of the run's plan: it is there by awaits alone
    bool unwanted = false;  ///< the run needs the job no more, and only waits for its end
  };
  /// The jobs of a plan.
  struct PlanJobs {
    std::vector<uint32_t> order;  ///< the tasks that are to be run, requirements first
    std::vector<Index> jobs;      ///< of each task of the plan; kNone for those not in `order`
    std::vector<uint32_t> made;   ///< the tasks whose jobs are new, in that order
    std::vector<Index> joined;    ///< the other jobs
  };
  /// What a run comes to want.
  struct Interest {
    Index run = kNone;
    bool awaited = false;                ///< by an await
    std::vector<Index> fresh;            ///< jobs whose needs the run may have to want as well
    std::vector<Want>* wants = nullptr;  ///< where to tell
  };
  /// What a job has awaited since it is there.
  struct Waiter {
    struct Await {
      std::vector<AwaitedRoot> roots;
      size_t open = 0;  ///< roots that have not ended
    };
    struct Place {
      AwaitId await;  ///< none: of an earlier attempt
      size_t root = 0;
    };
    std::map<AwaitId, Await> awaits;  ///< those of the current attempt that are not answered
    std::map<Index, Place> edges;     ///< to what has not ended
    size_t answers = 0;               ///< awaits that have come to their end
  };
  /// A job that is to end, and why.
  struct Ending {
    Index job;
    TaskState state;
    JobId cause;
  };

  explicit Impl(uint64_t seed) : queues(jobs, pools, locks), random(seed) {}

  // The jobs of a plan (scheduler_submit.cc).
  std::vector<JobId> submit(RunId id, const Plan& plan, const RunOptions& options);
  Index make_job(const PlanTask& task);
  PlanJobs make_jobs(const Plan& plan);
  void require(Index job, Index need);
  void begin(const Plan& plan, const PlanJobs& made, const std::map<uint32_t, TaskPast>& past = {});
  void take_past(Index index, const TaskPast& past);
  [[nodiscard]] std::vector<JobId> names(const PlanJobs& made) const;

  // Who wants what (scheduler_wants.cc).
  [[nodiscard]] bool starts_for(const Hold& hold) const;
  [[nodiscard]] bool goes_on_for(const Hold& hold) const;
  [[nodiscard]] bool anybody_starts(Index job) const;
  [[nodiscard]] bool goes_on_for_others(const Hold& hold) const;
  [[nodiscard]] Hold* find_hold(Index run, Index job);
  void hold(Interest& interest, Index job, double priority);
  Hold* add_hold(Index run, Index job);
  void tell_joined(const Hold& hold, std::vector<Want>* wants);
  void hold_tasks(Interest& interest, const Plan& plan, const PlanJobs& made);
  void hold_needs(Interest& interest);
  void hold_needs_of(Interest& interest);
  void drop(Hold& hold);
  void release_needs(Index run, Index job, bool all);
  void release(Index run, Index job);
  [[nodiscard]] bool is_needed(Index run, Index job);

  // Dependencies found while running (scheduler_await.cc).
  [[nodiscard]] bool is_await(Index edge) const;
  [[nodiscard]] bool is_left_over(Index edge) const;
  [[nodiscard]] bool has_unmet(Index job) const;
  Result<Awaited> await(Index waiter, const Plan& plan);
  void hold_for(Index waiter, const Plan& plan, const PlanJobs& made, bool awaited,
                std::vector<Want>& wants);
  void halt_new(const std::vector<Want>& wants);
  void connect_await(Index index, AwaitId id, const Plan& plan, const PlanJobs& made);
  void disconnect_leftovers(Index index, const Plan& plan, const PlanJobs& made);
  void awaited_ended(Index edge, TaskState state);
  void answer(Index index);
  void tell_answers();
  void tell_answers(Index index);
  void forget_waiter_if_idle(Index job);
  void forget_waiter(Index job);
  void unpin(const std::vector<AwaitedRoot>& roots);
  bool pause(Index index);
  void resume(Index index);
  void stop_awaiting(Index index, AwaitId id);
  void end_awaits(Index index);
  void unqueue(Index index);

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
  void tell_state(Index index);
  void give_units_back(Index index);
  Result<Awaited> requires_more(Index index, const Plan& plan);
  void take_start_back(Index index);
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
  void stop(Index index, bool kill);
  void cancel_job(Index index, bool kill);
  void cancel_run(Index run, bool kill);
  void halt(Index run);
  void halt_hold(Hold& hold);
  void end_run(Index index);
  void forget(Index job);
  void free_forgotten();

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
  MonoTime present;                 // of the newest call that knows it
  std::map<Index, Waiter> waiters;  // by job: only a few jobs ever await
  std::mt19937_64 random;
  std::vector<Decision> decisions;

 private:
  std::vector<Ending> endings_;
  std::vector<std::pair<Index, Index>> releases_;  // run, job: the run may want it no more
  std::vector<Index> answered_;                    // jobs with an answer that are to be told
  std::map<Index, size_t> pins_;                   // jobs that AwaitEnded will name, and how often
  std::vector<Index> to_halt_;         // runs that fail fast and have just had a failure
  std::vector<Index> maybe_over_;      // runs whose last hold may have ended
  std::vector<Index> forgotten_;       // jobs whose JobForgotten is in `decisions` …
  std::vector<Index> told_forgotten_;  // … and was in those that were taken last
  std::priority_queue<std::pair<uint64_t, Index>> dirty_;  // by order, the latest first
  std::priority_queue<std::pair<uint64_t, Index>> dirty_later_;
  uint64_t refreshed_down_to_ = UINT64_MAX;
  uint64_t last_run_number_ = 0;
  uint64_t last_await_ = 0;
};

}  // namespace moondial
