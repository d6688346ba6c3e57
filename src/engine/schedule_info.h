#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "core/schedule_policy.h"
#include "core/timetable.h"
#include "engine/sla.h"

namespace moondial {

/// A declared schedule.
struct ScheduleInfo {
  std::string name;
  std::string doc;
  TimetableSpec times;
  CatchUp catch_up = CatchUp::kLast;
  int64_t catch_up_limit = 100;  ///< of kAll
  Overlap overlap = Overlap::kSkip;
  std::optional<Sla> sla;  ///< times of day are those of its zone
  Duration jitter{0};      ///< each firing is put off by less than that
  bool paused = false;     ///< until somebody resumes it
  std::string file;        ///< of the declaration, relative to the root
  int line = 0;
  std::string fingerprint;  ///< of the text of its declaration
};

}  // namespace moondial
