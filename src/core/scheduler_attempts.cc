// From ready to running to an outcome, and round again.
#include <cassert>

#include "core/scheduler_impl.h"
#include "core/wait_search.h"

namespace moondial {
namespace {

constexpr int kMostLosses = 3;

}  // namespace

void Scheduler::Impl::make_ready(Index job) {
  jobs[job].state = TaskState::kReady;
  jobs[job].due = present;
  queues.push(job);
}

/// Its units have been taken.
void Scheduler::Impl::start(Index index) {
  Job& job = jobs[index];
  job.state = TaskState::kRunning;
  job.holds_units = true;
  decisions.emplace_back(StartAttempt{jobs.name(index), ++job.attempts});
  tell_state(index);
}

/// Tells the runs that the job has entered its state.
void Scheduler::Impl::tell_state(Index index) {
  each_hold(index, [&](const Hold& hold) {
    decisions.emplace_back(
        TaskChanged{runs[hold.run].id, jobs.name(index), jobs[index].state, {}, {}});
  });
}

void Scheduler::Impl::give_units_back(Index index) {
  Job& job = jobs[index];
  if (!job.holds_units) return;
  job.holds_units = false;
  pools.give_back(queues.units(job.uses));
  queues.look_again();
}

Result<Awaited> Scheduler::Impl::requires_more(Index index, const Plan& plan) {
  assert(jobs[index].state == TaskState::kRunning);
  if (jobs[index].stopping || !anybody_starts(index)) {
    return Error{Code::kCancelled, jobs[index].id + " is being stopped", {}};
  }
  if (auto problem = find_endless_wait(jobs, locks, plan, index, true)) {
    return Error{Code::kInvalid, problem->message, {*problem}};
  }
  take_start_back(index);
  const PlanJobs made = make_jobs(plan);
  Awaited out;
  hold_for(index, plan, made, false, out.wants);
  for (const uint32_t root : plan.roots) require(index, made.jobs[root]);
  begin(plan, made);
  if (!has_unmet(index)) needs_ended(index);
  settle();
  out.jobs = names(made);
  return out;
}

/// As if it had not been started, for the runs that would start it now.
void Scheduler::Impl::take_start_back(Index index) {
  give_units_back(index);
  queues.give_lock_back(index);
  --jobs[index].attempts;
  jobs[index].state = TaskState::kPending;
  each_hold(index, [&](Hold& hold) {
    if (!starts_for(hold)) drop(hold);
  });
  tell_state(index);
}

void Scheduler::Impl::attempt_ended(Index index, Outcome outcome, MonoTime now) {
  Job& job = jobs[index];
  assert(job.started());
  end_awaits(index);
  give_units_back(index);
  queues.give_lock_back(index);
  const bool was_stopped = job.stopping;
  const bool may_begin_again = outcome == Outcome::kFailed || outcome == Outcome::kLost;
  if (job.cancelled && may_begin_again) outcome = Outcome::kCancelled;
  job.stopping = false;
  job.killing = false;
  switch (outcome) {
    case Outcome::kSucceeded:
      return end(index, TaskState::kDone);
    case Outcome::kSkipped:
      return end(index, TaskState::kSkipped);
    case Outcome::kFailedForGood:
      return end(index, TaskState::kFailed);
    case Outcome::kFailed:
      return attempt_failed(index, now);
    case Outcome::kLost:
      return attempt_lost(index, was_stopped, now);
    case Outcome::kCancelled:
      // If another run came to want it while it was being stopped, it runs again for that one.
      if (was_stopped && !job.cancelled && anybody_starts(index)) return again(index, now, now);
      return end(index, TaskState::kCancelled);
  }
}

void Scheduler::Impl::attempt_failed(Index index, MonoTime now) {
  Job& job = jobs[index];
  job.losses = 0;
  if (!anybody_starts(index)) {
    // Only a run that still looks at its tasks is told of a failure that is not retried for it.
    bool told = false;
    each_hold(index, [&](const Hold& hold) {
      told = told || !(runs[hold.run].cancelled || hold.unwanted);
    });
    return end(index, told ? TaskState::kFailed : TaskState::kCancelled);
  }
  const RetryPolicy& policy = policies[job.retry];
  if (job.retries >= policy.times) return end(index, TaskState::kFailed);
  ++job.retries;
  again(index, now + retry_wait(policy, job.retries, random), now);
}

void Scheduler::Impl::attempt_lost(Index index, bool was_stopped, MonoTime now) {
  Job& job = jobs[index];
  if (!anybody_starts(index)) return end(index, TaskState::kCancelled);
  // A stop may well end what an attempt runs in: that is no fault of the task.
  if (!was_stopped && ++job.losses >= kMostLosses) return end(index, TaskState::kFailed);
  again(index, now, now);
}

/// The job is to have another attempt, for the runs that still start something.
void Scheduler::Impl::again(Index index, MonoTime due, MonoTime now) {
  Job& job = jobs[index];
  job.state = TaskState::kRetrying;
  job.due = due;
  const JobId name = jobs.name(index);
  each_hold(index, [&](Hold& hold) {
    if (!starts_for(hold)) return drop(hold);
    decisions.emplace_back(TaskChanged{runs[hold.run].id, name, TaskState::kRetrying, {}, due});
  });
  if (due <= now) return make_ready(index);
  timers.add(due, job.order, index);
}

}  // namespace moondial
