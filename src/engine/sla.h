#pragma once

#include <optional>
#include <string>

#include "base/clock.h"

namespace moondial {

/// When something has to be done: at the first such time of day after it was due, or so long after.
struct Sla {
  std::optional<int> second_of_day;
  std::optional<Duration> within;
};

/// The deadline of what was due at an instant; times of day are those of a zone's clock. Nothing
/// where the zone has no such time.
[[nodiscard]] std::optional<UtcTime> deadline_of(const Sla& sla, UtcTime due,
                                                 const std::string& zone);

}  // namespace moondial
