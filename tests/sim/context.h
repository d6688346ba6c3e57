#pragma once

#include <cstdint>

#include "tests/sim/checks.h"
#include "tests/sim/fate.h"
#include "tests/sim/machine.h"
#include "tests/sim/night.h"
#include "tests/sim/random.h"
#include "tests/sim/trace.h"

namespace moondial::sim {

/// What every fake of one engine process works with. All of it outlives the process.
struct Context {
  Machine& machine;
  const Night& night;
  Random& random;
  Trace& trace;
  Checks& checks;
  Fate& fate;
  uint64_t life = 1;     ///< the number of the process
  bool is_calm = false;  ///< nothing breaks any more
};

}  // namespace moondial::sim
