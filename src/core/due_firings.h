#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "core/schedule_policy.h"
#include "core/timetable.h"

namespace moondial {

/// What is to be done about a stretch of a schedule's past.
struct DueFirings {
  std::vector<UtcTime> late;     ///< to be fired although it is late, oldest first
  std::vector<UtcTime> on_time;  ///< to be fired, oldest first
  /// The last instant that passed and is not fired, and how many there are of them, as far as that
  /// was counted (kMostCounted).
  std::optional<UtcTime> last_dropped;
  int64_t dropped = 0;

  static constexpr int64_t kMostCounted = 10'000;
};

/// Looks at the instants after `position` up to `now`. Those up to `late_before` are late: of these
/// `catch_up` decides, and with kAll the newest `limit` fire. Bounded, however long the stretch is.
[[nodiscard]] DueFirings due_firings(const Timetable& times, UtcTime position, UtcTime now,
                                     UtcTime late_before, CatchUp catch_up, int64_t limit);

}  // namespace moondial
