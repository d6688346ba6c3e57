#include "tests/sim/night.h"

namespace moondial::sim {
namespace {

/// Off in most nights, else one in a number of that range.
uint64_t rare(Random& random, uint64_t low, uint64_t high) {
  return random.one_in(3) ? random.between(low, high) : 0;
}

}  // namespace

Night::Night(Random& random) {
  most_tasks = random.between(1, 9);
  one_in_whens = rare(random, 2, 5);
  one_in_locks = rare(random, 2, 4);
  one_in_externals = rare(random, 3, 8);
  one_in_scripts = random.between(1, 5);
  one_in_awaits = rare(random, 1, 3);
  one_in_circles = rare(random, 3, 8);
  one_in_outputless = random.between(2, 6);
  one_in_wrappers = random.between(3, 9);
  one_in_hooks = rare(random, 2, 5);
  one_in_retries = random.between(1, 4);
  one_in_timeouts = rare(random, 2, 5);
  one_in_steps = rare(random, 2, 5);

  one_in_failures = random.one_in(4) ? random.between(2, 4) : random.between(5, 30);
  one_in_skips = rare(random, 4, 12);
  one_in_losses = rare(random, 3, 9);
  one_in_deaf = random.between(2, 5);
  one_in_forgotten_outputs = rare(random, 8, 20);
  one_in_bad_plans = rare(random, 8, 30);

  operations = random.between(1, 6);
  one_in_edits = rare(random, 2, 5);
  cancels = random.one_in(3);
  cancels_tasks = random.one_in(4);
  vanishes = random.one_in(5);
  resizes = random.one_in(4);

  if (random.one_in(2)) {
    deaths = random.between(1, 3);
    mean_to_death = random.between(5, 150);
    one_in_dead_recoveries = rare(random, 1, 3);
    one_in_power_cuts = rare(random, 1, 3);
  }
  one_in_failing_commits = random.one_in(6) ? random.between(5, 60) : 0;
  one_in_failing_files = random.one_in(6) ? random.between(3, 30) : 0;
  one_in_jumps = rare(random, 10, 60);

  loop = random.between(4, 40);
  disk = random.between(1, 12);
  commits = random.between(1, 12);
  plans = random.between(1, 12);
  processes = random.between(1, 8);
  scripts = random.between(1, 8);
  operators = random.between(1, 3);
  timers = random.one_in(3) ? 1 : 0;
}

}  // namespace moondial::sim
