#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"

namespace moondial {

/// One whose command outlived its engine.
struct HeldAttempt {
  AttemptId attempt;
  RunId run;  ///< the oldest that wants it
  std::string task;
  int number = 1;
  UtcTime started;
  std::vector<std::string> final_paths;
  int pid = 0;  ///< of the command; 0: not known
};

}  // namespace moondial
