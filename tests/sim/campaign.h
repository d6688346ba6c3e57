#pragma once

#include "tests/sim/options.h"

namespace moondial::sim {

/// Plays what the options ask for; the exit status of the program.
[[nodiscard]] int play(const Options& options, const char* program);

}  // namespace moondial::sim
