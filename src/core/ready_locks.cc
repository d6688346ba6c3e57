// Which of the ready jobs that want one lock gets it. Only the first of them, the lock's candidate,
// stands in the queue for units; the others are parked, so that no pass looks at them. A lock is
// thereby kept for the most urgent of those that want it, also while that one lacks units. While
// the lock is held nobody is its candidate: what waits for a lock keeps no units from others,
// because its holder may need these to go on. What needs more units than there are comes last: it
// may wait for ever.
#include <cassert>

#include "core/pools.h"

namespace moondial {

bool ReadyQueues::is_parked(Index job) const {
  const Index lock = jobs_[job].lock;
  return lock != kNone && !jobs_[job].held_back && locks_[lock].candidate != job &&
         locks_[lock].holder != job;
}

ReadyQueue& ReadyQueues::parking(Index job) {
  Lock& lock = locks_[jobs_[job].lock];
  return classes_[jobs_[job].uses].hopeless ? lock.hopeless : lock.waiting;
}

void ReadyQueues::park(Index job) {
  parking(job).push(jobs_, job);
  ++classes_[jobs_[job].uses].parked;
}

void ReadyQueues::unpark(Index job) {
  parking(job).remove(jobs_, job);
  --classes_[jobs_[job].uses].parked;
}

/// Makes the first of those that want the lock its candidate, if it is free.
void ReadyQueues::choose(Index index) {
  Lock& lock = locks_[index];
  if (lock.holder != kNone) return;
  const ReadyQueue& from = lock.waiting.empty() ? lock.hopeless : lock.waiting;
  if (from.empty()) return;
  const Index best = from.first();
  const Index before = lock.candidate;
  if (before != kNone) {
    const bool had_hope = !classes_[jobs_[before].uses].hopeless;
    const bool has_hope = !classes_[jobs_[best].uses].hopeless;
    if (had_hope != has_hope ? had_hope : comes_before(jobs_[before], jobs_[best])) return;
    withdraw(before);
  }
  unpark(best);
  lock.candidate = best;
  if (before != kNone) park(before);
  offer(best);
}

void ReadyQueues::take_lock(Index job) {
  const Index lock = jobs_[job].lock;
  if (lock == kNone || locks_[lock].holder == job) return;
  assert(locks_[lock].holder == kNone && locks_[lock].candidate == job);
  locks_[lock].holder = job;
  locks_[lock].candidate = kNone;
}

void ReadyQueues::give_lock_back(Index job) {
  const Index lock = jobs_[job].lock;
  if (lock == kNone || locks_[lock].holder != job) return;
  locks_[lock].holder = kNone;
  choose(lock);
}

bool ReadyQueues::lacks_lock(Index job) const {
  return jobs_[job].state == TaskState::kReady && is_parked(job);
}

void ReadyQueues::set_pool(std::string_view name, int64_t size) {
  pools_.set_size(name, size);
  changed_ = true;
  std::vector<Index> others;  // classes that can fit now and could not, or the reverse
  for (Index c = 0; c < classes_.places(); ++c) {
    if (classes_[c].hopeless == can_ever_fit(classes_[c])) others.push_back(c);
  }
  if (others.empty()) return;
  std::vector<Index> wanting;  // locks have them in their order
  locks_.each([&](Index lock) {
    const Lock& one = locks_[lock];
    if (one.candidate != kNone) wanting.push_back(one.candidate);
    for (const ReadyQueue* queue : {&one.waiting, &one.hopeless}) {
      wanting.insert(wanting.end(), queue->jobs().begin(), queue->jobs().end());
    }
  });
  for (const Index job : wanting) remove(job);
  for (const Index c : others) classes_[c].hopeless = !classes_[c].hopeless;
  for (const Index job : wanting) push(job);
}

}  // namespace moondial
