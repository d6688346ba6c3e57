// Pools, the order of ready tasks, and that nothing waits in vain.
#include <algorithm>
#include <limits>

#include "tests/sim/books.h"

namespace moondial::sim {

int64_t Books::free_units(const std::string& pool) const {
  const auto used = used_.find(pool);
  return std::max<int64_t>(0, pools_.at(pool) - (used == used_.end() ? 0 : used->second));
}

/// Exactly what runs is taken. More than there is only while a pool that has shrunk empties.
void Books::check_pools(const Scheduler& scheduler) {
  used_.clear();
  for (const auto& [id, job] : jobs_) {
    if (!job.holds_units) continue;
    for (const auto& [pool, units] : job.uses) used_[pool] += units;
  }
  for (const PoolView& view : scheduler.pools()) {
    if (view.used != used_[view.name] || view.size != pools_[view.name]) {
      context_.checks.broken("pools", "of " + view.name + " " + std::to_string(view.used) +
                                          " units are taken, and " +
                                          std::to_string(used_[view.name]) + " are used");
    }
  }
  for (const JobId id : started_) {
    for (const auto& [pool, units] : jobs_.at(id).uses) {
      if (units > 0 && used_[pool] > pools_[pool]) {
        broken("pools", jobs_.at(id), "takes more of " + pool + " than there is");
      }
    }
  }
}

/// Urgency and remaining path of all live jobs, from what waits for what.
void Books::work_out_order(const Scheduler& scheduler) {
  std::vector<std::pair<JobId, Job*>> live;
  for (auto& [id, job] : jobs_) {
    if (job.forgotten || is_final(job.state)) continue;
    live.emplace_back(id, &job);
    job.urgency = -std::numeric_limits<double>::infinity();
    for (const auto& [run, hold] : job.holds) {
      if (!hold.ended) job.urgency = std::max(job.urgency, hold.priority);
    }
    job.remaining_us = job.estimate_us;
  }
  // The graph is small: what waits hands on to what it waits for until nothing changes.
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [id, job] : live) {
      const auto hand_on = [&, by = job](JobId to) {
        Job& need = jobs_.at(to);
        if (is_final(need.state)) return;
        const double urgency = std::max(need.urgency, by->urgency);
        const int64_t remaining = std::max(need.remaining_us, need.estimate_us + by->remaining_us);
        changed = changed || urgency != need.urgency || remaining != need.remaining_us;
        need.urgency = urgency;
        need.remaining_us = remaining;
      };
      for (const JobId need : job->needs) hand_on(need);
      for (const auto& [await, need] : job->awaited) hand_on(need);
      // A circle would go on for ever.
      if (job->remaining_us > int64_t{1'000'000'000'000}) {
        return broken("no-deadlock", *job, "waits for itself");
      }
    }
  }
  for (const auto& [id, job] : live) {
    if (scheduler.urgency(id) != job->urgency) {
      broken("order", *job,
             "is as urgent as " + std::to_string(scheduler.urgency(id)) + ", not " +
                 std::to_string(job->urgency));
    }
  }
}

bool Books::comes_before(const Job& a, const Job& b) const {
  if (a.urgency != b.urgency) return a.urgency > b.urgency;
  if (a.remaining_us != b.remaining_us) return a.remaining_us > b.remaining_us;
  return a.age < b.age;
}

bool Books::can_ever_fit(const Job& job) const {
  return std::ranges::all_of(job.uses,
                             [&](const auto& use) { return use.second <= pools_.at(use.first); });
}

/// Those that would take units now, in the promised order.
std::vector<const Books::Job*> Books::waiting() const {
  std::vector<const Job*> out;
  for (const auto& [id, job] : jobs_) {
    const bool goes_on = job.paused && !job.stopping && has_answer(job);
    if (!job.forgotten && (job.state == TaskState::kReady || goes_on)) out.push_back(&job);
  }
  std::ranges::sort(out, [this](const Job* a, const Job* b) { return comes_before(*a, *b); });
  return out;
}

/// Somebody holds its lock, or gets it first.
bool Books::lacks_lock(const Job& job, const std::vector<const Job*>& waiting) const {
  if (job.lock.empty() || job.under_way) return false;
  for (const auto& [id, other] : jobs_) {
    if (other.under_way && other.lock == job.lock) return true;
  }
  for (const Job* other : waiting) {
    if (other == &job) continue;
    if (other->lock != job.lock) continue;
    const bool other_fits = can_ever_fit(*other);
    if (other_fits != can_ever_fit(job) ? other_fits : comes_before(*other, job)) return true;
  }
  return false;
}

/// What starts comes in the order; and takes nothing of a pool whose units one that comes before it
/// lacked.
void Books::check_order() {
  for (size_t i = 1; i < started_.size(); ++i) {
    const Job& first = jobs_.at(started_[i - 1]);
    if (comes_before(jobs_.at(started_[i]), first)) broken("order", first, "starts out of order");
  }
  if (started_.empty()) return;
  const std::vector<const Job*> waits = waiting();
  for (const Job* one : waits) {
    if (!can_ever_fit(*one) || lacks_lock(*one, waits)) continue;
    for (const auto& [pool, units] : one->uses) {
      int64_t taken_after = 0;
      for (const JobId id : started_) {
        const Job& begun = jobs_.at(id);
        const auto use = begun.uses.find(pool);
        if (comes_before(*one, begun) && use != begun.uses.end()) taken_after += use->second;
      }
      if (taken_after > 0 && free_units(pool) + taken_after < units) {
        broken("order", *one, "lacks units of " + pool + ", and what comes after it takes some");
      }
    }
  }
}

/// What waits lacks something, even if what comes before it reserves as much as it may.
void Books::check_nothing_waits() {
  const std::vector<const Job*> waits = waiting();
  Units reserved;
  for (const Job* one : waits) {
    if (!can_ever_fit(*one) || lacks_lock(*one, waits)) continue;
    const bool fits = std::ranges::all_of(one->uses, [&](const auto& use) {
      return use.second == 0 || free_units(use.first) - reserved[use.first] >= use.second;
    });
    if (fits) broken("no-idling", *one, "waits though all that it uses is free");
    for (const auto& [pool, units] : one->uses) reserved[pool] += units;
  }
}

// --- What others ask ---

uint64_t Books::version(const Job& job) const {
  const Job* from = &job;
  while (from->made_for) from = &jobs_.at(from->made_for);
  return runs_.at(from->made_by).version;
}

const Books::Job* Books::live(const std::string& task) const {
  const auto found = by_id_.find(task);
  return found == by_id_.end() ? nullptr : &jobs_.at(found->second);
}

uint64_t Books::version_of(const std::string& task) const {
  const Job* job = live(task);
  return job == nullptr ? 0 : version(*job);
}

bool Books::is_of_one_version(const std::string& task) const {
  const Job* job = live(task);
  return job != nullptr && is_all_of(*job, version(*job));
}

/// The job, and all that it required.
bool Books::is_all_of(const Job& job, uint64_t version) const {
  if (this->version(job) != version) return false;
  return std::ranges::all_of(job.needs,
                             [&](JobId need) { return is_all_of(jobs_.at(need), version); });
}

bool Books::is_under_way(const std::string& task) const {
  const Job* job = live(task);
  return job != nullptr && job->under_way;
}

void Books::check_over(const Scheduler& scheduler) {
  if (!is_over_) return;
  for (const auto& [id, job] : jobs_) {
    if (!job.forgotten) broken("final-states", job, "is kept though no run is left");
  }
  for (const PoolView& view : scheduler.pools()) {
    if (view.used != 0 || view.waiting != 0) {
      context_.checks.broken("pools", "units of " + view.name + " are not back");
    }
  }
}

}  // namespace moondial::sim
