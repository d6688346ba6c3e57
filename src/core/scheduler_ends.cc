// How tasks and runs end, and what follows from it.
#include <cassert>
#include <utility>

#include "core/scheduler_impl.h"

namespace moondial {

// --- Ends of tasks ---

/// Works off what is to end, until nothing follows any more.
void Scheduler::Impl::settle() {
  while (!endings_.empty() || !releases_.empty() || !to_halt_.empty()) {
    for (size_t i = 0; i < endings_.size(); ++i) carry_out(Ending(endings_[i]));
    endings_.clear();
    for (const auto& [run, job] : std::exchange(releases_, {})) release(run, job);
    if (!endings_.empty() || !releases_.empty()) continue;
    // Only now, so that what a failure fails upstream of is told as that, not as cancelled.
    for (const Index run : std::exchange(to_halt_, {})) halt(run);
  }
  for (const Index run : std::exchange(maybe_over_, {})) end_run(run);
}

void Scheduler::Impl::carry_out(const Ending& ending) {
  Job& job = jobs[ending.job];
  if (is_final(job.state)) return;
  if (job.state == TaskState::kReady) queues.remove(ending.job);
  if (job.state == TaskState::kRetrying) timers.remove(job.due, job.order);
  jobs.leave_index(ending.job);
  job.state = ending.state;
  job.asking = false;
  each_hold(ending.job, [&](Hold& hold) {
    end_hold(hold, ending.state, ending.cause);
    if (job.waits || hold.unwanted) release_needs(hold.run, ending.job, hold.unwanted);
    Run& run = runs[hold.run];
    if (hold.unwanted) return;
    if (ending.state != TaskState::kFailed || !run.options.fail_fast || run.halted) return;
    run.halted = true;
    to_halt_.push_back(hold.run);
  });
  while (job.first_need != kNone) {  // what it waited for loses a reason
    mark_dirty(jobs.edge(job.first_need).need);
    jobs.disconnect(job.first_need);
  }
  if (job.waits) forget_waiter(ending.job);
  end_for_dependents(ending);
}

void Scheduler::Impl::end_hold(Hold& hold, TaskState state, JobId cause) {
  Run& run = runs[hold.run];
  hold.ended = true;
  decisions.emplace_back(TaskChanged{run.id, jobs.name(hold.job), state, cause, {}});
  if (--run.open == 0) maybe_over_.push_back(hold.run);
  if (!hold.root) return;
  run.root_failed |= state == TaskState::kFailed || state == TaskState::kUpstreamFailed;
  run.root_cancelled |= state == TaskState::kCancelled;
  run.root_blocked |= state == TaskState::kBlocked;
}

/// A failure reaches dependents at once, if they run only when all went well. Everything else does
/// when all that they need has ended: a failure that comes later weighs more, and what a task ends
/// as must not depend on which came first.
void Scheduler::Impl::end_for_dependents(const Ending& ending) {
  Job& job = jobs[ending.job];
  const bool failed =
      ending.state == TaskState::kFailed || ending.state == TaskState::kUpstreamFailed;
  const JobId cause = ending.cause ? ending.cause : jobs.name(ending.job);
  while (job.first_dependent != kNone) {
    const Index edge = job.first_dependent;
    const Index index = jobs.edge(edge).job;
    const bool awaited = is_await(edge);
    if (awaited) awaited_ended(edge, ending.state);
    jobs.disconnect(edge);
    if (awaited) continue;
    Job& dependent = jobs[index];
    note_need(dependent, ending.state);
    if (failed && dependent.when == When::kAll) {
      end(index, TaskState::kUpstreamFailed, cause);
    } else if (!has_unmet(index)) {
      needs_ended(index);
    }
  }
}

// --- Cancels and fail-fast ---

void Scheduler::Impl::stop(Index index, bool kill) {
  Job& job = jobs[index];
  if (job.stopping && (job.killing || !kill)) return;
  job.stopping = true;
  job.killing = kill;
  unqueue(index);
  decisions.emplace_back(StopAttempt{jobs.name(index), kill});
}

void Scheduler::Impl::cancel_job(Index index, bool kill) {
  Job& job = jobs[index];
  if (is_final(job.state)) return;
  job.cancelled = true;
  if (job.started()) return stop(index, kill);
  end(index, TaskState::kCancelled);
}

void Scheduler::Impl::cancel_run(Index run, bool kill) {
  runs[run].cancelled = true;
  for (const Index h : runs[run].holds) {
    Hold& hold = holds[h];
    if (hold.ended) continue;
    if (goes_on_for_others(hold)) {
      drop(hold);
    } else if (jobs[hold.job].started()) {
      stop(hold.job, kill);
    } else {
      end(hold.job, TaskState::kCancelled);
    }
  }
}

/// After a failure in a run that fails fast.
void Scheduler::Impl::halt(Index run) {
  for (const Index h : runs[run].holds) halt_hold(holds[h]);
}

void Scheduler::Impl::halt_hold(Hold& hold) {
  if (hold.ended || jobs[hold.job].started()) return;
  if (anybody_starts(hold.job)) {
    drop(hold);
  } else {
    end(hold.job, TaskState::kCancelled);
  }
}

// --- Ends of runs ---

void Scheduler::Impl::end_run(Index index) {
  Run& run = runs[index];
  if (run.open > 0 || !run_ids.contains(run.id)) return;
  RunState state = RunState::kDone;
  if (run.root_cancelled) state = RunState::kCancelled;
  if (run.root_blocked) state = RunState::kBlocked;
  // What fail-fast cancels, a failure has cancelled.
  if (run.root_failed || (run.halted && run.root_cancelled)) state = RunState::kFailed;
  if (run.cancelled) state = RunState::kCancelled;
  decisions.emplace_back(RunEnded{run.id, state});
  run_ids.erase(run.id);
  for (const Index h : run.holds) {
    const Index job = holds[h].job;
    Index previous = kNone;
    Index at = jobs[job].first_hold;
    for (; at != h; at = holds[at].next) previous = at;
    (previous == kNone ? jobs[job].first_hold : holds[previous].next) = holds[h].next;
    if (jobs[job].last_hold == h) jobs[job].last_hold = previous;
    holds.remove(h);
    if (jobs[job].first_hold == kNone && !pins_.contains(job)) forget(job);
  }
  run = Run{};
  runs.remove(index);
}

void Scheduler::Impl::forget(Index job) {
  decisions.emplace_back(JobForgotten{jobs.name(job)});
  forgotten_.push_back(job);
}

/// Frees the jobs that the last decisions handed over have forgotten. Not sooner, so that whoever
/// acts on a decision can still ask for the jobs in it.
void Scheduler::Impl::free_forgotten() {
  for (const Index job : told_forgotten_) {
    queues.release(jobs[job].uses);
    policies.release(jobs[job].retry);
    locks.release(jobs[job].lock);
    jobs.remove(job);
  }
  told_forgotten_ = std::exchange(forgotten_, {});
  if (run_ids.empty()) holds.clear();
}

}  // namespace moondial
