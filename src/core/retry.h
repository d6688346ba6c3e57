#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "core/plan.h"
#include "core/retry_wait.h"
#include "core/slab.h"

namespace moondial {

/// The policies in use, each kept once: most tasks have the same one.
class RetryPolicies {
 public:
  Index acquire(const RetryPolicy& policy);
  void release(Index index);
  [[nodiscard]] const RetryPolicy& operator[](Index index) const { return entries_[index].policy; }

 private:
  struct Entry {
    RetryPolicy policy;
    size_t users = 0;
  };
  /// By the bits of its numbers, so that any two are ordered.
  struct Before {
    bool operator()(const RetryPolicy& a, const RetryPolicy& b) const;
  };
  Slab<Entry> entries_;
  std::map<RetryPolicy, Index, Before> by_policy_;
};

/// When retries are due.
class RetryTimers {
 public:
  void add(MonoTime due, uint64_t order, Index job) { timers_.emplace(std::pair(due, order), job); }
  void remove(MonoTime due, uint64_t order) { timers_.erase({due, order}); }
  [[nodiscard]] std::optional<MonoTime> next() const {
    if (timers_.empty()) return std::nullopt;
    return timers_.begin()->first.first;
  }
  /// The job whose retry is the first that is due, taken out; kNone if none is.
  Index take_due(MonoTime now);

 private:
  std::map<std::pair<MonoTime, uint64_t>, Index> timers_;  // due, then the job's order
};

}  // namespace moondial
