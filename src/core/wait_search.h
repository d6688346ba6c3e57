#pragma once

#include <optional>

#include "base/status.h"
#include "core/jobs.h"
#include "core/locks.h"
#include "core/plan.h"

namespace moondial {

/// Looks for what would keep `waiter`, which is under way, waiting for ever if it came to wait for
/// the roots of `plan`: a way that leads from one of them to the waiter. Steps lead from a task to
/// what it requires or awaits and has not ended, and from one that needs a lock to the job that
/// holds it. With `gives_lock_back` the waiter holds none meanwhile. Reports the first way in the
/// order of the plan, at the place of its root. Linear in what it visits; no recursion.
[[nodiscard]] std::optional<Diagnostic> find_endless_wait(const Jobs& jobs, const Locks& locks,
                                                          const Plan& plan, Index waiter,
                                                          bool gives_lock_back);

}  // namespace moondial
