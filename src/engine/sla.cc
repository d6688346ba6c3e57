#include "engine/sla.h"

#include "core/timetable.h"

namespace moondial {

std::optional<UtcTime> deadline_of(const Sla& sla, UtcTime due, const std::string& zone) {
  if (sla.within) return due + *sla.within;
  if (!sla.second_of_day) return std::nullopt;
  // By a timetable of its own, which knows what happens when clocks change.
  const int second = *sla.second_of_day;
  TimetableSpec spec;
  spec.cron = std::to_string(second % 60) + " " + std::to_string(second / 60 % 60) + " " +
              std::to_string(second / 3600) + " * * *";
  spec.timezone = zone;
  const auto times = Timetable::make(spec);
  return times.ok() ? times->next(due) : std::nullopt;
}

}  // namespace moondial
