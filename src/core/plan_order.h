#pragma once

#include <cstdint>
#include <vector>

#include "core/plan.h"

namespace moondial {

/// The tasks that a run of the plan has to do, each after all that it requires: those that a root
/// needs by way of incomplete tasks, the root included if it is incomplete. Among orders that keep
/// requirements first it is the one nearest to the plan's own. The plan has no cycle.
[[nodiscard]] std::vector<uint32_t> order_to_run(const Plan& plan);

}  // namespace moondial
