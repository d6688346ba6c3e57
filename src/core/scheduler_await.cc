// Dependencies found while running. An await is a set of edges like those of requirements, from the
// waiter to each root of what it awaits; a waiter's record tells them apart. They outlive the
// attempt that made them, because the next one will most likely await the same: then they hold
// nothing up, and only say that the run still has a reason to want what they lead to.
#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include "core/scheduler_impl.h"
#include "core/wait_search.h"

namespace moondial {

bool Scheduler::Impl::is_await(Index edge) const {
  const Index job = jobs.edge(edge).job;
  return jobs[job].waits && waiters.at(job).edges.contains(edge);
}

/// What an earlier attempt awaited.
bool Scheduler::Impl::is_left_over(Index edge) const {
  return is_await(edge) && !waiters.at(jobs.edge(edge).job).edges.at(edge).await;
}

/// It waits for something that it requires, not only for what it awaits.
bool Scheduler::Impl::has_unmet(Index job) const {
  Index e = jobs[job].first_need;
  while (e != kNone && is_await(e)) e = jobs.edge(e).next_need;
  return e != kNone;
}

Result<Awaited> Scheduler::Impl::await(Index waiter, const Plan& plan) {
  assert(jobs[waiter].state == TaskState::kRunning);
  if (jobs[waiter].stopping) {
    return Error{Code::kCancelled, jobs[waiter].id + " is being stopped", {}};
  }
  if (auto problem = find_endless_wait(jobs, locks, plan, waiter, false)) {
    return Error{Code::kInvalid, problem->message, {*problem}};
  }
  Awaited out;
  out.id = AwaitId(++last_await_);
  const PlanJobs made = make_jobs(plan);
  hold_for(waiter, plan, made, true, out.wants);
  connect_await(waiter, out.id, plan, made);
  begin(plan, made);
  halt_new(out.wants);
  settle();
  out.jobs = names(made);
  return out;
}

/// All runs that want the waiter want the jobs of the plan.
void Scheduler::Impl::hold_for(Index waiter, const Plan& plan, const PlanJobs& made, bool awaited,
                               std::vector<Want>& wants) {
  std::vector<std::pair<Index, bool>> of_waiter;  // run, awaited
  each_hold(waiter, [&](const Hold& h) { of_waiter.emplace_back(h.run, awaited || h.awaited); });
  for (const auto& [run, is_awaited] : of_waiter) {
    Interest interest;
    interest.run = run;
    interest.awaited = is_awaited;
    interest.wants = &wants;
    hold_tasks(interest, plan, made);
    hold_needs(interest);
  }
}

/// A run that has failed fast starts nothing more, not even for what runs in it.
void Scheduler::Impl::halt_new(const std::vector<Want>& wants) {
  for (const Want& want : wants) {
    const Index run = run_ids.at(want.run);
    if (runs[run].halted) halt_hold(*find_hold(run, jobs.at(want.job)));
  }
}

void Scheduler::Impl::connect_await(Index index, AwaitId id, const Plan& plan,
                                    const PlanJobs& made) {
  jobs[index].waits = true;
  Waiter& waiter = waiters[index];
  disconnect_leftovers(index, plan, made);
  Waiter::Await& await = waiter.awaits[id];
  for (const uint32_t root : plan.roots) {
    const Index job = made.jobs[root];
    if (job == kNone) {
      await.roots.push_back({JobId(), TaskState::kComplete});
      continue;
    }
    waiter.edges[jobs.connect(index, job)] = {id, await.roots.size()};
    await.roots.push_back({jobs.name(job), jobs[job].state});
    ++await.open;
    ++pins_[job];
  }
  if (await.open == 0) answer(index);
}

/// What an earlier attempt awaited and this one awaits again needs no second reason.
void Scheduler::Impl::disconnect_leftovers(Index index, const Plan& plan, const PlanJobs& made) {
  Waiter& waiter = waiters.at(index);
  std::set<Index> again;
  for (const uint32_t root : plan.roots) again.insert(made.jobs[root]);
  std::erase_if(waiter.edges, [&](const auto& entry) {
    const auto& [edge, place] = entry;
    if (place.await || !again.contains(jobs.edge(edge).need)) return false;
    jobs.disconnect(edge);
    return true;
  });
}

// --- Ends of what is awaited ---

/// What the edge leads to has ended; the edge is about to go.
void Scheduler::Impl::awaited_ended(Index edge, TaskState state) {
  const Index index = jobs.edge(edge).job;
  Waiter& waiter = waiters.at(index);
  const Waiter::Place place = waiter.edges.at(edge);
  waiter.edges.erase(edge);
  if (!place.await) return;
  Waiter::Await& await = waiter.awaits.at(place.await);
  await.roots[place.root].state = state;
  if (--await.open == 0) answer(index);
}

/// One of the job's awaits has come to its end. It is told with the next decisions, or, if the job
/// is paused, when it has its units again.
void Scheduler::Impl::answer(Index index) {
  const Job& job = jobs[index];
  ++waiters.at(index).answers;
  if (job.stopping) return;
  if (job.state == TaskState::kRunning) answered_.push_back(index);
  if (job.state == TaskState::kWaiting && job.queue_place == kNone) queues.push(index);
}

void Scheduler::Impl::tell_answers() {
  for (const Index job : std::exchange(answered_, {})) {
    if (jobs[job].waits && jobs[job].state == TaskState::kRunning && !jobs[job].stopping) {
      tell_answers(job);
    }
  }
}

void Scheduler::Impl::tell_answers(Index index) {
  Waiter& waiter = waiters.at(index);
  waiter.answers = 0;
  for (auto at = waiter.awaits.begin(); at != waiter.awaits.end();) {
    const auto one = at++;
    if (one->second.open > 0) continue;
    decisions.emplace_back(AwaitEnded{jobs.name(index), one->first, one->second.roots});
    unpin(one->second.roots);
    waiter.awaits.erase(one);
  }
  forget_waiter_if_idle(index);
}

void Scheduler::Impl::forget_waiter_if_idle(Index job) {
  const Waiter& waiter = waiters.at(job);
  if (waiter.awaits.empty() && waiter.edges.empty()) forget_waiter(job);
}

void Scheduler::Impl::forget_waiter(Index job) {
  waiters.erase(job);
  jobs[job].waits = false;
}

/// The jobs need no longer be kept for AwaitEnded.
void Scheduler::Impl::unpin(const std::vector<AwaitedRoot>& roots) {
  for (const AwaitedRoot& root : roots) {
    if (!root.job) continue;
    const Index job = jobs.at(root.job);
    if (--pins_.at(job) > 0) continue;
    pins_.erase(job);
    if (jobs[job].first_hold == kNone) forget(job);
  }
}

// --- Pausing ---

bool Scheduler::Impl::pause(Index index) {
  Job& job = jobs[index];
  assert(job.state == TaskState::kRunning);
  if (job.stopping) return false;
  assert(job.waits && !waiters.at(index).awaits.empty());
  if (waiters.at(index).answers > 0) return false;
  give_units_back(index);
  job.state = TaskState::kWaiting;
  tell_state(index);
  return true;
}

/// Its units have been taken again.
void Scheduler::Impl::resume(Index index) {
  jobs[index].state = TaskState::kRunning;
  jobs[index].holds_units = true;
  tell_state(index);
  tell_answers(index);
}

// --- Ends of awaiting ---

/// The branch of the waiter that awaited is gone.
void Scheduler::Impl::stop_awaiting(Index index, AwaitId id) {
  if (!jobs[index].waits) return;
  Waiter& waiter = waiters.at(index);
  const auto found = waiter.awaits.find(id);
  if (found == waiter.awaits.end()) return;
  std::erase_if(waiter.edges, [&](const auto& entry) {
    const auto& [edge, place] = entry;
    if (place.await != id) return false;
    const Index need = jobs.edge(edge).need;
    each_hold(index, [&](const Hold& hold) { releases_.emplace_back(hold.run, need); });
    mark_dirty(need);
    jobs.disconnect(edge);
    return true;
  });
  if (found->second.open == 0) --waiter.answers;
  if (waiter.answers == 0 && jobs[index].state == TaskState::kWaiting) unqueue(index);
  unpin(found->second.roots);
  waiter.awaits.erase(found);
  assert(jobs[index].state != TaskState::kWaiting || jobs[index].stopping ||
         !waiter.awaits.empty());
  forget_waiter_if_idle(index);
}

/// The attempt has ended. What it awaited is wanted until the job has ended, too: the next attempt
/// will await it again.
void Scheduler::Impl::end_awaits(Index index) {
  if (!jobs[index].waits) return;
  unqueue(index);
  Waiter& waiter = waiters.at(index);
  for (auto& [edge, place] : waiter.edges) place.await = AwaitId();
  waiter.answers = 0;
  for (const auto& [id, await] : waiter.awaits) unpin(await.roots);
  waiter.awaits.clear();
  forget_waiter_if_idle(index);
}

/// A paused job does not wait for its units, if it did.
void Scheduler::Impl::unqueue(Index index) {
  const Job& job = jobs[index];
  if (job.state == TaskState::kWaiting && job.queue_place != kNone) queues.remove(index);
}

}  // namespace moondial
