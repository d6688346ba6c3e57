#include "core/scheduler.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "core/scheduler_impl.h"

namespace moondial {
namespace {

constexpr int kMostLosses = 3;

}  // namespace

// --- State ---

Scheduler::Impl::Job& Scheduler::Impl::at(JobId id) {
  assert(id.value >= first_job && id.value - first_job < jobs.size());
  return jobs[id.value - first_job];
}

ReadyKey Scheduler::Impl::key(JobId id, const Job& job) const {
  return {job.urgency, job.remaining_us, id};
}

bool Scheduler::Impl::wanted(const Job& job) {
  return std::ranges::any_of(job.wants, [](const Want& want) { return !want.cancelled; });
}

void Scheduler::Impl::give_back(Job& job) {
  if (!job.holds_units) return;
  pools.give_back(ready.units(job.use_class));
  job.holds_units = false;
}

/// All that the job needs is done.
void Scheduler::Impl::make_ready(JobId id) {
  Job& job = at(id);
  if (!job.has_work) return end({id, TaskState::kDone, {}});
  job.state = TaskState::kReady;
  ready.insert(job.use_class, key(id, job));
}

/// Takes a job that does not run out of what it is queued in.
void Scheduler::Impl::leave_waiting(JobId id, Job& job) {
  if (job.state == TaskState::kReady) ready.erase(job.use_class, key(id, job));
  if (job.state == TaskState::kRetrying) due.erase({job.due, id});
}

// --- Ends ---

/// Ends a job, and what follows from it for its dependents and its runs.
void Scheduler::Impl::end(Ending first) {
  std::vector<Ending> todo = {first};
  std::set<RunId> touched;
  std::vector<JobId> now_ready;
  for (size_t i = 0; i < todo.size(); ++i) {
    const Ending ending = todo[i];
    if (!live(ending.job)) continue;
    Job& job = at(ending.job);
    leave_waiting(ending.job, job);
    job.state = ending.state;
    by_id.erase(job.id);
    end_for_runs(ending, touched);
    for (const JobId dependent_id : job.dependents) {
      if (!live(dependent_id)) continue;
      Job& dependent = at(dependent_id);
      switch (ending.state) {
        case TaskState::kDone:
          if (--dependent.unmet > 0) break;
          if (dependent.has_work) {
            now_ready.push_back(dependent_id);
          } else {
            todo.push_back({dependent_id, TaskState::kDone, {}});
          }
          break;
        case TaskState::kSkipped:
          todo.push_back({dependent_id, TaskState::kSkipped, {}});
          break;
        case TaskState::kCancelled:
          todo.push_back({dependent_id, TaskState::kCancelled, {}});
          break;
        default: {
          const JobId cause = ending.cause ? ending.cause : ending.job;
          todo.push_back({dependent_id, TaskState::kUpstreamFailed, cause});
        }
      }
    }
  }
  for (const JobId id : now_ready) {
    if (live(id)) make_ready(id);
  }
  if (first.state == TaskState::kFailed) {
    for (const RunId run : touched) {
      const auto data = runs.find(run);
      if (data == runs.end() || !data->second.options.fail_fast || data->second.halted) continue;
      halt(run);
    }
  }
  finish_runs(touched);
}

void Scheduler::Impl::end_for_runs(const Ending& ending, std::set<RunId>& touched) {
  Job& job = at(ending.job);
  for (const Want& want : job.wants) {
    RunData& run = runs.at(want.run);
    decisions.emplace_back(TaskChanged{want.run, ending.job, ending.state, ending.cause, {}});
    --run.open;
    if (!is_success(ending.state) && run.roots.contains(ending.job)) run.root_failed = true;
    touched.insert(want.run);
  }
  job.wants.clear();
}

/// Takes the job out of a run that does not want it any more, without an attempt being cut short
/// that others want.
void Scheduler::Impl::drop(RunId run_id, JobId id, bool kill) {
  if (!live(id)) return;
  Job& job = at(id);
  const auto want = std::ranges::find(job.wants, run_id, &Want::run);
  if (want == job.wants.end()) return;
  want->cancelled = true;
  if (wanted(job)) {
    RunData& run = runs.at(run_id);
    job.wants.erase(want);
    --run.open;
    if (run.roots.contains(id)) run.root_failed = true;
    decisions.emplace_back(TaskChanged{run_id, id, TaskState::kCancelled, {}, {}});
  } else if (job.state == TaskState::kRunning) {
    if (job.stopping && (job.killing || !kill)) return;
    job.stopping = true;
    job.killing = kill;
    decisions.emplace_back(StopAttempt{id, kill});
  } else {
    end({id, TaskState::kCancelled, {}});
  }
}

/// Fail-fast: what does not run yet does not start for this run.
void Scheduler::Impl::halt(RunId run_id) {
  runs.at(run_id).halted = true;
  const std::vector<JobId> all = runs.at(run_id).jobs;
  for (const JobId id : all) {
    if (live(id) && at(id).state != TaskState::kRunning) drop(run_id, id, false);
  }
}

void Scheduler::Impl::finish_runs(const std::set<RunId>& touched) {
  for (const RunId id : touched) {
    const auto found = runs.find(id);
    if (found == runs.end() || found->second.open > 0) continue;
    const RunData run = std::move(found->second);
    runs.erase(found);
    const RunState state = run.cancelled     ? RunState::kCancelled
                           : run.root_failed ? RunState::kFailed
                                             : RunState::kDone;
    decisions.emplace_back(RunEnded{id, state});
    for (const JobId job : run.jobs) {
      if (--at(job).holders == 0) forget(job);
    }
  }
}

void Scheduler::Impl::forget(JobId id) {
  decisions.emplace_back(JobForgotten{id});
  at(id) = Job{};
  at(id).alive = false;
  at(id).state = TaskState::kDone;
  while (!jobs.empty() && !jobs.front().alive) {
    jobs.pop_front();
    ++first_job;
  }
}

// --- Retries ---

Duration Scheduler::Impl::retry_delay(const Job& job) {
  const RetryPolicy& policy = job.retry;
  // In seconds, so that no power overflows; a year is longer than anybody waits.
  const std::chrono::duration<double> first = policy.delay;
  double seconds = first.count() * std::pow(policy.backoff, job.retries - 1);
  const std::chrono::duration<double> bound = policy.max;
  if (policy.max > Duration(0)) seconds = std::min(seconds, bound.count());
  if (policy.jitter > 0) {
    std::uniform_real_distribution<double> factor(1 - policy.jitter, 1 + policy.jitter);
    seconds *= factor(random);
  }
  seconds = std::clamp(seconds, 0.0, 366.0 * 86400);
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

void Scheduler::Impl::fail_or_retry(JobId id, Job& job, MonoTime now) {
  const bool may_start = std::ranges::any_of(
      job.wants, [this](const Want& want) { return !runs.at(want.run).halted; });
  if (job.retries >= job.retry.times || !may_start) return end({id, TaskState::kFailed, {}});
  ++job.retries;
  job.state = TaskState::kRetrying;
  job.due = now + retry_delay(job);
  due.emplace(job.due, id);
  for (const Want& want : job.wants) {
    decisions.emplace_back(TaskChanged{want.run, id, TaskState::kRetrying, {}, job.due});
  }
}

// --- The public face ---

Scheduler::Scheduler(uint64_t seed) : impl_(std::make_unique<Impl>(seed)) {}
Scheduler::~Scheduler() = default;

void Scheduler::set_pool(std::string_view name, int64_t size) { impl_->pools.set_size(name, size); }

void Scheduler::work_ended(JobId job) { impl_->give_back(impl_->at(job)); }

void Scheduler::attempt_ended(JobId job_id, Outcome outcome, MonoTime now) {
  Impl::Job& job = impl_->at(job_id);
  assert(job.state == TaskState::kRunning);
  impl_->give_back(job);
  const bool was_stopped = job.stopping;
  job.stopping = job.killing = false;
  job.losses = outcome == Outcome::kLost ? job.losses + 1 : 0;
  if (outcome == Outcome::kSucceeded) return impl_->end({job_id, TaskState::kDone, {}});
  if (outcome == Outcome::kSkipped) return impl_->end({job_id, TaskState::kSkipped, {}});
  if (!Impl::wanted(job)) return impl_->end({job_id, TaskState::kCancelled, {}});
  if (was_stopped) {
    // It was being stopped when another run came to want it: it starts again for that one.
    std::vector<RunId> gone;
    for (const Impl::Want& want : job.wants) {
      if (want.cancelled) gone.push_back(want.run);
    }
    impl_->make_ready(job_id);
    for (const RunId run : gone) impl_->drop(run, job_id, false);
    return impl_->finish_runs(std::set<RunId>(gone.begin(), gone.end()));
  }
  switch (outcome) {
    case Outcome::kFailedForGood:
      return impl_->end({job_id, TaskState::kFailed, {}});
    case Outcome::kLost:
      if (job.losses >= kMostLosses) return impl_->end({job_id, TaskState::kFailed, {}});
      return impl_->make_ready(job_id);
    case Outcome::kCancelled:
      return impl_->end({job_id, TaskState::kCancelled, {}});
    default:
      return impl_->fail_or_retry(job_id, job, now);
  }
}

void Scheduler::cancel_run(RunId run, bool kill, MonoTime now) {
  (void)now;
  const auto found = impl_->runs.find(run);
  if (found == impl_->runs.end()) return;
  found->second.cancelled = true;
  const std::vector<JobId> all = found->second.jobs;
  std::vector<JobId> shared;
  for (auto id = all.rbegin(); id != all.rend(); ++id) {
    // Ending the run's last job ends the run, and may forget its jobs.
    if (!impl_->runs.contains(run)) break;
    impl_->drop(run, *id, kill);
    if (impl_->live(*id)) shared.push_back(*id);
  }
  impl_->finish_runs({run});
  impl_->recompute(shared);
}

void Scheduler::tick(MonoTime now) {
  while (!impl_->due.empty() && impl_->due.begin()->first <= now) {
    const JobId id = impl_->due.begin()->second;
    impl_->due.erase(impl_->due.begin());
    impl_->make_ready(id);
  }
}

std::optional<MonoTime> Scheduler::next_due() const {
  if (impl_->due.empty()) return std::nullopt;
  return impl_->due.begin()->first;
}

void Scheduler::Impl::start_what_can() {
  for (const JobId id : ready.take_startable(pools)) {
    Job& job = at(id);
    job.state = TaskState::kRunning;
    job.holds_units = true;
    decisions.emplace_back(StartAttempt{id, ++job.attempts});
    for (const Want& want : job.wants) {
      decisions.emplace_back(TaskChanged{want.run, id, TaskState::kRunning, {}, {}});
    }
  }
}

std::vector<Decision> Scheduler::take_decisions(bool allow_starts) {
  if (allow_starts) impl_->start_what_can();
  return std::exchange(impl_->decisions, {});
}

// --- Looking ---

TaskState Scheduler::state(JobId job) const { return impl_->at(job).state; }

const std::string& Scheduler::id(JobId job) const { return impl_->at(job).id; }

JobId Scheduler::find(std::string_view id) const {
  const auto found = impl_->by_id.find(std::string(id));
  return found == impl_->by_id.end() ? JobId() : found->second;
}

std::vector<RunId> Scheduler::runs_of(JobId job) const {
  std::vector<RunId> out;
  for (const Impl::Want& want : impl_->at(job).wants) out.push_back(want.run);
  return out;
}

std::vector<JobId> Scheduler::unmet(JobId job) const {
  std::vector<JobId> out;
  for (const JobId need : impl_->at(job).needs) {
    if (impl_->live(need)) out.push_back(need);
  }
  return out;
}

std::vector<std::string> Scheduler::lacking(JobId id) const {
  std::vector<std::string> out;
  const Impl::Job& job = impl_->at(id);
  if (job.state != TaskState::kReady) return out;
  const std::vector<int64_t> free = impl_->pools.free();
  for (const auto& [pool, units] : impl_->ready.units(job.use_class)) {
    if (units > free[pool]) out.push_back(impl_->pools.all()[pool].name);
  }
  return out;
}

std::vector<PoolView> Scheduler::pools() const {
  const auto& all = impl_->pools.all();
  const std::vector<int64_t> waiting = impl_->ready.waiting(all.size());
  std::vector<PoolView> out;
  for (size_t i = 0; i < all.size(); ++i) {
    out.push_back({all[i].name, all[i].size, all[i].used, waiting[i]});
  }
  return out;
}

bool Scheduler::idle() const { return impl_->runs.empty(); }

}  // namespace moondial
