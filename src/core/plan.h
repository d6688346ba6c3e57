#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

namespace moondial {

struct PoolUse {
  std::string pool;
  int64_t units = 1;  ///< 0 is allowed and takes nothing
  bool operator==(const PoolUse&) const = default;
};

/// How often and when a failed attempt is followed by another.
struct RetryPolicy {
  int times = 0;  ///< further attempts after the first
  Duration delay{0};
  double backoff = 1;  ///< the n-th retry waits delay * backoff^(n-1) …
  Duration max{0};     ///< … but never longer than this; 0 is no bound
  double jitter = 0;   ///< … times a factor drawn evenly from [1 - jitter, 1 + jitter]
};

/// Under which ends of its requirements a task runs. Decided when all have ended. Done, or complete
/// before, is a success; failed or upstream_failed is a failure; skipped is neither. A task whose
/// condition does not hold ends skipped. Under any of them a requirement that was cancelled cancels
/// the task, and one that is blocked blocks it.
enum class When : uint8_t {
  kAll,        ///< none failed, and none was skipped: only here do failures and skips spread
  kAny,        ///< at least one success
  kFailed,     ///< at least one failure
  kAllFailed,  ///< all are failures, and there is one
  kEnded,      ///< always
  kAsk,        ///< whoever drives the scheduler is asked (AskWhen)
};

/// One task of a plan, as the scheduler needs it.
struct PlanTask {
  std::string id;
  bool complete = false;  ///< was complete when planned: it is not run
  bool has_work = true;   ///< false: it is done once its requirements are (a wrapper)
  bool external = false;  ///< others produce it: never run; blocked, unless it is complete
  When when = When::kAll;
  double priority = 0;
  Duration estimate{0};  ///< expected duration, to order by remaining path; 0 is unknown
  std::vector<PoolUse> uses;
  std::string lock;  ///< tasks with the same one never run at the same time; empty for none
  RetryPolicy retry;
  std::vector<uint32_t> requires_;  ///< indices into Plan::tasks; may hold duplicates
  std::vector<std::string> claims;  ///< the paths that it publishes; a folder's ends in "/"
  std::string file;                 ///< where the task is declared, for errors
  int line = 0;
};

/// A closed set of tasks and their requirements, of one generation.
struct Plan {
  std::vector<PlanTask> tasks;
  std::vector<uint32_t> roots;  ///< the asked-for tasks
};

/// All that is wrong with a plan as a whole; empty if it can be run. Reports: a cycle among
/// incomplete tasks, as a path `a -> b -> a`; two tasks that claim one path, or of which one
/// claims a path within a folder of the other, naming both; more units than a pool has, naming
/// task, pool, units and size; an unknown pool, naming the nearest. `pools` maps names to sizes.
/// Linear in tasks and requirements; no recursion (a chain of a million tasks is fine); the same
/// plan gives the same diagnostics in the same order.
[[nodiscard]] std::vector<Diagnostic> validate(const Plan& plan,
                                               const std::map<std::string, int64_t>& pools);

}  // namespace moondial
