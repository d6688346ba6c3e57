// When a cron expression allows a time: arithmetic on sets of bits.
#include <bit>

#include "core/cron.h"

namespace moondial {
namespace {

using std::chrono::local_days;
using std::chrono::local_seconds;

constexpr std::chrono::year kLastCronYear{9999};
constexpr int kMinuteSeconds = 60;
constexpr int kHourSeconds = 3600;

/// The first bit of `set` at `from` or after it; -1 if there is none.
int first_bit(uint64_t set, int from) {
  const uint64_t rest = from > 63 ? 0 : set & (~uint64_t{0} << from);
  return rest == 0 ? -1 : std::countr_zero(rest);
}

/// The first second of a day that is allowed, at `from` or after it; -1 if there is none.
int next_second(const CronExpression& cron, int from) {
  const int hour = first_bit(cron.hours, from / kHourSeconds);
  if (hour < 0) return -1;
  const int first_minute = first_bit(cron.minutes, 0), first_second = first_bit(cron.seconds, 0);
  const int hours_first = hour * kHourSeconds + first_minute * kMinuteSeconds + first_second;
  if (hour > from / kHourSeconds) return hours_first;
  const int from_minute = from % kHourSeconds / kMinuteSeconds;
  const int minute = first_bit(cron.minutes, from_minute);
  if (minute == from_minute) {
    const int second = first_bit(cron.seconds, from % kMinuteSeconds);
    if (second >= 0) return hour * kHourSeconds + minute * kMinuteSeconds + second;
  }
  const int later = first_bit(cron.minutes, from_minute + 1);
  if (later >= 0) return hour * kHourSeconds + later * kMinuteSeconds + first_second;
  const int next_hour = first_bit(cron.hours, hour + 1);
  return next_hour < 0 ? -1 : hours_first + (next_hour - hour) * kHourSeconds;
}

/// One month, as the rules for days see it.
struct MonthShape {
  int length = 0;
  int first_weekday = 0;  ///< of day 1; 0 is Sunday

  explicit MonthShape(std::chrono::year_month month)
      : length(static_cast<int>(static_cast<unsigned>((month / std::chrono::last).day()))),
        first_weekday(static_cast<int>(std::chrono::weekday(local_days{month / 1}).c_encoding())) {}

  [[nodiscard]] uint32_t all() const { return static_cast<uint32_t>((uint64_t{2} << length) - 2); }
  /// The first day of the month on that weekday.
  [[nodiscard]] int first(int weekday) const { return 1 + (weekday - first_weekday + 7) % 7; }
  [[nodiscard]] int weekday(int day) const { return (first_weekday + day - 1) % 7; }

  /// From Monday to Friday, nearest to `day`, which is of this month, as it is.
  [[nodiscard]] int nearest_weekday(int day) const {
    const int on = weekday(day);
    if (on == 6) return day == 1 ? day + 2 : day - 1;
    if (on == 0) return day == length ? day - 2 : day + 1;
    return day;
  }
};

uint32_t day_bit(int n) { return uint32_t{1} << n; }

uint32_t days_of(const CronExpression::MonthDays& field, const MonthShape& month) {
  uint32_t out = field.days & month.all();
  if ((field.nearest | field.from_end | field.nearest_from_end) == 0) return out;
  for (int day = 1; day <= month.length; ++day) {
    const uint32_t from_end = day_bit(month.length - day);
    if ((field.from_end & from_end) != 0) out |= day_bit(day);
    if ((field.nearest & day_bit(day)) != 0 || (field.nearest_from_end & from_end) != 0) {
      out |= day_bit(month.nearest_weekday(day));
    }
  }
  return out;
}

uint32_t days_of(const CronExpression::WeekDays& field, const MonthShape& month) {
  constexpr uint32_t kEachWeek = 1 | 1 << 7 | 1 << 14 | 1 << 21 | 1 << 28;
  uint32_t out = 0;
  for (int weekday = 0; weekday < 7; ++weekday) {
    const int first = month.first(weekday);
    if ((field.days >> weekday & 1) != 0) out |= kEachWeek << first;
    if ((field.last >> weekday & 1) != 0) out |= day_bit(first + (month.length - first) / 7 * 7);
    for (int n = 0; n < 5; ++n) {
      if ((field.nth[static_cast<size_t>(n)] >> weekday & 1) != 0) {
        out |= static_cast<uint32_t>(uint64_t{1} << (first + 7 * n));
      }
    }
  }
  return out & month.all();
}

}  // namespace

uint32_t CronExpression::days_in(std::chrono::year_month month) const {
  const MonthShape shape(month);
  const uint32_t by_month = days_of(month_days, shape), by_week = days_of(week_days, shape);
  return month_days.star || week_days.star ? by_month & by_week : by_month | by_week;
}

std::optional<local_seconds> CronExpression::next(local_seconds from) const {
  const local_days today = std::chrono::floor<std::chrono::days>(from);
  const std::chrono::year_month_day date(today);
  std::chrono::year_month month(date.year(), date.month());
  int day = static_cast<int>(static_cast<unsigned>(date.day()));
  const int now = next_second(*this, static_cast<int>((from - today).count()));
  // Each day has the same times: what is left of today, or another day's first.
  for (bool is_now = true; month.year() <= kLastCronYear; is_now = false) {
    const int number = static_cast<int>(static_cast<unsigned>(month.month()));
    const uint32_t days = (months >> number & 1) == 0 ? 0 : days_in(month);
    if (is_now && now >= 0 && (days & day_bit(day)) != 0) return today + std::chrono::seconds(now);
    const int found = first_bit(days, is_now ? day + 1 : 1);
    if (found >= 0) {
      return local_days{month / found} + std::chrono::seconds(next_second(*this, 0));
    }
    const int later = first_bit(months, number + 1);
    month = later >= 0 ? month.year() / later
                       : (month.year() + std::chrono::years(1)) / first_bit(months, 0);
  }
  return std::nullopt;
}

}  // namespace moondial
