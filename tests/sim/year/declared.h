#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/script_host.h"

namespace moondial::sim {

/// A schedule of the year's project.
struct YearSchedule {
  ScheduleInfo info;
  std::string expression;      ///< as the table of firings names it
  Duration shortest, longest;  ///< of its runs
};

/// What the pipeline files of a version say. Versions begin at 1; each edits, adds or removes some.
[[nodiscard]] std::vector<YearSchedule> schedules_of(uint64_t version, const std::string& zone);
[[nodiscard]] Declarations declarations_of(uint64_t version, const std::string& zone);

/// All expressions of all versions, each once.
[[nodiscard]] std::vector<std::string> all_expressions();

inline constexpr const char* kFileTrigger = "on.file in/*";
inline constexpr const char* kHookTrigger = "on.webhook order";
inline constexpr const char* kDoneTrigger = "on.done Load";

}  // namespace moondial::sim
