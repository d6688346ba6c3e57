#pragma once

#include <chrono>

namespace moondial {

using Duration = std::chrono::microseconds;

/// A point on the wall clock, UTC.
using UtcTime = std::chrono::sys_time<Duration>;

/// Names the time line of MonoTime; never asked for the time itself.
struct MonoTag {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  static constexpr bool is_steady = true;
};

/// A point on a clock that only goes forward; means nothing outside this process.
using MonoTime = std::chrono::time_point<MonoTag, Duration>;

/// The one source of time. Handed in, so that tests and the simulator own time.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual UtcTime utc() const = 0;
  [[nodiscard]] virtual MonoTime mono() const = 0;
};

}  // namespace moondial
