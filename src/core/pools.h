#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "core/plan.h"

namespace moondial {

using PoolIndex = uint32_t;
/// What a job takes: sorted by pool, without zeros.
using Units = std::vector<std::pair<PoolIndex, int64_t>>;

/// Pools by index, and how much of each is taken.
class Pools {
 public:
  struct Pool {
    std::string name;
    int64_t size = 0;
    int64_t used = 0;
  };

  void set_size(std::string_view name, int64_t size) { pools_[index(name)].size = size; }
  /// The pool of that name; a new one has size 0.
  PoolIndex index(std::string_view name);
  [[nodiscard]] Units units(const std::vector<PoolUse>& uses);
  void take(const Units& units);
  void give_back(const Units& units);
  [[nodiscard]] const std::vector<Pool>& all() const { return pools_; }
  /// What is free of each, never below 0.
  [[nodiscard]] std::vector<int64_t> free() const;

 private:
  std::vector<Pool> pools_;
  std::map<std::string, PoolIndex, std::less<>> by_name_;
};

/// The order in which ready jobs come: more urgent, then longer remaining path, then older.
struct ReadyKey {
  double urgency = 0;
  int64_t remaining_us = 0;
  JobId job;
  bool operator<(const ReadyKey& other) const {
    if (urgency != other.urgency) return urgency > other.urgency;
    if (remaining_us != other.remaining_us) return remaining_us > other.remaining_us;
    return job < other.job;
  }
};

using UseClass = uint32_t;

/// Ready jobs, in one queue for each distinct set of units, so that choosing costs the number of
/// distinct sets and not of ready jobs.
class ReadyQueues {
 public:
  /// The class of these units.
  UseClass use_class(const Units& units);
  [[nodiscard]] const Units& units(UseClass c) const { return classes_[c].units; }

  void insert(UseClass c, const ReadyKey& key) { classes_[c].jobs.insert(key); }
  void erase(UseClass c, const ReadyKey& key);

  /// Takes the jobs that can start, in their order, and takes their units from `pools`. A job that
  /// lacks units keeps others from them, and from what it lacked before while it was its turn, so
  /// that it cannot starve. One that needs more than a pool's whole size reserves nothing: it could
  /// hold everything up for ever.
  std::vector<JobId> take_startable(Pools& pools);

  /// How many ready jobs need units of each pool.
  [[nodiscard]] std::vector<int64_t> waiting(size_t pools) const;

 private:
  struct Class {
    Units units;
    std::set<ReadyKey> jobs;
  };
  void reserve(const ReadyKey& key, const Units& units, std::vector<int64_t>& free);

  std::vector<Class> classes_;
  std::map<Units, UseClass> by_units_;
  std::map<JobId, std::set<PoolIndex>> lacked_;  // pools, while it was the job's turn
};

}  // namespace moondial
