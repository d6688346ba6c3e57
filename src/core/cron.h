#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"

namespace moondial {

/// A cron expression, read: for each field the set of what it allows, as bits. A value of 80 bytes;
/// it knows the calendar and no zone. docs/schedules.md has the grammar.
struct CronExpression {
  /// Days of a month. Bit n of `days` and `nearest` is day n; of the other two, n days before the
  /// last one.
  struct MonthDays {
    bool star = false;              ///< contains `*` or `?`
    uint32_t days = 0;              ///< 1 to 31
    uint32_t nearest = 0;           ///< `15W`: the weekday nearest to it, in the same month
    uint32_t from_end = 0;          ///< `L`, `L-3`
    uint32_t nearest_from_end = 0;  ///< `LW`, `L-3W`
  };
  /// Days of a week. Bit 0 is Sunday, bit 6 Saturday.
  struct WeekDays {
    bool star = false;
    uint8_t days = 0;
    uint8_t last = 0;              ///< `5L`: the last one of the month
    std::array<uint8_t, 5> nth{};  ///< `5#2`: nth[1] has Friday
  };

  uint64_t seconds = 0;
  uint64_t minutes = 0;
  uint32_t hours = 0;
  uint16_t months = 0;  ///< 1 to 12
  MonthDays month_days;
  WeekDays week_days;
  bool hour_star = false;  ///< contains `*`
  bool minute_star = false;

  /// Reads 5 fields, or 6 with seconds first, or `@daily` and the like. kInvalid tells all that is
  /// wrong; what can never be (30 February) is, too.
  [[nodiscard]] static Result<CronExpression> parse(std::string_view text);

  /// Days of the month that both day fields allow together; bit n is day n. As crontab(5) has it:
  /// if one of them contains `*`, both must allow a day, else one suffices. `months` is not asked.
  [[nodiscard]] uint32_t days_in(std::chrono::year_month month) const;

  /// What the expression allows, at `from` or after it; nothing if that is after the year 9999.
  [[nodiscard]] std::optional<std::chrono::local_seconds> next(
      std::chrono::local_seconds from) const;
};

}  // namespace moondial
