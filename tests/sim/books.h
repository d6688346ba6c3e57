#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/scheduler.h"
#include "tests/sim/context.h"

namespace moondial::sim {

/// Books about the scheduler of one engine. They are told of each call to it and each of its
/// decisions, believe nothing, work out what must hold from plans and events alone, and check it
/// each time decisions are taken.
class Books {
 public:
  explicit Books(Context& context) : context_(context) {}

  // What the engine tells the scheduler, and how it answers.
  void set_pool(std::string_view name, int64_t size) { pools_[std::string(name)] = size; }
  void submitted(const Scheduler& scheduler, RunId run, const Plan& plan, const RunOptions& options,
                 const std::vector<JobId>& jobs);
  void work_ended(JobId job) { jobs_.at(job).holds_units = false; }
  void attempt_ended(JobId job, Outcome outcome, MonoTime now);
  void awaited(JobId waiter, const Plan& plan, const Awaited& awaited);
  void required_more(JobId job, const Plan& plan, const Awaited& awaited);
  void paused(JobId job);
  void stopped_awaiting(JobId job, AwaitId await);
  void answered(JobId job, bool holds) { jobs_.at(job).answer = holds; }
  void failed_to_answer(JobId job) { jobs_.at(job).answer_failed = true; }
  void cancelled_run(RunId run);
  void something_changes() { is_behind_ = true; }
  void time_is(MonoTime now) { now_ = now; }
  void taken(const Scheduler& scheduler, const std::vector<Decision>& decisions, bool allow_starts);

  // What the seams around the engine ask.
  /// The version of the declarations that the run was planned in.
  void set_version(RunId run, uint64_t version) { runs_.at(run).version = version; }
  /// That of the live job of an identity; 0 if there is none.
  [[nodiscard]] uint64_t version_of(const std::string& task) const;
  /// Whether all that the live job of an identity required, directly or not, is of its version.
  [[nodiscard]] bool is_of_one_version(const std::string& task) const;
  /// An attempt of the identity has been started and has not ended.
  [[nodiscard]] bool is_under_way(const std::string& task) const;
  /// The engine ends in good order: its scheduler must be as it was at first.
  void is_over() { is_over_ = true; }
  void check_over(const Scheduler& scheduler);

 private:
  struct Hold {
    double priority = 0;
    bool ended = false;
  };
  struct Job {
    std::string id;
    uint64_t age = 0;
    RunId made_by;   // the run whose plan brought it, or …
    JobId made_for;  // … the job that awaited it, or required it late
    bool has_work = true;
    bool external = false;
    When when = When::kAll;
    std::string lock;
    std::map<std::string, int64_t> uses;
    RetryPolicy retry;
    int64_t estimate_us = 0;
    std::vector<JobId> needs;  // also those that have ended
    bool needs_complete = false;
    std::vector<std::pair<AwaitId, JobId>>
        awaited;               // edges; without a number: of an attempt before
    std::set<AwaitId> awaits;  // that are not answered
    std::map<RunId, Hold> holds;
    TaskState state = TaskState::kPending;  // as the scheduler says
    std::optional<Outcome> outcome;         // of the last attempt
    std::optional<bool> answer;             // to AskWhen
    bool answer_failed = false;
    int attempts = 0, failures = 0, losses = 0;
    MonoTime not_before;
    bool under_way = false, paused = false, stopping = false, holds_units = false;
    bool has_just_ended = false;  // since decisions were taken last
    bool forgotten = false;
    double urgency = 0;  // these two as of the last decisions
    int64_t remaining_us = 0;
  };
  struct Run {
    RunOptions options;
    uint64_t version = 0;
    bool cancelled = false, failed = false, awaits = false, ended = false;
  };
  using Units = std::map<std::string, int64_t>;

  void add_jobs(const Plan& plan, const std::vector<JobId>& jobs, RunId run, JobId waiter);
  void want(const Plan& plan, const Awaited& awaited, JobId waiter);
  void hold_tasks(RunId run, const Plan& plan, const std::vector<JobId>& jobs);

  // Hearing (books.cc).
  void look(const Scheduler& scheduler);
  void hear(const StartAttempt& one);
  void hear(const StopAttempt& one);
  void hear(const AskWhen& one);
  void hear(const AwaitEnded& one);
  void hear(const TaskChanged& one);
  void hear(const RunEnded& one);
  void hear(const JobForgotten& one);
  [[nodiscard]] std::optional<TaskState> follows(const Job& job) const;
  void check_end(const Job& job, const TaskChanged& one);

  // Promises (books_order.cc).
  void check_pools(const Scheduler& scheduler);
  void work_out_order(const Scheduler& scheduler);
  void check_order();
  void check_nothing_waits();
  [[nodiscard]] bool comes_before(const Job& a, const Job& b) const;
  [[nodiscard]] std::vector<const Job*> waiting() const;
  [[nodiscard]] bool can_ever_fit(const Job& job) const;
  [[nodiscard]] bool has_answer(const Job& job) const;
  [[nodiscard]] bool lacks_lock(const Job& job, const std::vector<const Job*>& waiting) const;
  [[nodiscard]] int64_t free_units(const std::string& pool) const;
  [[nodiscard]] uint64_t version(const Job& job) const;
  [[nodiscard]] bool is_all_of(const Job& job, uint64_t version) const;
  [[nodiscard]] const Job* live(const std::string& task) const;
  void broken(std::string_view invariant, const Job& job, const std::string& what);

  Context& context_;
  MonoTime now_{};
  Units pools_;
  Units used_;
  std::map<RunId, Run> runs_;
  std::map<JobId, Job> jobs_;
  std::map<std::string, JobId> by_id_;  // the newest job of each identity
  std::vector<JobId> started_;          // or gone on, in the decisions that were taken last
  uint64_t last_age_ = 0;
  bool is_over_ = false;
  bool is_behind_ = false;  // something may have been decided that was not heard yet
};

}  // namespace moondial::sim
