#include "base/civil_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "base/civil_text.h"
#include "base/strftime.h"

namespace moondial {
namespace {

constexpr int64_t kDaysInWeek = 7;
constexpr int64_t kHoursInDay = 24;
constexpr int64_t kSecondsInHour = 3600;
constexpr int64_t kSecondsInDay = kHoursInDay * kSecondsInHour;
/// Nothing of the calendar is reached beyond this many days, so that sums cannot overflow.
constexpr int64_t kTooManyDays = 366LL * 10'000;
/// 1969-12-29, the Monday of the epoch's week, in days since the epoch.
constexpr int64_t kFirstMonday = -3;

int64_t floor_div(int64_t n, int64_t by) { return n / by - (n % by < 0 ? 1 : 0); }
bool is_too_far(int64_t n, int64_t per_day) {
  return n < -kTooManyDays * per_day || n > kTooManyDays * per_day;
}

Date day_at(int64_t days) { return Date(std::chrono::sys_days(std::chrono::days(days))); }

bool is_in_calendar(int64_t days) {
  const auto within = Date().add_days(days);
  return within.ok();
}

std::chrono::sys_seconds second_at(int64_t seconds) {
  return std::chrono::sys_seconds(std::chrono::seconds(seconds));
}

std::string clock_text(int64_t second_of_day) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%02d:%02d:%02d",
                static_cast<int>(second_of_day / kSecondsInHour),
                static_cast<int>(second_of_day / 60 % 60), static_cast<int>(second_of_day % 60));
  return buffer.data();
}

}  // namespace

// --- Week ---

Result<Week> Week::parse(std::string_view text) {
  constexpr std::string_view kExpected = "a week (expected YYYY-Www, like 2015-W38)";
  if (text.size() != 8 || text.substr(4, 2) != "-W") return malformed(text, kExpected);
  const int year = digits_of(text.substr(0, 4), 4);
  const int week = digits_of(text.substr(6), 2);
  if (year < 0 || week < 0) return malformed(text, kExpected);
  return from_iso(year, week);
}

Result<Week> Week::from_iso(int year, int week) {
  const std::string text = four_digits(year) + "-W" + two_digits(week);
  if (!is_year(year)) return out_of_range(text);
  // The 4th of January always lies in the first week.
  const Result<Week> first = containing(*Date::from_civil(year, 1, 4));
  if (week < 1 || week > 53) return Error{Code::kInvalid, text + " is no week of the calendar", {}};
  Result<Week> found = first->add_weeks(week - 1);
  if (!found.ok()) return out_of_range(text);
  if (found->year() != year) {
    return Error{Code::kInvalid,
                 text + " is no week of the calendar: " + four_digits(year) + " has 52 weeks",
                 {}};
  }
  return found;
}

Result<Week> Week::containing(Date day) {
  Week week;
  week.weeks_ = static_cast<int32_t>(floor_div(day.days_since_epoch() - kFirstMonday, kDaysInWeek));
  if (!is_in_calendar(week.weeks_ * kDaysInWeek + kFirstMonday + kDaysInWeek - 1)) {
    return out_of_range("the end of the week of " + day.to_string());
  }
  return week;
}

Date Week::first() const { return day_at(weeks_ * kDaysInWeek + kFirstMonday); }
Date Week::last() const { return day_at(weeks_ * kDaysInWeek + kFirstMonday + kDaysInWeek - 1); }
int Week::year() const { return first().iso_year(); }
int Week::week() const { return first().iso_week(); }

Result<Week> Week::add_weeks(int64_t weeks) const {
  if (is_too_far(weeks, 1)) return out_of_range("the week");
  Week sum;
  sum.weeks_ = static_cast<int32_t>(weeks_ + weeks);
  const int64_t monday = sum.weeks_ * kDaysInWeek + kFirstMonday;
  if (!is_in_calendar(monday) || !is_in_calendar(monday + kDaysInWeek - 1)) {
    return out_of_range("the week");
  }
  return sum;
}

std::string Week::to_string() const { return four_digits(year()) + "-W" + two_digits(week()); }

Result<std::string> Week::format(std::string_view strftime_format) const {
  return first().format(strftime_format);
}

// --- Hour ---

Result<Hour> Hour::parse(std::string_view text) {
  constexpr std::string_view kExpected = "an hour (expected YYYY-MM-DDThh, like 2015-09-18T13)";
  if (text.size() != 13 || text[10] != 'T') return malformed(text, kExpected);
  const int hour = digits_of(text.substr(11), 2);
  const Result<Date> day = Date::parse(text.substr(0, 10));
  if (hour < 0 || hour >= kHoursInDay) return malformed(text, kExpected);
  if (!day.ok()) return day.error();
  return of(*day, hour);
}

Result<Hour> Hour::of(Date day, int hour) {
  if (hour < 0 || hour >= kHoursInDay) {
    return Error{Code::kInvalid, std::to_string(hour) + " is no hour of a day (0 to 23)", {}};
  }
  Hour out;
  out.hours_ = static_cast<int32_t>(day.days_since_epoch() * kHoursInDay + hour);
  return out;
}

Date Hour::date() const { return day_at(floor_div(hours_, kHoursInDay)); }
int Hour::hour() const {
  return static_cast<int>(hours_ - floor_div(hours_, kHoursInDay) * kHoursInDay);
}

Result<Hour> Hour::add_hours(int64_t hours) const {
  if (is_too_far(hours, kHoursInDay)) return out_of_range("the hour");
  const int64_t sum = hours_ + hours;
  if (!is_in_calendar(floor_div(sum, kHoursInDay))) return out_of_range("the hour");
  Hour out;
  out.hours_ = static_cast<int32_t>(sum);
  return out;
}

std::string Hour::to_string() const { return date().to_string() + "T" + two_digits(hour()); }

Result<std::string> Hour::format(std::string_view strftime_format) const {
  return format_civil(second_at(hours_ * kSecondsInHour), strftime_format);
}

// --- CivilTime ---

Result<CivilTime> CivilTime::parse(std::string_view text) {
  constexpr std::string_view kExpected =
      "a time (expected YYYY-MM-DDThh:mm:ss without a zone, like 2015-09-18T13:45:00)";
  const bool has_seconds = text.size() == 19;
  if ((!has_seconds && text.size() != 16) || text[10] != 'T' || text[13] != ':') {
    return malformed(text, kExpected);
  }
  if (has_seconds && text[16] != ':') return malformed(text, kExpected);
  const int hour = digits_of(text.substr(11, 2), 2);
  const int minute = digits_of(text.substr(14, 2), 2);
  const int second = has_seconds ? digits_of(text.substr(17), 2) : 0;
  const auto is_within = [](int n, int64_t bound) { return n >= 0 && n < bound; };
  if (!is_within(hour, kHoursInDay) || !is_within(minute, 60) || !is_within(second, 60)) {
    return malformed(text, kExpected);
  }
  const Result<Date> day = Date::parse(text.substr(0, 10));
  if (!day.ok()) return day.error();
  return of(*day, static_cast<int>(hour * kSecondsInHour + minute * 60 + second));
}

Result<CivilTime> CivilTime::of(Date day, int second_of_day) {
  if (second_of_day < 0 || second_of_day >= kSecondsInDay) {
    return Error{
        Code::kInvalid, std::to_string(second_of_day) + " is no second of a day (0 to 86399)", {}};
  }
  CivilTime out;
  out.seconds_ = day.days_since_epoch() * kSecondsInDay + second_of_day;
  return out;
}

Date CivilTime::date() const { return day_at(floor_div(seconds_, kSecondsInDay)); }
Hour CivilTime::hour() const {
  return *Hour::of(date(), static_cast<int>(second_of_day() / kSecondsInHour));
}
int CivilTime::second_of_day() const {
  return static_cast<int>(seconds_ - floor_div(seconds_, kSecondsInDay) * kSecondsInDay);
}

Result<CivilTime> CivilTime::add_seconds(int64_t seconds) const {
  if (is_too_far(seconds, kSecondsInDay)) return out_of_range("the time");
  CivilTime out;
  out.seconds_ = seconds_ + seconds;
  if (!is_in_calendar(floor_div(out.seconds_, kSecondsInDay))) return out_of_range("the time");
  return out;
}

std::string CivilTime::to_string() const {
  return date().to_string() + "T" + clock_text(second_of_day());
}

Result<std::string> CivilTime::format(std::string_view strftime_format) const {
  return format_civil(second_at(seconds_), strftime_format);
}

Result<UtcTime> parse_rfc3339(std::string_view text) {
  const Error wrong{Code::kInvalid,
                    "'" + std::string(text) + "' is no time such as 2015-09-18T06:00:00+08:00",
                    {}};
  constexpr size_t kSeconds = 19;  // up to there it is a civil time
  if (text.size() <= kSeconds) return wrong;
  const auto civil = CivilTime::parse(text.substr(0, kSeconds));
  if (!civil.ok()) return wrong;
  std::string_view rest = text.substr(kSeconds);
  if (rest.starts_with('.')) {
    const size_t end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end == 1) return wrong;
    rest.remove_prefix(end);
  }
  int64_t offset = 0;
  if (rest != "Z" && rest != "z") {
    const auto digit = [&](size_t at) { return rest[at] >= '0' && rest[at] <= '9'; };
    const bool fits = rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && digit(1) &&
                      digit(2) && rest[3] == ':' && digit(4) && digit(5);
    if (!fits) return wrong;
    const auto number = [&](size_t at) { return (rest[at] - '0') * 10 + (rest[at + 1] - '0'); };
    if (number(1) > 23 || number(4) > 59) return wrong;
    offset = number(1) * 3600 + number(4) * 60;
    if (rest[0] == '-') offset = -offset;
  }
  return UtcTime(std::chrono::seconds(civil->seconds_since_epoch() - offset));
}

}  // namespace moondial
