// The scheduler's public face. scheduler_impl.h says what is where.
#include "core/scheduler.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/scheduler_impl.h"

namespace moondial {

Scheduler::Scheduler(uint64_t seed) : impl_(std::make_unique<Impl>(seed)) {}
Scheduler::~Scheduler() = default;

// --- Events ---

void Scheduler::set_pool(std::string_view name, int64_t size) {
  assert(size >= 0);
  impl_->queues.set_pool(name, size);
}

std::vector<JobId> Scheduler::submit(RunId run, const Plan& plan, const RunOptions& options,
                                     MonoTime now) {
  assert(!impl_->run_ids.contains(run));
  impl_->present = now;
  return impl_->submit(run, plan, options);
}

void Scheduler::work_ended(JobId job) {
  const Index index = impl_->jobs.at(job);
  assert(impl_->jobs[index].state == TaskState::kRunning);
  impl_->give_units_back(index);
}

void Scheduler::attempt_ended(JobId job, Outcome outcome, MonoTime now) {
  impl_->present = now;
  impl_->attempt_ended(impl_->jobs.at(job), outcome, now);
  impl_->settle();
}

Result<Awaited> Scheduler::await(JobId waiter, const Plan& plan, MonoTime now) {
  impl_->present = now;
  return impl_->await(impl_->jobs.at(waiter), plan);
}

bool Scheduler::pause(JobId waiter) { return impl_->pause(impl_->jobs.at(waiter)); }

void Scheduler::stop_awaiting(JobId waiter, AwaitId await) {
  impl_->stop_awaiting(impl_->jobs.at(waiter), await);
  impl_->settle();
}

Result<Awaited> Scheduler::requires_more(JobId job, const Plan& plan, MonoTime now) {
  impl_->present = now;
  return impl_->requires_more(impl_->jobs.at(job), plan);
}

void Scheduler::when_answered(JobId job, bool holds, MonoTime now) {
  impl_->present = now;
  const Index index = impl_->take_asking(job);
  if (index == kNone) return;
  holds ? impl_->go_ahead(index) : impl_->end(index, TaskState::kSkipped);
  impl_->settle();
}

void Scheduler::when_failed(JobId job, MonoTime now) {
  impl_->present = now;
  const Index index = impl_->take_asking(job);
  if (index == kNone) return;
  impl_->end(index, TaskState::kFailed);
  impl_->settle();
}

void Scheduler::cancel_job(JobId job, bool kill, MonoTime now) {
  impl_->present = now;
  const Index index = impl_->jobs.find(job);
  if (index == kNone) return;
  impl_->cancel_job(index, kill);
  impl_->settle();
}

void Scheduler::cancel_run(RunId run, bool kill, MonoTime now) {
  impl_->present = now;
  const auto found = impl_->run_ids.find(run);
  if (found == impl_->run_ids.end()) return;
  impl_->cancel_run(found->second, kill);
  impl_->settle();
}

void Scheduler::tick(MonoTime now) {
  impl_->present = now;
  for (Index job = impl_->timers.take_due(now); job != kNone; job = impl_->timers.take_due(now)) {
    impl_->make_ready(job);
  }
}

std::optional<MonoTime> Scheduler::next_due() const { return impl_->timers.next(); }

std::vector<Decision> Scheduler::take_decisions(bool allow_starts, const MayStart& may_start) {
  impl_->refresh_order();
  impl_->free_forgotten();
  impl_->tell_answers();
  if (allow_starts) {
    const auto may_take = [&](Index job) {
      return !may_start || impl_->jobs[job].state != TaskState::kReady ||
             may_start(impl_->jobs.name(job));
    };
    for (const Index job : impl_->queues.take_startable(may_take)) {
      const bool is_paused = impl_->jobs[job].state == TaskState::kWaiting;
      is_paused ? impl_->resume(job) : impl_->start(job);
    }
  }
  return std::exchange(impl_->decisions, {});
}

void Scheduler::retry_held_back() { impl_->queues.retry_held_back(); }

// --- Looking ---

bool Scheduler::is_held_back(JobId job) const { return impl_->jobs[impl_->jobs.at(job)].held_back; }

size_t Scheduler::held_back() const { return impl_->queues.held_back(); }

TaskState Scheduler::state(JobId job) const { return impl_->jobs[impl_->jobs.at(job)].state; }

double Scheduler::urgency(JobId job) const { return impl_->jobs[impl_->jobs.at(job)].urgency; }

const std::string& Scheduler::id(JobId job) const { return impl_->jobs[impl_->jobs.at(job)].id; }

JobId Scheduler::find(std::string_view id) const {
  const Index job = impl_->jobs.find(id);
  return job == kNone ? JobId() : impl_->jobs.name(job);
}

MonoTime Scheduler::ready_since(JobId job) const { return impl_->jobs[impl_->jobs.at(job)].due; }

std::vector<RunId> Scheduler::runs_of(JobId job) const {
  std::vector<RunId> out;
  impl_->each_hold(impl_->jobs.at(job),
                   [&](const Impl::Hold& hold) { out.push_back(impl_->runs[hold.run].id); });
  return out;
}

std::vector<JobId> Scheduler::joined_along(RunId run) const {
  std::vector<JobId> out;
  const auto known = impl_->run_ids.find(run);
  if (known == impl_->run_ids.end()) return out;
  const Impl::Run& found = impl_->runs[known->second];
  for (size_t i = found.planned; i < found.holds.size(); ++i) {
    out.push_back(impl_->jobs.name(impl_->holds[found.holds[i]].job));
  }
  return out;
}

std::vector<JobId> Scheduler::unmet(JobId job) const {
  const Jobs& jobs = impl_->jobs;
  std::vector<JobId> out;
  for (Index e = jobs[jobs.at(job)].first_need; e != kNone; e = jobs.edge(e).next_need) {
    if (impl_->is_left_over(e)) continue;
    out.push_back(jobs.name(jobs.edge(e).need));
  }
  return out;
}

std::vector<JobId> Scheduler::next_starts(size_t most) const {
  std::vector<JobId> out;
  for (const Index job : impl_->queues.first(most)) {
    if (impl_->jobs[job].state == TaskState::kReady) out.push_back(impl_->jobs.name(job));
  }
  return out;
}

std::vector<std::string> Scheduler::lacking(JobId job) const {
  const Index index = impl_->jobs.at(job);
  std::vector<std::string> out;
  if (impl_->jobs[index].queue_place == kNone || impl_->jobs[index].held_back) return out;
  const std::vector<Index> pools = impl_->queues.lacking(index);
  for (const auto& [name, number] : impl_->pools.numbers()) {
    if (std::ranges::find(pools, number) != pools.end()) out.push_back(name);
  }
  if (impl_->queues.lacks_lock(index)) {
    out.push_back("lock " + impl_->locks[impl_->jobs[index].lock].name);
  }
  return out;
}

std::vector<PoolView> Scheduler::pools() const { return impl_->queues.views(); }

bool Scheduler::idle() const { return impl_->run_ids.empty(); }

}  // namespace moondial
