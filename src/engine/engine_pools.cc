// Sizes of pools: as they are declared, as runs ask for them, as somebody has set them.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "engine/engine.h"

namespace moondial {

/// Pool sizes as what runs now and the declarations ask for them.
void Engine::restore_pools() {
  read_pool_sizes();
  std::map<std::string, int64_t> own = declared_pools_;
  own["memory"] = configured_memory_.value_or(options_.memory_bytes);
  std::map<std::string, int64_t> sizes = own;
  int64_t cpu = 0;
  for (const auto& [id, run] : runs_) {
    cpu = std::max<int64_t>(cpu, run.jobs);
    for (const auto& [name, size] : run.pools) sizes[name] = size;
  }
  sizes.try_emplace("cpu", cpu > 0 ? cpu : options_.default_jobs);
  own.try_emplace("cpu", sizes["cpu"]);
  // A task that was taken on while a run that is gone had enlarged a pool must not wait for ever.
  for (const auto& [job, task] : tasks_) {
    if (is_final(scheduler_.state(job))) continue;
    for (const PoolUse& use : task.instance->uses) {
      if (use.units > own[use.pool]) sizes[use.pool] = std::max(sizes[use.pool], use.units);
    }
  }
  for (const auto& [name, set] : set_pools_) {
    if (const auto declared = declared_size(name); declared == set.declared) sizes[name] = set.size;
  }
  for (const auto& [name, size] : sizes) scheduler_.set_pool(name, size);
}

/// What somebody has set, which outlives engines.
void Engine::read_pool_sizes() {
  if (std::exchange(pool_sizes_read_, true)) return;
  const auto rows = parts_.store.pool_sizes();
  if (!rows.ok()) return;  // the store has said so
  for (const PoolSizeRow& row : *rows) set_pools_[row.pool] = row;
}

/// Nothing if there is no such pool.
std::optional<int64_t> Engine::declared_size(const std::string& pool) const {
  const auto declared = declared_pools_.find(pool);
  if (declared != declared_pools_.end()) return declared->second;
  if (pool == "memory") return configured_memory_.value_or(options_.memory_bytes);
  if (pool != "cpu") return std::nullopt;
  return in_force_ != nullptr ? jobs_of(*in_force_, nullptr) : options_.default_jobs;
}

/// A size holds as long as the declaration stays as it was when it was set.
void Engine::forget_stale_pool_sizes() {
  std::vector<Record> records;
  std::erase_if(set_pools_, [&](const auto& entry) {
    if (declared_size(entry.first) == entry.second.declared) return false;
    records.push_back(PoolSized{entry.first, std::nullopt, 0});
    return true;
  });
  if (!records.empty()) parts_.store.write(std::move(records), {});
}

PoolInfo Engine::pool_info(const std::string& name, int64_t declared) const {
  const auto set = set_pools_.find(name);
  const bool holds = set != set_pools_.end() && set->second.declared == declared;
  return {name, holds ? set->second.size : declared, declared};
}

void Engine::pools(std::function<void(Result<std::vector<PoolInfo>>)> done) {
  declarations([this, done = std::move(done)](const Result<Declarations>& declared) {
    if (!declared.ok()) return done(declared.error());
    read_pool_sizes();
    std::vector<PoolInfo> out;
    for (const auto& [name, size] : declared->pools) out.push_back(pool_info(name, size));
    for (const char* name : {"cpu", "memory"}) {
      const auto set = set_pools_.find(name);
      if (set != set_pools_.end()) out.push_back(pool_info(name, set->second.declared));
    }
    done(std::move(out));
  });
}

void Engine::set_pool(std::string name, std::optional<int64_t> size,
                      std::function<void(Result<PoolInfo>)> done) {
  declarations([this, name = std::move(name), size,
                done = std::move(done)](const Result<Declarations>& known) {
    if (!known.ok()) return done(known.error());
    for (const auto& [pool, units] : known->pools) declared_pools_[pool] = units;
    configured_memory_ = known->config.memory;
    const auto declared = declared_size(name);
    if (!declared) {
      std::vector<std::string> names = {"cpu", "memory"};
      for (const auto& [pool, units] : known->pools) names.push_back(pool);
      const std::string near = nearest(name, names);
      return done(Error{Code::kNotFound,
                        "there is no pool '" + name + "'" +
                            (near.empty() ? "" : "; did you mean '" + near + "'?"),
                        {}});
    }
    read_pool_sizes();
    if (size && *size != *declared) {
      set_pools_[name] = {name, *size, *declared};
    } else {
      set_pools_.erase(name);
    }
    restore_pools();
    schedule_pump();
    const bool is_set = set_pools_.contains(name);
    std::vector<Record> records;
    records.push_back(PoolSized{name, is_set ? size : std::nullopt, *declared});
    parts_.store.write(std::move(records), [this, info = pool_info(name, *declared), done] {
      tell_news({ProjectNews::Kind::kPoolSized, {}, {}, {}, {}, {}, info});
      done(info);
    });
  });
}

}  // namespace moondial
