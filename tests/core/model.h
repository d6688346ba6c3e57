#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/scheduler.h"
#include "tests/catch.h"

namespace moondial {

/// Stands between a test and a scheduler, believes nothing, and keeps its own books: from the plans
/// and the decisions alone it knows what must hold, and checks it after every step.
class Model {
 public:
  explicit Model(uint64_t seed) : scheduler(seed) {}

  void set_pool(const std::string& name, int64_t size);
  void submit(uint64_t run, const Plan& plan, RunOptions options);
  void work_ended(JobId job);
  void end(JobId job, Outcome outcome);
  void answer(JobId job, bool holds);
  void fail_to_answer(JobId job);
  void cancel(uint64_t run, bool kill);
  void tick(MonoTime to);
  /// Takes decisions, believes none, and checks every promise.
  void take(bool allow_starts);

  [[nodiscard]] std::vector<JobId> running() const;
  [[nodiscard]] std::vector<JobId> asking() const { return {asking_.begin(), asking_.end()}; }
  [[nodiscard]] bool is_stopping(JobId job) const { return jobs_.at(job).stopping; }
  [[nodiscard]] size_t open_runs() const;
  [[nodiscard]] bool all_forgotten() const;

  Scheduler scheduler;
  MonoTime now{};
  std::string story;  ///< every decision in words

 private:
  struct Task {
    TaskState state = TaskState::kPending;
    double priority = 0;
    bool known_priority = false;
  };
  struct Run {
    RunOptions options;
    std::map<JobId, Task> tasks;
    std::set<JobId> roots;
    bool cancelled = false;
    bool failed = false;  // some task of it failed by itself
    bool joins = false;   // some task of it was a live job
    bool spreads = true;  // each of its tasks fails when something that it needs has failed
    bool ended = false;
  };
  struct Job {
    std::string id;
    std::map<std::string, int64_t> uses;
    std::string lock;
    std::vector<JobId> needs;
    bool needs_complete = false;  // … and something that was complete
    bool external = false;
    When when = When::kAll;
    std::optional<bool> answer;  // to AskWhen
    bool answer_failed = false;
    RetryPolicy retry;
    TaskState state = TaskState::kPending;
    std::optional<Outcome> outcome;  // of the last attempt
    int attempts = 0;
    int failures = 0;
    bool has_work = true;
    bool stopping = false;
    bool holds_units = false;
    bool forgotten = false;
  };

  void hear(const StartAttempt& one);
  void hear(const StopAttempt& one);
  void hear(const AskWhen& one);
  void hear(const TaskChanged& one);
  void hear(const RunEnded& one);
  void hear(const AwaitEnded&) {}
  void hear(const JobForgotten& one);

  void check_end(const Job& job, const TaskChanged& one) const;
  [[nodiscard]] std::optional<TaskState> follows(const Job& job) const;
  void check_pools();
  void check_order(const std::vector<JobId>& started);
  void check_nothing_is_stuck();
  [[nodiscard]] bool can_ever_fit(const Job& job) const;
  [[nodiscard]] double urgency(JobId job, std::map<JobId, double>& known,
                               const std::map<JobId, std::vector<JobId>>& waiting) const;
  [[nodiscard]] std::map<JobId, double> urgencies() const;

  std::map<std::string, int64_t> pools_;
  std::map<uint64_t, Run> runs_;
  std::map<JobId, Job> jobs_;
  std::map<std::string, JobId> running_ids_;
  std::map<std::string, JobId> holders_;  // of locks
  std::set<JobId> asking_;
};

}  // namespace moondial
