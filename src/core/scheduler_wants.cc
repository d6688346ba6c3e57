// Which run wants which job, since when, and until when.
#include <algorithm>
#include <cassert>
#include <limits>

#include "core/scheduler_impl.h"

namespace moondial {
namespace {

constexpr double kNoPriority = -std::numeric_limits<double>::infinity();

}  // namespace

/// The run would have the job started (again).
bool Scheduler::Impl::starts_for(const Hold& hold) const {
  const Run& run = runs[hold.run];
  return !hold.ended && !hold.unwanted && !run.cancelled && !run.halted;
}

/// The run wants the job to go on as it is now: fail-fast lets what runs end.
bool Scheduler::Impl::goes_on_for(const Hold& hold) const {
  const Run& run = runs[hold.run];
  if (hold.ended || hold.unwanted || run.cancelled) return false;
  return !run.halted || jobs[hold.job].started();
}

bool Scheduler::Impl::anybody_starts(Index job) const {
  for (Index h = jobs[job].first_hold; h != kNone; h = holds[h].next) {
    if (starts_for(holds[h])) return true;
  }
  return false;
}

/// Whether a run other than that of `hold` wants its job to go on.
bool Scheduler::Impl::goes_on_for_others(const Hold& hold) const {
  for (Index h = jobs[hold.job].first_hold; h != kNone; h = holds[h].next) {
    if (holds[h].run != hold.run && goes_on_for(holds[h])) return true;
  }
  return false;
}

Scheduler::Impl::Hold* Scheduler::Impl::find_hold(Index run, Index job) {
  // They are in the order of their runs, and most often the newest run is asked for.
  const Index last = jobs[job].last_hold;
  if (last == kNone || runs[holds[last].run].number < runs[run].number) return nullptr;
  if (holds[last].run == run) return &holds[last];
  for (Index h = jobs[job].first_hold; h != kNone; h = holds[h].next) {
    if (holds[h].run == run) return &holds[h];
  }
  return nullptr;
}

// --- Coming to want ---

/// The run wants the job. If that is new, so may be what the job waits for: it is in `fresh` then.
void Scheduler::Impl::hold(Interest& interest, Index job, double priority) {
  Hold* known = find_hold(interest.run, job);
  if (known != nullptr && !known->ended) {
    known->priority = std::max(known->priority, priority);
    const bool changes = known->unwanted || (known->awaited && !interest.awaited);
    known->awaited = known->awaited && interest.awaited;
    known->unwanted = false;
    if (changes) interest.fresh.push_back(job);
    return;
  }
  // What fail-fast has cancelled in this run stays cancelled in it.
  if (known != nullptr && runs[interest.run].halted) return;
  if (known == nullptr) known = add_hold(interest.run, job);
  if (interest.awaited) runs[interest.run].awaits = true;
  known->ended = false;
  known->priority = priority;
  known->awaited = interest.awaited;
  ++runs[interest.run].open;
  interest.fresh.push_back(job);
  tell_joined(*known, interest.wants);
}

Scheduler::Impl::Hold* Scheduler::Impl::add_hold(Index run, Index job) {
  Hold hold;
  hold.run = run;
  hold.job = job;
  Index previous = jobs[job].last_hold;
  if (previous != kNone && runs[holds[previous].run].number > runs[run].number) {
    previous = kNone;
    for (Index h = jobs[job].first_hold; runs[holds[h].run].number < runs[run].number;
         h = holds[h].next) {
      previous = h;
    }
  }
  hold.next = previous == kNone ? jobs[job].first_hold : holds[previous].next;
  const Index index = holds.add(hold);
  (previous == kNone ? jobs[job].first_hold : holds[previous].next) = index;
  if (hold.next == kNone) jobs[job].last_hold = index;
  runs[run].holds.push_back(index);
  return &holds[index];
}

/// Who joins hears what the others have heard.
void Scheduler::Impl::tell_joined(const Hold& hold, std::vector<Want>* wants) {
  const RunId run = runs[hold.run].id;
  const Job& job = jobs[hold.job];
  if (wants != nullptr) wants->push_back({run, jobs.name(hold.job)});
  if (!job.started() && job.state != TaskState::kRetrying) return;
  std::optional<MonoTime> due;
  if (job.state == TaskState::kRetrying) due = job.due;
  decisions.emplace_back(TaskChanged{run, jobs.name(hold.job), job.state, {}, due});
}

void Scheduler::Impl::hold_tasks(Interest& interest, const Plan& plan, const PlanJobs& made) {
  const double extra = runs[interest.run].options.extra_priority;
  for (const uint32_t task : made.order) {
    hold(interest, made.jobs[task], plan.tasks[task].priority + extra);
  }
}

/// A job that was joined keeps the requirements that it was made with, and awaits what it awaits.
/// What of that the run's plan does not know is wanted by the run as well: or the end of the run
/// that made it, by a cancel, would end the job, too. First what is required, so that only what is
/// there by awaits alone is held as that.
void Scheduler::Impl::hold_needs(Interest& interest) {
  if (!interest.awaited) hold_needs_of(interest);
  if (waiters.empty()) return;
  interest.awaited = true;
  hold_needs_of(interest);
}

void Scheduler::Impl::hold_needs_of(Interest& interest) {
  for (size_t i = 0; i < interest.fresh.size(); ++i) {
    const Index job = interest.fresh[i];
    for (Index e = jobs[job].first_need; e != kNone; e = jobs.edge(e).next_need) {
      if (!interest.awaited && is_await(e)) continue;
      hold(interest, jobs.edge(e).need, kNoPriority);
    }
  }
}

// --- Wanting no more ---

/// The job is cancelled in this run only; others go on with it.
void Scheduler::Impl::drop(Hold& hold) {
  end_hold(hold, TaskState::kCancelled, {});
  mark_dirty(hold.job);
  release_needs(hold.run, hold.job, true);
}

/// The run has lost a reason to want what the job waits for: that it awaits, or all of it. Before
/// the edges go; what follows is settle()'s.
void Scheduler::Impl::release_needs(Index run, Index job, bool all) {
  if (!runs[run].awaits || runs[run].cancelled) return;
  for (Index e = jobs[job].first_need; e != kNone; e = jobs.edge(e).next_need) {
    if (all || is_await(e)) releases_.emplace_back(run, jobs.edge(e).need);
  }
}

/// If the job came into the run by an await and nothing in the run waits for it any more, it is
/// cancelled there; if nobody else goes on with it, altogether.
void Scheduler::Impl::release(Index run, Index job) {
  Hold* hold = find_hold(run, job);
  if (hold == nullptr || hold->ended || hold->unwanted || !hold->awaited) return;
  if (runs[run].cancelled || is_needed(run, job)) return;
  if (goes_on_for_others(*hold)) return drop(*hold);
  hold->unwanted = true;
  if (!jobs[job].started()) return end(job, TaskState::kCancelled);
  release_needs(run, job, true);
  stop(job, false);
}

/// Something that the run wants waits for the job.
bool Scheduler::Impl::is_needed(Index run, Index job) {
  for (Index e = jobs[job].first_dependent; e != kNone; e = jobs.edge(e).next_dependent) {
    const Hold* by = find_hold(run, jobs.edge(e).job);
    if (by != nullptr && !by->ended && !by->unwanted) return true;
  }
  return false;
}

}  // namespace moondial
