#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/jobs.h"
#include "core/plan.h"
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

/// Ready jobs of one set of units, the most urgent first: a binary heap whose places the jobs know,
/// so that one can be taken out or moved wherever it is.
class ReadyQueue {
 public:
  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] size_t size() const { return heap_.size(); }
  [[nodiscard]] Index first() const { return heap_.front(); }
  void push(Jobs& jobs, Index job);
  void remove(Jobs& jobs, Index job);
  /// Its urgency or remaining path is another one now.
  void moved(Jobs& jobs, Index job);

 private:
  void place(Jobs& jobs, size_t at, Index job);
  void up(Jobs& jobs, size_t at);
  void down(Jobs& jobs, size_t at);

  std::vector<Index> heap_;
};

/// `a` comes before `b`: more urgent, then the longer remaining path, then the older.
[[nodiscard]] bool comes_before(const Job& a, const Job& b);

/// The ready jobs in one queue for each distinct set of units, so that choosing what starts costs
/// the number of distinct sets and not of jobs.
class ReadyQueues {
 public:
  explicit ReadyQueues(Jobs& jobs, Pools& pools) : jobs_(jobs), pools_(pools) {}

  /// The class of what a job uses; to be released when the job is forgotten.
  Index acquire(const std::vector<PoolUse>& uses);
  void release(Index uses);
  [[nodiscard]] const Units& units(Index uses) const { return classes_[uses].units; }

  void push(Index job);
  void remove(Index job);
  void moved(Index job);
  /// Units have become free, or pools have another size.
  void look_again() { changed_ = true; }

  /// Takes the jobs that can start now out of the queues, in their order, and their units.
  std::vector<Index> take_startable();

  /// The pools that keep a ready job from starting: their units are taken, or reserved for what
  /// comes before it.
  [[nodiscard]] std::vector<Index> lacking(Index job) const;
  [[nodiscard]] std::vector<PoolView> views() const;

 private:
  struct Class {
    Units units;
    ReadyQueue queue;
    size_t users = 0;
    /// For each of `units`: the first in the queue lacked it at some time since it is the first.
    std::vector<bool> reserved;
  };
  /// What the classes before the current one have reserved, by pool.
  using Reserved = std::vector<int64_t>;

  [[nodiscard]] bool fits(const Class& one, const Reserved& reserved) const;
  [[nodiscard]] bool can_ever_fit(const Class& one) const;
  void reserve(Class& one, Reserved& reserved) const;

  Jobs& jobs_;
  Pools& pools_;
  Slab<Class> classes_;
  std::map<Units, Index> by_units_;
  bool changed_ = false;  // since take_startable()
};

}  // namespace moondial
