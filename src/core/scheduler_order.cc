// Urgency and remaining path: what a job gets from those that wait for it.
#include <algorithm>
#include <limits>

#include "core/scheduler_impl.h"

namespace moondial {
namespace {

int64_t add_bounded(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

}  // namespace

/// Finds both anew, from the runs that want the job and the jobs that wait for it. If they have
/// changed, what the job itself waits for is next.
void Scheduler::Impl::set_order(Index index) {
  Job& job = jobs[index];
  job.order_dirty = false;
  double urgency = -std::numeric_limits<double>::infinity();
  each_hold(index, [&](const Hold& hold) { urgency = std::max(urgency, hold.priority); });
  int64_t longest = 0;
  for (Index e = job.first_dependent; e != kNone; e = jobs.edge(e).next_dependent) {
    const Job& dependent = jobs[jobs.edge(e).job];
    urgency = std::max(urgency, dependent.urgency);
    longest = std::max(longest, dependent.remaining_us);
  }
  const int64_t remaining = add_bounded(job.estimate_us, longest);
  if (urgency == job.urgency && remaining == job.remaining_us) return;
  job.urgency = urgency;
  job.remaining_us = remaining;
  if (job.queue_place != kNone) queues.moved(index);
  for (Index e = job.first_need; e != kNone; e = jobs.edge(e).next_need) {
    mark_dirty(jobs.edge(e).need);
  }
}

void Scheduler::Impl::mark_dirty(Index job) {
  if (is_final(jobs[job].state) || jobs[job].order_dirty) return;
  jobs[job].order_dirty = true;
  (jobs[job].order < refreshed_down_to_ ? dirty_ : dirty_later_).emplace(jobs[job].order, job);
}

/// Whoever requires a job has a higher order, so that going down from the highest one finds each
/// job's values once, whether they rise or fall. Only what is awaited, or was found missing late,
/// may have a higher order than who waits for it. It is left for the next way down: there are at
/// most as many as there are such edges on one path, because the graph has no cycle.
void Scheduler::Impl::refresh_order() {
  while (!dirty_.empty()) {
    while (!dirty_.empty()) {
      const auto [order, job] = dirty_.top();
      dirty_.pop();
      refreshed_down_to_ = order;
      // Its place may have been taken by a later job.
      if (jobs[job].order == order && !is_final(jobs[job].state)) set_order(job);
    }
    refreshed_down_to_ = UINT64_MAX;
    std::swap(dirty_, dirty_later_);
  }
}

}  // namespace moondial
