// How units are given out. One pass looks at the first job of each queue, the most urgent of these
// first. If its units are free, it takes them and its queue's next job is looked at. If not, it
// reserves: of every pool whose units it lacks, and of those that it lacked earlier while it was
// the first, so many units as it needs are kept from all that come after it. (If only what it lacks
// at the moment were kept, two narrow tasks in turn could keep a task that needs both their pools
// waiting for ever. What it never lacked is not kept: a hundred tasks that wait for one database
// must not hold all processors idle.) The other jobs of the queue need the same units and wait too.
// How locks are given out: ready_locks.cc.
#include "core/pools.h"

#include <algorithm>
#include <cassert>
#include <queue>

namespace moondial {

// --- Pools ---

Index Pools::number(std::string_view name) {
  const auto found = numbers_.find(name);
  if (found != numbers_.end()) return found->second;
  const auto number = static_cast<Index>(pools_.size());
  pools_.emplace_back();
  numbers_.emplace(name, number);
  return number;
}

Units Pools::units(const std::vector<PoolUse>& uses) {
  Units out;
  for (const PoolUse& use : uses) {
    if (use.units > 0) out.emplace_back(number(use.pool), use.units);
  }
  std::ranges::sort(out);
  size_t kept = 0;
  for (const auto& [pool, count] : out) {
    if (kept > 0 && out[kept - 1].first == pool) {
      out[kept - 1].second += count;
    } else {
      out[kept++] = {pool, count};
    }
  }
  out.resize(kept);
  return out;
}

void Pools::take(const Units& units) {
  for (const auto& [pool, count] : units) pools_[pool].used += count;
}

void Pools::give_back(const Units& units) {
  for (const auto& [pool, count] : units) {
    pools_[pool].used -= count;
    assert(pools_[pool].used >= 0);
  }
}

// --- ReadyQueues ---

Index ReadyQueues::acquire(const std::vector<PoolUse>& uses) {
  Units units = pools_.units(uses);
  const auto [found, is_new] = by_units_.try_emplace(std::move(units), kNone);
  if (is_new) {
    Class one;
    one.units = found->first;
    one.reserved.resize(one.units.size());
    one.hopeless = !can_ever_fit(one);
    found->second = classes_.add(std::move(one));
  }
  ++classes_[found->second].users;
  return found->second;
}

void ReadyQueues::release(Index uses) {
  Class& one = classes_[uses];
  if (--one.users > 0) return;
  assert(one.queue.empty() && one.parked == 0);
  by_units_.erase(one.units);
  one = Class{};
  classes_.remove(uses);
}

void ReadyQueues::push(Index job) {
  if (!is_parked(job)) return offer(job);
  park(job);
  choose(jobs_[job].lock);
}

void ReadyQueues::remove(Index job) {
  if (jobs_[job].held_back) {
    jobs_[job].held_back = false;
    return held_back_.remove(jobs_, job);
  }
  if (is_parked(job)) return unpark(job);
  withdraw(job);
  const Index lock = jobs_[job].lock;
  if (lock == kNone || locks_[lock].candidate != job) return;
  locks_[lock].candidate = kNone;
  choose(lock);
}

void ReadyQueues::moved(Index job) {
  if (jobs_[job].held_back) return held_back_.moved(jobs_, job);
  if (is_parked(job)) {
    parking(job).moved(jobs_, job);
  } else {
    classes_[jobs_[job].uses].queue.moved(jobs_, job);
    changed_ = true;
  }
  if (jobs_[job].lock != kNone) choose(jobs_[job].lock);
}

void ReadyQueues::offer(Index job) {
  classes_[jobs_[job].uses].queue.push(jobs_, job);
  changed_ = true;
}

void ReadyQueues::withdraw(Index job) {
  Class& one = classes_[jobs_[job].uses];
  one.queue.remove(jobs_, job);
  if (one.queue.empty()) one.reserved.assign(one.units.size(), false);
  changed_ = true;  // what it kept reserved may be another's now
}

bool ReadyQueues::fits(const Class& one, const Reserved& reserved) const {
  return std::ranges::all_of(one.units, [&](const auto& use) {
    return pools_[use.first].free() - reserved[use.first] >= use.second;
  });
}

bool ReadyQueues::can_ever_fit(const Class& one) const {
  return std::ranges::all_of(one.units,
                             [&](const auto& use) { return pools_[use.first].size >= use.second; });
}

/// Adds to `reserved` what the first of the queue, which cannot start, keeps from all after it.
void ReadyQueues::reserve(Class& one, Reserved& reserved) const {
  for (size_t i = 0; i < one.units.size(); ++i) {
    const auto& [pool, count] = one.units[i];
    if (pools_[pool].free() - reserved[pool] < count) one.reserved[i] = true;
  }
  for (size_t i = 0; i < one.units.size(); ++i) {
    if (one.reserved[i]) reserved[one.units[i].first] += one.units[i].second;
  }
}

std::vector<Index> ReadyQueues::take_startable(const std::function<bool(Index)>& may_take) {
  std::vector<Index> out;
  // Once more when a lock's candidate was held back: the next one that wants the lock is offered.
  while (std::exchange(changed_, false)) take_startable(may_take, out);
  return out;
}

/// One pass.
void ReadyQueues::take_startable(const std::function<bool(Index)>& may_take,
                                 std::vector<Index>& out) {
  std::vector<Index> refused;
  const auto later = [this](Index a, Index b) {
    return comes_before(jobs_[classes_[b].queue.first()], jobs_[classes_[a].queue.first()]);
  };
  std::vector<Index> turns;  // a heap of classes, by the first of their queues
  for (Index c = 0; c < classes_.places(); ++c) {
    if (!classes_[c].queue.empty()) turns.push_back(c);
  }
  std::ranges::make_heap(turns, later);
  Reserved reserved(pools_.count());
  while (!turns.empty()) {
    std::ranges::pop_heap(turns, later);
    Class& one = classes_[turns.back()];
    if (!fits(one, reserved)) {
      turns.pop_back();
      if (!one.hopeless) {
        reserve(one, reserved);
      } else {
        // A pool has shrunk below what it needs. Nothing that ends could make room for it, so that
        // what it reserved would be idle for as long as the pool is that small.
        one.reserved.assign(one.units.size(), false);
      }
      continue;
    }
    const Index job = one.queue.first();
    one.queue.remove(jobs_, job);
    one.reserved.assign(one.units.size(), false);
    if (may_take(job)) {
      pools_.take(one.units);
      take_lock(job);
      out.push_back(job);
    } else {
      refused.push_back(job);
    }
    if (one.queue.empty()) {
      turns.pop_back();
    } else {
      std::ranges::push_heap(turns, later);
    }
  }
  for (const Index job : refused) hold_back(job);  // only now: it may change the queues
}

/// It has been taken out of its queue.
void ReadyQueues::hold_back(Index job) {
  jobs_[job].held_back = true;
  held_back_.push(jobs_, job);
  const Index lock = jobs_[job].lock;
  if (lock == kNone || locks_[lock].candidate != job) return;
  locks_[lock].candidate = kNone;
  choose(lock);
}

void ReadyQueues::retry_held_back() {
  while (!held_back_.empty()) {
    const Index job = held_back_.first();
    remove(job);
    push(job);
  }
}

std::vector<Index> ReadyQueues::lacking(Index job) const {
  Reserved reserved(pools_.count());
  for (Index c = 0; c < classes_.places(); ++c) {
    const Class& one = classes_[c];
    if (one.queue.empty() || !comes_before(jobs_[one.queue.first()], jobs_[job])) continue;
    for (size_t i = 0; i < one.units.size(); ++i) {
      if (one.reserved[i]) reserved[one.units[i].first] += one.units[i].second;
    }
  }
  std::vector<Index> out;
  for (const auto& [pool, count] : units(jobs_[job].uses)) {
    if (pools_[pool].free() - reserved[pool] < count) out.push_back(pool);
  }
  return out;
}

std::vector<Index> ReadyQueues::first(size_t most) const {
  // The first of each queue, and behind one that was taken the two beneath it in its heap.
  struct Candidate {
    const ReadyQueue* queue;
    size_t at;
    [[nodiscard]] Index job() const { return queue->jobs()[at]; }
  };
  const auto later = [this](const Candidate& a, const Candidate& b) {
    return comes_before(jobs_[b.job()], jobs_[a.job()]);
  };
  std::priority_queue<Candidate, std::vector<Candidate>, decltype(later)> candidates(later);
  const auto add = [&](const ReadyQueue& queue, size_t at) {
    if (at < queue.size()) candidates.push({&queue, at});
  };
  for (Index c = 0; c < classes_.places(); ++c) {
    if (!classes_[c].hopeless) add(classes_[c].queue, 0);
  }
  std::vector<Index> out;
  while (out.size() < most && !candidates.empty()) {
    const Candidate next = candidates.top();
    candidates.pop();
    out.push_back(next.job());
    add(*next.queue, 2 * next.at + 1);
    add(*next.queue, 2 * next.at + 2);
  }
  return out;
}

std::vector<PoolView> ReadyQueues::views() const {
  std::vector<PoolView> by_number(pools_.count());
  for (Index c = 0; c < classes_.places(); ++c) {
    const auto waiting = static_cast<int64_t>(classes_[c].queue.size() + classes_[c].parked);
    for (const auto& [pool, count] : classes_[c].units) by_number[pool].waiting += waiting;
  }
  std::vector<PoolView> out;
  for (const auto& [name, number] : pools_.numbers()) {
    PoolView& view = by_number[number];
    view.name = name;
    view.size = pools_[number].size;
    view.used = pools_[number].used;
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace moondial
