#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/forecast.h"

namespace moondial {

/// The coming hours, as far as they can be known.
struct ForecastView {
  /// A run that goes on, or one that a schedule will start.
  struct Row {
    ForecastRun run;       ///< its name is that of the schedule, or what the run was asked for
    RunId open;            ///< of one that goes on
    std::string timezone;  ///< for its times
  };
  UtcTime now, until;
  std::string timezone;   ///< of the project
  Duration unknown{0};    ///< what a task was thought to take that never ran and says nothing
  std::vector<Row> rows;  ///< those that go on first, then by when they start
  bool cut = false;       ///< there are more firings than are looked at
};

}  // namespace moondial
