#include "core/ready_queue.h"

#include <cassert>

namespace moondial {

bool comes_before(const Job& a, const Job& b) {
  if (a.urgency != b.urgency) return a.urgency > b.urgency;
  if (a.remaining_us != b.remaining_us) return a.remaining_us > b.remaining_us;
  return a.order < b.order;
}

void ReadyQueue::place(Jobs& jobs, size_t at, Index job) {
  heap_[at] = job;
  jobs[job].queue_place = static_cast<Index>(at);
}

void ReadyQueue::up(Jobs& jobs, size_t at) {
  const Index job = heap_[at];
  while (at > 0) {
    const size_t parent = (at - 1) / 2;
    if (!comes_before(jobs[job], jobs[heap_[parent]])) break;
    place(jobs, at, heap_[parent]);
    at = parent;
  }
  place(jobs, at, job);
}

void ReadyQueue::down(Jobs& jobs, size_t at) {
  const Index job = heap_[at];
  for (;;) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    const bool right =
        child + 1 < heap_.size() && comes_before(jobs[heap_[child + 1]], jobs[heap_[child]]);
    if (right) ++child;
    if (!comes_before(jobs[heap_[child]], jobs[job])) break;
    place(jobs, at, heap_[child]);
    at = child;
  }
  place(jobs, at, job);
}

void ReadyQueue::push(Jobs& jobs, Index job) {
  heap_.push_back(job);
  up(jobs, heap_.size() - 1);
}

void ReadyQueue::remove(Jobs& jobs, Index job) {
  const size_t at = jobs[job].queue_place;
  assert(at < heap_.size() && heap_[at] == job);
  jobs[job].queue_place = kNone;
  const Index last = heap_.back();
  heap_.pop_back();
  if (last == job) return;
  place(jobs, at, last);
  moved(jobs, last);
}

void ReadyQueue::moved(Jobs& jobs, Index job) {
  up(jobs, jobs[job].queue_place);
  down(jobs, jobs[job].queue_place);
}

}  // namespace moondial
