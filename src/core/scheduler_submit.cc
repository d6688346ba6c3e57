// The jobs of a plan: new ones, and those of other runs that are joined.
#include <algorithm>
#include <limits>

#include "core/plan_order.h"
#include "core/scheduler_impl.h"

namespace moondial {

std::vector<JobId> Scheduler::Impl::submit(RunId id, const Plan& plan, const RunOptions& options) {
  const Index run = runs.add({});
  runs[run].id = id;
  runs[run].options.fail_fast = options.fail_fast;
  runs[run].options.extra_priority = options.extra_priority;
  runs[run].number = ++last_run_number_;
  run_ids.emplace(id, run);

  const PlanJobs made = make_jobs(plan);
  holds.reserve_more(made.order.size());
  runs[run].holds.reserve(made.order.size());
  Interest interest;
  interest.run = run;
  hold_tasks(interest, plan, made);
  runs[run].planned = runs[run].holds.size();
  hold_needs(interest);
  for (const uint32_t root : plan.roots) {
    if (made.jobs[root] != kNone) find_hold(run, made.jobs[root])->root = true;
  }
  begin(plan, made, options.past);
  maybe_over_.push_back(run);
  settle();
  return names(made);
}

Index Scheduler::Impl::make_job(const PlanTask& task) {
  const Index index = jobs.add(task.id);
  Job& job = jobs[index];
  job.has_work = task.has_work;
  job.when = task.when;
  job.estimate_us = std::max<int64_t>(task.estimate.count(), 0);
  job.uses = queues.acquire(task.uses);
  job.lock = locks.acquire(task.lock);
  job.retry = policies.acquire(task.retry);
  return index;
}

/// The jobs of the plan's tasks that are to be run; new ones where there are none yet. A job that
/// was there keeps the requirements that it has.
Scheduler::Impl::PlanJobs Scheduler::Impl::make_jobs(const Plan& plan) {
  PlanJobs out;
  out.order = order_to_run(plan);
  size_t edges = 0;
  for (const uint32_t task : out.order) edges += plan.tasks[task].requires_.size();
  jobs.reserve_more(out.order.size(), edges);
  out.jobs.resize(plan.tasks.size(), kNone);
  out.made.reserve(out.order.size());
  for (const uint32_t task : out.order) {
    Index& job = out.jobs[task];
    job = jobs.find(plan.tasks[task].id);
    if (job != kNone) {
      out.joined.push_back(job);
      continue;
    }
    job = make_job(plan.tasks[task]);
    out.made.push_back(task);
    for (const uint32_t need : plan.tasks[task].requires_) require(job, out.jobs[need]);
  }
  return out;
}

/// `need` is a requirement of the job; kNone is one that is complete.
void Scheduler::Impl::require(Index job, Index need) {
  if (need == kNone) note_need(jobs[job], TaskState::kComplete);
  if (need == kNone || need == job) return;
  // Twice the same requirement follows itself, or costs an edge that does no harm.
  const Index last = jobs[job].last_need;
  if (last == kNone || jobs.edge(last).need != need) jobs.connect(job, need);
}

/// The jobs are held and connected: what can start is ready.
void Scheduler::Impl::begin(const Plan& plan, const PlanJobs& made,
                            const std::map<uint32_t, TaskPast>& past) {
  for (const Index job : made.joined) mark_dirty(job);
  // The latest first: what waits for a new job is new, too, or may be found dirty later.
  for (auto task = made.made.rbegin(); task != made.made.rend(); ++task) {
    set_order(made.jobs[*task]);
  }
  for (const uint32_t task : made.made) {
    const Index job = made.jobs[task];
    if (const auto before = past.find(task); before != past.end()) {
      take_past(job, before->second);
      if (before->second.ended) continue;
    }
    if (plan.tasks[task].external) {
      end(job, TaskState::kBlocked);
    } else if (jobs[job].first_need == kNone && jobs[job].state == TaskState::kPending) {
      needs_ended(job);
    }
  }
}

/// A new job is one that was there before, in the same run.
void Scheduler::Impl::take_past(Index index, const TaskPast& past) {
  Job& job = jobs[index];
  job.attempts = past.attempts;
  job.retries = past.failures;
  job.losses = static_cast<uint8_t>(std::clamp(past.losses, 0, 2)) & 3;
  if (past.ended) return end(index, *past.ended);
  if (!past.due || job.first_need != kNone) return;
  job.state = TaskState::kRetrying;
  job.due = *past.due;
  timers.add(job.due, job.order, index);
  each_hold(index, [&](const Hold& hold) {
    decisions.emplace_back(
        TaskChanged{runs[hold.run].id, jobs.name(index), TaskState::kRetrying, {}, job.due});
  });
}

std::vector<JobId> Scheduler::Impl::names(const PlanJobs& made) const {
  std::vector<JobId> out(made.jobs.size());
  for (size_t task = 0; task < out.size(); ++task) {
    if (made.jobs[task] != kNone) out[task] = jobs.name(made.jobs[task]);
  }
  return out;
}

}  // namespace moondial
