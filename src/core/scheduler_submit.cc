// Making jobs of a plan: who needs whom, how urgent each is, how long the way from it is.
#include <algorithm>
#include <cassert>
#include <utility>

#include "core/scheduler_impl.h"

namespace moondial {
namespace {

/// The tasks that are to be run, requirements first.
std::vector<uint32_t> needed_in_order(const Plan& plan) {
  std::vector<uint32_t> out;
  std::vector<bool> seen(plan.tasks.size());
  std::vector<std::pair<uint32_t, size_t>> path;  // task, next requirement
  for (const uint32_t root : plan.roots) {
    if (plan.tasks[root].complete || seen[root]) continue;
    seen[root] = true;
    path.assign(1, {root, 0});
    while (!path.empty()) {
      auto& [task, next] = path.back();
      const auto& needs = plan.tasks[task].requires_;
      if (next == needs.size()) {
        out.push_back(task);
        path.pop_back();
        continue;
      }
      const uint32_t need = needs[next++];
      if (plan.tasks[need].complete || seen[need]) continue;
      seen[need] = true;
      path.emplace_back(need, 0);
    }
  }
  return out;
}

}  // namespace

JobId Scheduler::Impl::make_job(const PlanTask& task) {
  const JobId id(first_job + jobs.size());
  Job& job = jobs.emplace_back();
  job.id = task.id;
  job.has_work = task.has_work;
  job.estimate = task.estimate;
  job.retry = task.retry;
  job.use_class = ready.use_class(pools.units(task.uses));
  job.remaining_us = task.estimate.count();
  by_id.emplace(task.id, id);
  return id;
}

/// The run wants the job, if it does not already.
void Scheduler::Impl::hold(RunId run, RunData& data, JobId id, double priority) {
  Job& job = at(id);
  if (std::ranges::find(job.wants, run, &Want::run) != job.wants.end()) return;
  job.wants.push_back({run, priority, false});
  ++job.holders;
  data.jobs.push_back(id);
  ++data.open;
}

/// The run wants all that the job still waits for. A priority of its own is not known there.
void Scheduler::Impl::hold_needs(RunId run, RunData& data, JobId id, double priority) {
  std::vector<JobId> todo = at(id).needs;
  while (!todo.empty()) {
    const JobId need = todo.back();
    todo.pop_back();
    if (!live(need)) continue;
    const Job& job = at(need);
    if (std::ranges::find(job.wants, run, &Want::run) != job.wants.end()) continue;
    hold(run, data, need, priority);
    todo.insert(todo.end(), job.needs.begin(), job.needs.end());
  }
}

void Scheduler::Impl::link(JobId id, std::vector<JobId> needs) {
  std::ranges::sort(needs);
  needs.erase(std::unique(needs.begin(), needs.end()), needs.end());
  for (const JobId need : needs) at(need).dependents.push_back(id);
  Job& job = at(id);
  job.unmet = needs.size();
  job.needs = std::move(needs);
}

void Scheduler::Impl::reorder(JobId id, double urgency, int64_t remaining_us) {
  Job& job = at(id);
  const bool queued = job.state == TaskState::kReady;
  if (queued) ready.erase(job.use_class, key(id, job));
  job.urgency = urgency;
  job.remaining_us = remaining_us;
  if (queued) ready.insert(job.use_class, key(id, job));
}

/// Hands urgency and remaining path of changed jobs on to what they need. Ids are a topological
/// order, so going down from the highest one visits each job once.
void Scheduler::Impl::raise(std::vector<JobId> changed) {
  for (const JobId id : changed) at(id).queued = true;
  std::ranges::make_heap(changed);
  while (!changed.empty()) {
    std::ranges::pop_heap(changed);
    const JobId id = changed.back();
    changed.pop_back();
    Job& job = at(id);
    job.queued = false;
    for (const JobId need_id : job.needs) {
      if (!live(need_id)) continue;
      Job& need = at(need_id);
      const double urgency = std::max(need.urgency, job.urgency);
      const int64_t remaining =
          std::max(need.remaining_us, need.estimate.count() + job.remaining_us);
      if (urgency == need.urgency && remaining == need.remaining_us) continue;
      reorder(need_id, urgency, remaining);
      if (std::exchange(need.queued, true)) continue;
      changed.push_back(need_id);
      std::ranges::push_heap(changed);
    }
  }
}

/// Urgency and remaining path anew, for jobs that may have lost a reason.
void Scheduler::Impl::recompute(const std::vector<JobId>& some) {
  std::set<JobId> todo;
  std::vector<JobId> path = some;
  while (!path.empty()) {
    const JobId id = path.back();
    path.pop_back();
    if (!live(id) || !todo.insert(id).second) continue;
    const Job& job = at(id);
    path.insert(path.end(), job.needs.begin(), job.needs.end());
  }
  for (auto id = todo.rbegin(); id != todo.rend(); ++id) {
    const Job& job = at(*id);
    double urgency = job.wants.empty() ? 0 : job.wants.front().priority;
    for (const Want& want : job.wants) urgency = std::max(urgency, want.priority);
    int64_t remaining = job.estimate.count();
    for (const JobId dependent_id : job.dependents) {
      if (!live(dependent_id)) continue;
      const Job& dependent = at(dependent_id);
      urgency = std::max(urgency, dependent.urgency);
      remaining = std::max(remaining, job.estimate.count() + dependent.remaining_us);
    }
    reorder(*id, urgency, remaining);
  }
}

std::vector<JobId> Scheduler::submit(RunId run, const Plan& plan, const RunOptions& options,
                                     MonoTime now) {
  (void)now;
  assert(!impl_->runs.contains(run));
  Impl::RunData& data = impl_->runs[run];
  data.options = options;
  std::vector<JobId> out(plan.tasks.size());
  std::vector<JobId> changed;
  std::vector<JobId> made;
  for (const uint32_t i : needed_in_order(plan)) {
    const PlanTask& task = plan.tasks[i];
    const double priority = task.priority + options.extra_priority;
    JobId id = find(task.id);
    const bool joins = static_cast<bool>(id);
    if (!joins) {
      id = impl_->make_job(task);
      made.push_back(id);
      std::vector<JobId> needs;
      for (const uint32_t need : task.requires_) {
        if (out[need]) needs.push_back(out[need]);
      }
      impl_->link(id, std::move(needs));
      impl_->at(id).urgency = priority;
    }
    out[i] = id;
    impl_->hold(run, data, id, priority);
    if (joins) {
      impl_->hold_needs(run, data, id, priority);
      Impl::Job& job = impl_->at(id);
      impl_->reorder(id, std::max(job.urgency, priority), job.remaining_us);
    }
    changed.push_back(id);
  }
  for (const uint32_t root : plan.roots) {
    if (out[root]) data.roots.insert(out[root]);
  }
  impl_->raise(std::move(changed));
  if (data.jobs.empty()) impl_->finish_runs({run});
  for (const JobId id : made) {
    // A wrapper that is done at once may have made the next one ready, and even ended the run.
    if (!impl_->live(id)) continue;
    const Impl::Job& job = impl_->at(id);
    if (job.state == TaskState::kPending && job.unmet == 0) impl_->make_ready(id);
  }
  return out;
}

}  // namespace moondial
