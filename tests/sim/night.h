#pragma once

#include <cstdint>

#include "tests/sim/random.h"

namespace moondial::sim {

/// What a seed is like, so that seeds differ in kind: some are all failures, some all crashes, in
/// most of them little goes wrong. Numbers that begin with "one in" are for Random::one_in().
struct Night {
  explicit Night(Random& random);

  // What is declared.
  uint64_t most_tasks = 0;
  uint64_t one_in_whens = 0, one_in_locks = 0, one_in_externals = 0, one_in_scripts = 0,
           one_in_awaits = 0, one_in_circles = 0, one_in_outputless = 0, one_in_wrappers = 0,
           one_in_hooks = 0, one_in_retries = 0, one_in_timeouts = 0, one_in_steps = 0;

  // How work goes.
  uint64_t one_in_failures = 0, one_in_skips = 0, one_in_losses = 0, one_in_deaf = 0,
           one_in_forgotten_outputs = 0, one_in_bad_plans = 0;

  // What operators do.
  uint64_t operations = 0;
  uint64_t one_in_edits = 0;
  bool cancels = false, cancels_tasks = false, vanishes = false, resizes = false;

  // What breaks.
  uint64_t deaths = 0;         ///< of engines
  uint64_t mean_to_death = 0;  ///< points of Fate
  uint64_t one_in_dead_recoveries = 0, one_in_power_cuts = 0, one_in_failing_commits = 0,
           one_in_failing_files = 0, one_in_jumps = 0;

  // How fast things are beside one another: weights of the driver.
  uint64_t loop = 0, disk = 0, commits = 0, plans = 0, processes = 0, scripts = 0, operators = 0,
           timers = 0;
};

}  // namespace moondial::sim
