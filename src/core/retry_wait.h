#pragma once

#include <random>

#include "base/clock.h"
#include "core/plan.h"

namespace moondial {

/// How long the `retry`-th retry (from 1) waits. Draws from `random` only if there is jitter. At
/// most ten years, whatever the policy says; numbers that are none count as 0.
[[nodiscard]] Duration retry_wait(const RetryPolicy& policy, int retry, std::mt19937_64& random);

}  // namespace moondial
