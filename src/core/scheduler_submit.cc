// Making the jobs of a run: new ones, and those of other runs that it joins.
#include <algorithm>
#include <limits>

#include "core/plan_order.h"
#include "core/scheduler_impl.h"

namespace moondial {

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

Scheduler::Impl::Hold* Scheduler::Impl::find_hold(Index run, Index job) {
  // The newest run's hold is the last one.
  const Index last = jobs[job].last_hold;
  return last != kNone && holds[last].run == run ? &holds[last] : nullptr;
}

/// The run, which is the newest, wants the job.
void Scheduler::Impl::hold(Index run, Index job, double priority) {
  if (Hold* known = find_hold(run, job)) {
    known->priority = std::max(known->priority, priority);
    return;
  }
  Hold hold;
  hold.priority = priority;
  hold.run = run;
  hold.job = job;
  const Index index = holds.add(hold);
  const Index last = jobs[job].last_hold;
  (last == kNone ? jobs[job].first_hold : holds[last].next) = index;
  jobs[job].last_hold = index;
  runs[run].holds.push_back(index);
  ++runs[run].open;
  // Who joins hears what the others have heard.
  const TaskState state = jobs[job].state;
  if (state == TaskState::kRunning || state == TaskState::kRetrying) {
    std::optional<MonoTime> due;
    if (state == TaskState::kRetrying) due = jobs[job].due;
    decisions.emplace_back(TaskChanged{runs[run].id, jobs.name(job), state, {}, due});
  }
}

/// A job that was joined keeps the requirements that it was made with. Those that its run's plan
/// does not know are wanted by the run as well: or the end of the run that made them, by a cancel,
/// would end the job, too. `from` is the first hold whose job's needs are to be held.
void Scheduler::Impl::hold_needs(Index run, size_t from) {
  for (size_t i = from; i < runs[run].holds.size(); ++i) {
    const Index job = holds[runs[run].holds[i]].job;
    for (Index e = jobs[job].first_need; e != kNone; e = jobs.edge(e).next_need) {
      hold(run, jobs.edge(e).need, -std::numeric_limits<double>::infinity());
    }
  }
}

void Scheduler::Impl::connect_needs(const Plan& plan, uint32_t task,
                                    const std::vector<Index>& jobs_of_plan) {
  const Index job = jobs_of_plan[task];
  for (const uint32_t requirement : plan.tasks[task].requires_) {
    const Index need = jobs_of_plan[requirement];
    if (need == kNone) note_need(jobs[job], TaskState::kComplete);
    if (need == kNone || need == job) continue;
    // Twice the same requirement follows itself, or costs an edge that does no harm.
    const Index last = jobs[job].last_need;
    if (last == kNone || jobs.edge(last).need != need) jobs.connect(job, need);
  }
}

std::vector<JobId> Scheduler::Impl::submit(RunId id, const Plan& plan, const RunOptions& options) {
  const Index run = runs.add({});
  runs[run].id = id;
  runs[run].options = options;
  run_ids.emplace(id, run);

  const std::vector<uint32_t> order = order_to_run(plan);
  size_t edges = 0;
  for (const uint32_t task : order) edges += plan.tasks[task].requires_.size();
  jobs.reserve_more(order.size(), edges);
  holds.reserve_more(order.size());
  runs[run].holds.reserve(order.size());

  std::vector<Index> jobs_of_plan(plan.tasks.size(), kNone);
  std::vector<uint32_t> made;  // tasks
  made.reserve(order.size());
  for (const uint32_t task : order) {
    const PlanTask& planned = plan.tasks[task];
    Index job = jobs.find(planned.id);
    const bool joins = job != kNone;
    if (!joins) {
      job = make_job(planned);
      made.push_back(task);
    }
    jobs_of_plan[task] = job;
    hold(run, job, planned.priority + options.extra_priority);
    if (joins) {
      mark_dirty(job);
    } else {
      connect_needs(plan, task, jobs_of_plan);
    }
  }
  runs[run].planned = runs[run].holds.size();
  hold_needs(run, 0);
  for (const uint32_t root : plan.roots) {
    if (jobs_of_plan[root] != kNone) find_hold(run, jobs_of_plan[root])->root = true;
  }

  // The latest first: what waits for a new job is new, too.
  for (auto task = made.rbegin(); task != made.rend(); ++task) set_order(jobs_of_plan[*task]);
  for (const uint32_t task : made) {
    const Index job = jobs_of_plan[task];
    if (plan.tasks[task].external) {
      end(job, TaskState::kBlocked);
    } else if (jobs[job].first_need == kNone) {
      needs_ended(job);
    }
  }
  maybe_over_.push_back(run);
  settle();

  std::vector<JobId> out(plan.tasks.size());
  for (size_t task = 0; task < out.size(); ++task) {
    if (jobs_of_plan[task] != kNone) out[task] = jobs.name(jobs_of_plan[task]);
  }
  return out;
}

}  // namespace moondial
