#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/schedule_policy.h"
#include "core/timetable.h"

namespace moondial {

/// When something that was started by the clock has to be done: at the first such time of day after
/// it was due, or so long after it.
struct Sla {
  std::optional<int> second_of_day;  ///< in the schedule's zone
  std::optional<Duration> within;
};

/// A declared schedule.
struct ScheduleInfo {
  std::string name;
  std::string doc;
  TimetableSpec times;
  CatchUp catch_up = CatchUp::kLast;
  int64_t catch_up_limit = 100;  ///< of kAll
  Overlap overlap = Overlap::kSkip;
  std::optional<Sla> sla;
  Duration jitter{0};   ///< each firing is put off by less than that
  bool paused = false;  ///< until somebody resumes it
  std::string file;     ///< of the declaration, relative to the root
  int line = 0;
};

}  // namespace moondial
