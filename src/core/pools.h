#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/jobs.h"
#include "core/locks.h"
#include "core/plan.h"
#include "core/ready_queue.h"
#include "core/scheduler.h"

namespace moondial {

/// What a job takes, by the number of the pool: sorted, without zeros, each pool once.
using Units = std::vector<std::pair<Index, int64_t>>;

/// Resources and how much of each is taken. A pool is never forgotten.
class Pools {
 public:
  struct Pool {
    int64_t size = 0;
    int64_t used = 0;
    [[nodiscard]] int64_t free() const { return size > used ? size - used : 0; }
  };

  void set_size(std::string_view name, int64_t size) { pools_[number(name)].size = size; }
  [[nodiscard]] Units units(const std::vector<PoolUse>& uses);
  void take(const Units& units);
  void give_back(const Units& units);
  [[nodiscard]] const Pool& operator[](Index pool) const { return pools_[pool]; }
  [[nodiscard]] size_t count() const { return pools_.size(); }
  [[nodiscard]] const std::map<std::string, Index, std::less<>>& numbers() const {
    return numbers_;
  }

 private:
  Index number(std::string_view name);

  std::vector<Pool> pools_;
  std::map<std::string, Index, std::less<>> numbers_;
};

/// The ready jobs in one queue for each distinct set of units, so that choosing what starts costs
/// the number of distinct sets and not of jobs. Of those that want one lock only the first is in
/// such a queue.
class ReadyQueues {
 public:
  ReadyQueues(Jobs& jobs, Pools& pools, Locks& locks) : jobs_(jobs), pools_(pools), locks_(locks) {}

  /// The class of what a job uses; to be released when the job is forgotten.
  Index acquire(const std::vector<PoolUse>& uses);
  void release(Index uses);
  [[nodiscard]] const Units& units(Index uses) const { return classes_[uses].units; }

  void push(Index job);
  void remove(Index job);
  void moved(Index job);
  /// Units have become free.
  void look_again() { changed_ = true; }
  void set_pool(std::string_view name, int64_t size);

  /// Takes the jobs that can start now out of the queues, in their order, their units and locks.
  /// Those that `may_take` refuses are held back: out of all queues until retry_held_back().
  std::vector<Index> take_startable(const std::function<bool(Index)>& may_take);
  void retry_held_back();
  [[nodiscard]] size_t held_back() const { return held_back_.size(); }
  /// The ready jobs that come first, in their order, `most` at most, whether or not they fit now.
  [[nodiscard]] std::vector<Index> first(size_t most) const;
  /// The job's lock, if it holds one, is free.
  void give_lock_back(Index job);

  /// A ready job waits for its lock: it is held, or goes to another one first.
  [[nodiscard]] bool lacks_lock(Index job) const;
  /// The pools that keep a ready job from starting: their units are taken, or reserved for what
  /// comes before it.
  [[nodiscard]] std::vector<Index> lacking(Index job) const;
  [[nodiscard]] std::vector<PoolView> views() const;

 private:
  struct Class {
    Units units;
    ReadyQueue queue;
    size_t users = 0;
    size_t parked = 0;      ///< ready jobs that are not in the queue, because they wait for a lock
    bool hopeless = false;  ///< some pool is smaller than what it needs
    /// For each of `units`: the first in the queue lacked it at some time since it is the first.
    std::vector<bool> reserved;
  };
  /// What the classes before the current one have reserved, by pool.
  using Reserved = std::vector<int64_t>;

  [[nodiscard]] bool fits(const Class& one, const Reserved& reserved) const;
  [[nodiscard]] bool can_ever_fit(const Class& one) const;
  void reserve(Class& one, Reserved& reserved) const;
  void offer(Index job);
  void withdraw(Index job);
  void take_startable(const std::function<bool(Index)>& may_take, std::vector<Index>& out);
  void hold_back(Index job);

  // Of jobs that want a lock (ready_locks.cc).
  [[nodiscard]] bool is_parked(Index job) const;
  [[nodiscard]] ReadyQueue& parking(Index job);
  void park(Index job);
  void unpark(Index job);
  void choose(Index lock);
  void take_lock(Index job);

  Jobs& jobs_;
  Pools& pools_;
  Locks& locks_;
  Slab<Class> classes_;
  std::map<Units, Index> by_units_;
  ReadyQueue held_back_;
  bool changed_ = false;  // since take_startable()
};

}  // namespace moondial
