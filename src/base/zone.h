#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/status.h"

namespace date {  // NOLINT(readability-identifier-naming): the library's
class time_zone;
}

namespace moondial {

/// A time zone, looked up once: a value the size of a pointer, cheap to copy, valid as long as the
/// process lives. Clock changes are those of the system's database, which may end: in 2037 for
/// zones that have two a year.
class Zone {
 public:
  Zone() = default;  ///< UTC

  /// "" and "UTC" are UTC, "local" is what TZ names, else the system's zone; else a name of the
  /// IANA's. kInvalid, with what was expected, if there is no such zone.
  [[nodiscard]] static Result<Zone> find(std::string_view name);

  /// "UTC" or the IANA's name, also of what was asked for as "local".
  [[nodiscard]] std::string name() const;

  /// A stretch of time in which the zone's clock runs evenly.
  struct Span {
    std::chrono::sys_seconds begin;  ///< at or after the first instant of the year -32767
    std::chrono::sys_seconds end;    ///< the first instant after it
    std::chrono::seconds offset;     ///< east of UTC
  };
  /// The one that `time` lies in. Spans beside each other may have the same offset.
  [[nodiscard]] Span span_at(std::chrono::sys_seconds time) const;

  /// The instant at which the clock shows `local`: where it shows it twice, the first or the last;
  /// where a jump leaves it out, that of the jump.
  [[nodiscard]] std::chrono::sys_seconds first_instant(std::chrono::local_seconds local) const;
  [[nodiscard]] std::chrono::sys_seconds last_instant(std::chrono::local_seconds local) const;

  [[nodiscard]] std::chrono::local_seconds local_time(std::chrono::sys_seconds time) const;

 private:
  explicit Zone(const date::time_zone* zone) : zone_(zone) {}

  const date::time_zone* zone_ = nullptr;  // null is UTC
};

}  // namespace moondial
