// What is told to the scheduler, and what it says.
#include "tests/sim/books.h"

#include <algorithm>
#include <limits>

#include "core/plan_order.h"

namespace moondial::sim {
namespace {

constexpr double kNoPriority = -std::numeric_limits<double>::infinity();

/// The shortest that a retry may wait, whatever jitter is drawn.
Duration shortest_wait(const RetryPolicy& policy, int retry) {
  double us = static_cast<double>(policy.delay.count());
  for (int i = 1; i < retry; ++i) us *= policy.backoff;
  if (policy.max > Duration(0)) us = std::min(us, static_cast<double>(policy.max.count()));
  return Duration(static_cast<int64_t>(us * (1 - policy.jitter)));
}

}  // namespace

void Books::broken(std::string_view invariant, const Job& job, const std::string& what) {
  context_.checks.broken(invariant, job.id + " " + what);
}

// --- What the scheduler is told ---

void Books::add_jobs(const Plan& plan, const std::vector<JobId>& jobs, RunId run, JobId waiter) {
  for (const uint32_t place : order_to_run(plan)) {
    const PlanTask& task = plan.tasks[place];
    if (!jobs[place] || jobs_.contains(jobs[place])) continue;
    Job& job = jobs_[jobs[place]];
    job.id = task.id;
    job.age = ++last_age_;
    job.made_by = run;
    job.made_for = waiter;
    job.has_work = task.has_work;
    job.external = task.external;
    job.when = task.when;
    job.lock = task.lock;
    for (const PoolUse& use : task.uses) job.uses[use.pool] += use.units;
    job.retry = task.retry;
    job.estimate_us = task.estimate.count();
    for (const uint32_t need : task.requires_) {
      if (jobs[need]) job.needs.push_back(jobs[need]);
      job.needs_complete = job.needs_complete || !jobs[need];
    }
    by_id_[task.id] = jobs[place];
  }
}

/// A hold that has ended and is wanted again begins anew.
void Books::hold_tasks(RunId run, const Plan& plan, const std::vector<JobId>& jobs) {
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!jobs[i]) continue;
    const auto known = jobs_.at(jobs[i]).holds.find(run);
    if (known == jobs_.at(jobs[i]).holds.end() || known->second.ended) continue;
    const double priority = plan.tasks[i].priority + runs_.at(run).options.extra_priority;
    known->second.priority = std::max(known->second.priority, priority);
  }
}

void Books::submitted(const Scheduler& scheduler, RunId run, const Plan& plan,
                      const RunOptions& options, const std::vector<JobId>& jobs) {
  runs_[run].options = options;
  add_jobs(plan, jobs, run, {});
  for (const JobId job : jobs) {
    if (job) jobs_.at(job).holds[run] = {kNoPriority, false};
  }
  hold_tasks(run, plan, jobs);
  for (const JobId job : scheduler.joined_along(run)) {
    jobs_.at(job).holds.emplace(run, Hold{kNoPriority, false});
  }
}

void Books::attempt_ended(JobId id, Outcome outcome, MonoTime now) {
  Job& job = jobs_.at(id);
  // A loss by a stop does not count; a stop may have been decided that was not heard.
  const bool was_stopped = job.stopping || is_behind_;
  job.under_way = job.paused = job.stopping = job.holds_units = false;
  job.has_just_ended = true;
  job.outcome = outcome;
  job.awaits.clear();
  for (auto& [await, need] : job.awaited) await = AwaitId();
  if (outcome == Outcome::kFailed) {
    ++job.failures;
    job.losses = 0;
    job.not_before = now + shortest_wait(job.retry, job.failures);
  } else if (outcome == Outcome::kLost && !was_stopped) {
    ++job.losses;
  }
}

/// Every run that wants the waiter wants what it awaits.
void Books::want(const Plan& plan, const Awaited& awaited, JobId waiter) {
  add_jobs(plan, awaited.jobs, {}, waiter);
  for (const Want& want : awaited.wants) {
    jobs_.at(want.job).holds[want.run] = {kNoPriority, false};
    runs_.at(want.run).awaits = true;
  }
  for (const auto& [run, hold] : jobs_.at(waiter).holds) {
    if (!hold.ended) hold_tasks(run, plan, awaited.jobs);
  }
}

void Books::awaited(JobId id, const Plan& plan, const Awaited& awaited) {
  want(plan, awaited, id);
  Job& waiter = jobs_.at(id);
  waiter.awaits.insert(awaited.id);
  for (const uint32_t root : plan.roots) {
    const JobId need = awaited.jobs[root];
    std::erase_if(waiter.awaited,
                  [&](const auto& edge) { return !edge.first && edge.second == need; });
  }
  for (const uint32_t root : plan.roots) {
    if (awaited.jobs[root]) waiter.awaited.emplace_back(awaited.id, awaited.jobs[root]);
  }
}

/// The start is taken back.
void Books::required_more(JobId id, const Plan& plan, const Awaited& awaited) {
  want(plan, awaited, id);
  Job& job = jobs_.at(id);
  job.under_way = job.holds_units = false;
  job.answer.reset();
  --job.attempts;
  for (const uint32_t root : plan.roots) {
    if (awaited.jobs[root]) job.needs.push_back(awaited.jobs[root]);
    job.needs_complete = job.needs_complete || !awaited.jobs[root];
  }
}

void Books::paused(JobId id) {
  Job& job = jobs_.at(id);
  if (has_answer(job)) broken("no-deadlock", job, "is paused though it has an answer");
  job.paused = true;
  job.holds_units = false;
}

void Books::stopped_awaiting(JobId id, AwaitId await) {
  Job& job = jobs_.at(id);
  job.awaits.erase(await);
  std::erase_if(job.awaited, [&](const auto& edge) { return edge.first == await; });
}

void Books::cancelled_run(RunId run) {
  const auto found = runs_.find(run);
  if (found != runs_.end()) found->second.cancelled = true;
}

// --- What it says ---

void Books::taken(const Scheduler& scheduler, const std::vector<Decision>& decisions,
                  bool allow_starts) {
  started_.clear();
  is_behind_ = false;
  look(scheduler);
  for (const Decision& decision : decisions) {
    std::visit([this](const auto& one) { hear(one); }, decision);
  }
  if (!allow_starts && !started_.empty()) {
    broken("order", jobs_.at(started_.front()), "starts though nothing may");
  }
  check_pools(scheduler);
  work_out_order(scheduler);
  check_order();
  if (allow_starts) check_nothing_waits();
  for (auto& [id, job] : jobs_) job.has_just_ended = false;
}

/// States, and with them what has ended.
void Books::look(const Scheduler& scheduler) {
  std::vector<JobId> ended;
  for (auto& [id, job] : jobs_) {
    if (job.forgotten || is_final(job.state)) continue;
    job.state = scheduler.state(id);
    if (is_final(job.state)) ended.push_back(id);
  }
  for (auto& [id, job] : jobs_) {
    if (is_final(job.state)) job.awaited.clear();
    std::erase_if(job.awaited, [&](const auto& edge) {
      return std::ranges::find(ended, edge.second) != ended.end();
    });
  }
}

/// All that some await of the current attempt asked for has ended.
bool Books::has_answer(const Job& job) const {
  return std::ranges::any_of(job.awaits, [&](AwaitId await) {
    return std::ranges::none_of(job.awaited, [&](const auto& edge) { return edge.first == await; });
  });
}

void Books::hear(const StartAttempt& one) {
  Job& job = jobs_.at(one.job);
  context_.trace.say("  decision: start ", job.id, " ", one.attempt);
  if (job.under_way) broken("one-attempt", job, "starts while it runs");
  for (const auto& [id, other] : jobs_) {
    const bool is_held = other.under_way && !job.lock.empty() && other.lock == job.lock;
    if (is_held && id != one.job)
      broken("one-holder", job, "starts though " + other.id + " has its lock");
  }
  if (follows(job) != TaskState::kReady) broken("requirements", job, "starts too early");
  if (job.external || !job.has_work) broken("requirements", job, "starts and has no work");
  if (one.attempt != ++job.attempts) broken("retries", job, "has another number than it should");
  if (job.failures > job.retry.times) broken("retries", job, "starts after its last retry");
  if (job.losses > 2) broken("retries", job, "starts after three losses");
  if (job.outcome == Outcome::kFailed && now_ < job.not_before) {
    broken("retries", job, "is retried before its time");
  }
  const bool is_wanted = std::ranges::any_of(job.holds, [&](const auto& entry) {
    const Run& run = runs_.at(entry.first);
    const bool is_halted = run.options.fail_fast && run.failed && !run.awaits;
    return !entry.second.ended && !run.cancelled && !is_halted;
  });
  if (!is_wanted) broken("wanted", job, "starts and no run wants it");
  job.under_way = job.holds_units = true;
  started_.push_back(one.job);
}

void Books::hear(const StopAttempt& one) {
  Job& job = jobs_.at(one.job);
  context_.trace.say("  decision: stop ", job.id, one.kill ? " at once" : "");
  // It may have ended since that was decided.
  if (!job.under_way && !job.has_just_ended) broken("wanted", job, "is stopped and does not run");
  job.stopping = job.under_way;
}

void Books::hear(const AskWhen& one) {
  const Job& job = jobs_.at(one.job);
  context_.trace.say("  decision: ask ", job.id);
  const bool all_ended =
      std::ranges::all_of(job.needs, [&](JobId need) { return is_final(jobs_.at(need).state); });
  if (job.when != When::kAsk || !all_ended) broken("requirements", job, "is asked too early");
}

void Books::hear(const AwaitEnded& one) {
  Job& waiter = jobs_.at(one.waiter);
  context_.trace.say("  decision: answer ", waiter.id);
  for (const auto& [await, need] : waiter.awaited) {
    if (await == one.await) broken("requirements", waiter, "is answered too early");
  }
  if (!waiter.under_way || waiter.stopping) broken("wanted", waiter, "is answered in vain");
  for (const AwaitedRoot& root : one.roots) {
    if (!is_final(root.state)) broken("requirements", waiter, "awaits what has not ended");
  }
  waiter.awaits.erase(one.await);
}

void Books::hear(const TaskChanged& one) {
  Job& job = jobs_.at(one.job);
  const auto known = job.holds.find(one.run);
  if (known == job.holds.end()) return broken("wanted", job, "changes in a run that it is not of");
  Hold& hold = known->second;
  context_.trace.say("  decision: ", job.id, " ", to_string(one.state), " in run ", one.run.value);
  if (runs_.at(one.run).ended) broken("final-states", job, "changes in a run that has ended");
  if (hold.ended) broken("announced-stays", job, "changes after its end");
  if (one.state == TaskState::kRunning && job.paused && job.state == TaskState::kRunning) {
    job.paused = false;
    job.holds_units = true;
    started_.push_back(one.job);
  }
  if (one.state == TaskState::kFailed) runs_.at(one.run).failed = true;
  if (!is_final(one.state)) return;
  hold.ended = true;
  check_end(job, one);
}

void Books::hear(const RunEnded& one) {
  Run& run = runs_.at(one.run);
  context_.trace.say("  decision: run ", one.run.value, " ", to_string(one.state));
  run.ended = true;
  for (const auto& [id, job] : jobs_) {
    const auto hold = job.holds.find(one.run);
    if (hold != job.holds.end() && !hold->second.ended) {
      broken("final-states", job, "has not ended when its run has");
    }
  }
}

void Books::hear(const JobForgotten& one) {
  Job& job = jobs_.at(one.job);
  if (job.under_way || !is_final(job.state))
    broken("wanted", job, "is forgotten and has not ended");
  for (const auto& [run, hold] : job.holds) {
    if (!runs_.at(run).ended) broken("wanted", job, "is forgotten by a run that goes on");
  }
  job.forgotten = true;
}

/// What a job comes to by what its requirements ended as: kReady if it is to run; nothing if that
/// is not decided.
std::optional<TaskState> Books::follows(const Job& job) const {
  if (job.external) return TaskState::kBlocked;
  int good = job.needs_complete ? 1 : 0, bad = 0, cancelled = 0, blocked = 0, open = 0;
  for (const JobId need : job.needs) {
    const TaskState state = jobs_.at(need).state;
    good += state == TaskState::kDone ? 1 : 0;
    bad += state == TaskState::kFailed || state == TaskState::kUpstreamFailed ? 1 : 0;
    cancelled += state == TaskState::kCancelled ? 1 : 0;
    blocked += state == TaskState::kBlocked ? 1 : 0;
    open += is_final(state) ? 0 : 1;
  }
  const int all = static_cast<int>(job.needs.size()) + (job.needs_complete ? 1 : 0);
  if (job.when == When::kAll && bad > 0) return TaskState::kUpstreamFailed;
  if (open > 0) return std::nullopt;
  if (cancelled > 0) return TaskState::kCancelled;
  if (blocked > 0) return TaskState::kBlocked;
  if (job.when == When::kAsk && job.answer_failed) return TaskState::kFailed;
  if (job.when == When::kAsk && !job.answer) return std::nullopt;
  const bool holds = job.when == When::kEnded || (job.when == When::kAll && good == all) ||
                     (job.when == When::kAny && good > 0) ||
                     (job.when == When::kFailed && bad > 0) ||
                     (job.when == When::kAllFailed && bad > 0 && bad == all) ||
                     (job.when == When::kAsk && *job.answer);
  return holds ? TaskState::kReady : TaskState::kSkipped;
}

/// An end has a reason: the last attempt, the requirements, or, for a cancel, somebody's wish.
void Books::check_end(const Job& job, const TaskChanged& one) {
  const auto reason = follows(job);
  bool is_right = true;
  switch (one.state) {
    case TaskState::kDone:
      is_right =
          reason == TaskState::kReady && (!job.has_work || job.outcome == Outcome::kSucceeded);
      break;
    case TaskState::kSkipped:
      is_right = reason == TaskState::kSkipped || job.outcome == Outcome::kSkipped;
      break;
    case TaskState::kFailed:
      is_right = job.attempts > 0 || reason == TaskState::kFailed;
      break;
    case TaskState::kUpstreamFailed:
    case TaskState::kBlocked:
      is_right = reason == one.state;
      break;
    default:
      is_right = one.state == TaskState::kCancelled;
  }
  if (!is_right)
    broken("requirements", job, "is " + std::string(to_string(one.state)) + " without a reason");
}

}  // namespace moondial::sim
