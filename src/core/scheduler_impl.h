#pragma once

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/pools.h"
#include "core/scheduler.h"

namespace moondial {

/// The scheduler's state. The rules that its functions keep:
/// - a job's id is above those of its requirements, so that ids are a topological order;
/// - a run that holds a job holds, as long as they have not ended, all that the job waits for;
/// - a job is in the ready queues exactly while its state is ready, with its current key.
struct Scheduler::Impl {
  struct RunData {
    RunOptions options;
    std::vector<JobId> jobs;  // every job it has held
    std::set<JobId> roots;
    size_t open = 0;  // jobs that have not ended for this run
    bool cancelled = false;
    bool halted = false;  // fail-fast
    bool root_failed = false;
  };
  /// A run's interest in a job that has not ended for it.
  struct Want {
    RunId run;
    double priority = 0;
    bool cancelled = false;  // waits for the attempt that runs to end
  };
  struct Job {
    bool alive = true;
    std::string id;
    TaskState state = TaskState::kPending;
    bool has_work = true;
    Duration estimate{0};
    RetryPolicy retry;
    UseClass use_class = 0;

    std::vector<Want> wants;
    size_t holders = 0;  // runs that have not ended and have held it
    std::vector<JobId> needs;
    std::vector<JobId> dependents;
    size_t unmet = 0;

    double urgency = 0;
    int64_t remaining_us = 0;

    int attempts = 0;
    int retries = 0;
    int losses = 0;
    bool holds_units = false;
    bool stopping = false;
    bool killing = false;
    bool queued = false;  // scratch of raise()
    MonoTime due;
  };
  /// A job that has ended, and why.
  struct Ending {
    JobId job;
    TaskState state;
    JobId cause;
  };

  explicit Impl(uint64_t seed) : random(seed) {}

  [[nodiscard]] Job& at(JobId id);
  /// It has not ended. Lists of neighbours may hold ids that are long forgotten.
  [[nodiscard]] bool live(JobId id) { return id.value >= first_job && !is_final(at(id).state); }
  [[nodiscard]] ReadyKey key(JobId id, const Job& job) const;
  [[nodiscard]] static bool wanted(const Job& job);

  // Making (scheduler_submit.cc).
  JobId make_job(const PlanTask& task);
  void hold(RunId run, RunData& data, JobId id, double priority);
  void hold_needs(RunId run, RunData& data, JobId id, double priority);
  void link(JobId id, std::vector<JobId> needs);
  void raise(std::vector<JobId> changed);
  void reorder(JobId id, double urgency, int64_t remaining_us);
  void recompute(const std::vector<JobId>& some);

  // Changing (scheduler.cc).
  void make_ready(JobId id);
  void leave_waiting(JobId id, Job& job);
  void end(Ending first);
  void end_for_runs(const Ending& ending, std::set<RunId>& touched);
  void halt(RunId run);
  void drop(RunId run, JobId id, bool kill);
  void finish_runs(const std::set<RunId>& touched);
  void forget(JobId id);
  void give_back(Job& job);
  void fail_or_retry(JobId id, Job& job, MonoTime now);
  void start_what_can();
  [[nodiscard]] Duration retry_delay(const Job& job);

  Pools pools;
  ReadyQueues ready;
  std::deque<Job> jobs;
  uint64_t first_job = 1;                        // id of jobs.front()
  std::unordered_map<std::string, JobId> by_id;  // jobs that have not ended; only looked up
  std::map<RunId, RunData> runs;
  std::set<std::pair<MonoTime, JobId>> due;
  std::mt19937_64 random;
  std::vector<Decision> decisions;
};

}  // namespace moondial
