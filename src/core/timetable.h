#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/civil_time.h"
#include "base/clock.h"
#include "base/status.h"
#include "base/zone.h"
#include "core/cron.h"

namespace moondial {

/// What a schedule says of its times, as text.
struct TimetableSpec {
  std::string cron;  ///< 5 fields, 6 with seconds first, or @daily …; empty if `every`
  std::optional<Duration> every;    ///< aligned to midnight in the zone
  std::string timezone = "local";   ///< IANA name, "local" or "UTC"
  std::optional<std::string> from;  ///< a date, or a date and time (CivilTime's text), in the zone
  std::optional<std::string> to;    ///< the same; both ends count, of a date its whole day
};

/// When a schedule fires, clock changes included: docs/schedules.md has the rules. A value of
/// 144 bytes that shares nothing; thread-safe as one.
class Timetable {
 public:
  /// kInvalid tells all that is wrong with `spec`.
  [[nodiscard]] static Result<Timetable> make(const TimetableSpec& spec);

  /// The first instant after `after` (strictly), in whole seconds; nothing if there is none. Takes
  /// a microsecond or two at most, whatever the expression is.
  [[nodiscard]] std::optional<UtcTime> next(UtcTime after) const;

  /// In words: "at 01:30 every day, Asia/Shanghai".
  [[nodiscard]] std::string meaning() const;

  [[nodiscard]] const Zone& zone() const { return zone_; }

 private:
  /// An end of the time in which the schedule is in force.
  struct Bound {
    CivilTime time;
    bool is_date = false;  ///< the whole day
    UtcTime instant;       ///< the first that counts, or the last
    [[nodiscard]] std::string text() const;
  };

  Timetable() = default;

  [[nodiscard]] std::optional<std::chrono::local_seconds> next_local(
      std::chrono::local_seconds from) const;
  [[nodiscard]] bool follows_clock() const;
  [[nodiscard]] bool repeats(std::chrono::seconds stretch) const;
  [[nodiscard]] std::optional<std::chrono::sys_seconds> first_from(
      std::chrono::sys_seconds from) const;

  CronExpression cron_;            // unless every_
  std::chrono::seconds every_{0};  // 0 if it is a cron expression
  Zone zone_;
  bool is_local_ = false;  // the zone was asked for as "local"
  std::optional<Bound> from_;
  std::optional<Bound> to_;
};

}  // namespace moondial
