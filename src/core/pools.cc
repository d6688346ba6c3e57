#include "core/pools.h"

#include <algorithm>

namespace moondial {
namespace {

bool fits(const Units& units, const std::vector<int64_t>& free) {
  return std::ranges::all_of(units, [&](const auto& use) { return use.second <= free[use.first]; });
}

}  // namespace

// --- Pools ---

PoolIndex Pools::index(std::string_view name) {
  const auto found = by_name_.find(name);
  if (found != by_name_.end()) return found->second;
  const auto index = static_cast<PoolIndex>(pools_.size());
  pools_.push_back({std::string(name), 0, 0});
  by_name_.emplace(name, index);
  return index;
}

Units Pools::units(const std::vector<PoolUse>& uses) {
  std::map<PoolIndex, int64_t> sum;
  for (const PoolUse& use : uses) sum[index(use.pool)] += use.units;
  Units out;
  for (const auto& [pool, units] : sum) {
    if (units > 0) out.emplace_back(pool, units);
  }
  return out;
}

void Pools::take(const Units& units) {
  for (const auto& [pool, count] : units) pools_[pool].used += count;
}

void Pools::give_back(const Units& units) {
  for (const auto& [pool, count] : units) pools_[pool].used -= count;
}

std::vector<int64_t> Pools::free() const {
  std::vector<int64_t> out;
  out.reserve(pools_.size());
  for (const Pool& pool : pools_) out.push_back(std::max<int64_t>(pool.size - pool.used, 0));
  return out;
}

// --- ReadyQueues ---

UseClass ReadyQueues::use_class(const Units& units) {
  const auto [found, is_new] = by_units_.emplace(units, static_cast<UseClass>(classes_.size()));
  if (is_new) classes_.push_back({units, {}});
  return found->second;
}

void ReadyQueues::erase(UseClass c, const ReadyKey& key) {
  classes_[c].jobs.erase(key);
  lacked_.erase(key.job);
}

void ReadyQueues::reserve(const ReadyKey& key, const Units& units, std::vector<int64_t>& free) {
  std::set<PoolIndex>& lacked = lacked_[key.job];
  for (const auto& [pool, count] : units) {
    if (count > free[pool]) lacked.insert(pool);
  }
  for (const auto& [pool, count] : units) {
    if (lacked.contains(pool)) free[pool] = std::max<int64_t>(free[pool] - count, 0);
  }
}

std::vector<JobId> ReadyQueues::take_startable(Pools& pools) {
  std::vector<int64_t> free = pools.free();
  std::set<std::pair<ReadyKey, UseClass>> heads;
  for (UseClass c = 0; c < classes_.size(); ++c) {
    if (!classes_[c].jobs.empty()) heads.emplace(*classes_[c].jobs.begin(), c);
  }
  std::vector<JobId> out;
  while (!heads.empty()) {
    const auto [key, c] = *heads.begin();
    heads.erase(heads.begin());
    Class& from = classes_[c];
    if (!fits(from.units, free)) {
      const bool possible = std::ranges::all_of(
          from.units, [&](const auto& use) { return use.second <= pools.all()[use.first].size; });
      if (possible) reserve(key, from.units, free);
      continue;  // whoever else needs the same lacks it too
    }
    for (const auto& [pool, count] : from.units) free[pool] -= count;
    pools.take(from.units);
    out.push_back(key.job);
    lacked_.erase(key.job);
    from.jobs.erase(from.jobs.begin());
    if (!from.jobs.empty()) heads.emplace(*from.jobs.begin(), c);
  }
  return out;
}

std::vector<int64_t> ReadyQueues::waiting(size_t pools) const {
  std::vector<int64_t> out(pools);
  for (const Class& one : classes_) {
    for (const auto& [pool, count] : one.units) out[pool] += static_cast<int64_t>(one.jobs.size());
  }
  return out;
}

}  // namespace moondial
