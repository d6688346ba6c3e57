#pragma once

#include <cstdint>
#include <lua.hpp>
#include <span>
#include <string>
#include <string_view>

#include "base/duration.h"
#include "lua/dates.h"

namespace moondial::script {

enum class TimeKind : uint8_t { kDate, kMonth, kWeek, kHour, kTime, kDuration, kInterval };

/// A field or method of a value.
template <typename T>
struct TimeField {
  std::string_view name;
  void (*push)(lua_State* L, const T& value);
};

/// A unit of :add{unit = n}.
struct TimeUnit {
  std::string_view name;
  enum class Of : uint8_t { kMonths, kDays, kSeconds } of;
  int64_t factor;
};

/// What `{months = 1, days = -2}` stands for.
struct TimeStep {
  int64_t months = 0;
  int64_t days = 0;
  int64_t seconds = 0;
};

/// kName and kMaker are the words of messages; kLike says what is expected; kUnits is what `+ 1`
/// adds.
template <typename T>
struct TimeTraits;

template <typename T>
struct CivilTraits {
  static Result<T> parse(std::string_view text) { return T::parse(text); }
  static std::string text(const T& value) { return value.to_string(); }
  static Result<std::string> format(const T& value, std::string_view format) {
    return value.format(format);
  }
  static std::span<const TimeField<T>> fields();
  static std::span<const TimeUnit> units();
  static Result<T> step(const T& value, const TimeStep& step);
};

template <>
struct TimeTraits<Date> : CivilTraits<Date> {
  static constexpr TimeKind kKind = TimeKind::kDate;
  static constexpr const char *kName = "date", *kMaker = "date", *kUnits = "days";
  static constexpr const char *kExample = "2015-09-18", *kLike = "a date such as 2015-09-18";
  static int64_t number(const Date& date) { return date.days_since_epoch(); }
  static Result<Date> add(const Date& date, int64_t n) { return date.add_days(n); }
};
template <>
struct TimeTraits<Month> : CivilTraits<Month> {
  static constexpr TimeKind kKind = TimeKind::kMonth;
  static constexpr const char *kName = "month", *kMaker = "date.month", *kUnits = "months";
  static constexpr const char *kExample = "2015-09", *kLike = "a month such as 2015-09";
  static int64_t number(const Month& month) { return month.months_since_epoch(); }
  static Result<Month> add(const Month& month, int64_t n) { return month.add_months(n); }
};
template <>
struct TimeTraits<Week> : CivilTraits<Week> {
  static constexpr TimeKind kKind = TimeKind::kWeek;
  static constexpr const char *kName = "week", *kMaker = "date.week", *kUnits = "weeks";
  static constexpr const char *kExample = "2015-W38", *kLike = "a week such as 2015-W38";
  static int64_t number(const Week& week) { return week.weeks_since_epoch(); }
  static Result<Week> add(const Week& week, int64_t n) { return week.add_weeks(n); }
};
template <>
struct TimeTraits<Hour> : CivilTraits<Hour> {
  static constexpr TimeKind kKind = TimeKind::kHour;
  static constexpr const char *kName = "hour", *kMaker = "date.hour", *kUnits = "hours";
  static constexpr const char *kExample = "2015-09-18T13", *kLike = "an hour such as 2015-09-18T13";
  static int64_t number(const Hour& hour) { return hour.hours_since_epoch(); }
  static Result<Hour> add(const Hour& hour, int64_t n) { return hour.add_hours(n); }
};
template <>
struct TimeTraits<CivilTime> : CivilTraits<CivilTime> {
  static constexpr TimeKind kKind = TimeKind::kTime;
  static constexpr const char *kName = "time", *kMaker = "date.time", *kUnits = "seconds";
  static constexpr const char *kExample = "2015-09-18T13:45:00",
                              *kLike = "a time such as 2015-09-18T13:45:00";
  static int64_t number(const CivilTime& time) { return time.seconds_since_epoch(); }
  static Result<CivilTime> add(const CivilTime& time, int64_t n) { return time.add_seconds(n); }
};
template <>
struct TimeTraits<Duration> {
  static constexpr TimeKind kKind = TimeKind::kDuration;
  static constexpr const char *kName = "duration", *kMaker = "duration", *kUnits = "seconds";
  static constexpr const char *kExample = "15m", *kLike = "a duration such as 15m";
  static Result<Duration> parse(std::string_view text) { return parse_duration(text); }
  static std::string text(const Duration& value) { return canonical_duration(value); }
  static Result<std::string> format(const Duration& value, std::string_view format) {
    return format_duration_as(value, format);
  }
  static std::span<const TimeField<Duration>> fields();
  static int64_t number(const Duration& value) { return value.count(); }
};
template <>
struct TimeTraits<DateInterval> : CivilTraits<DateInterval> {
  static constexpr TimeKind kKind = TimeKind::kInterval;
  static constexpr const char *kName = "interval", *kMaker = "date.dates", *kUnits = "";
  static constexpr const char *kExample = "2015-09-01..2015-09-18",
                              *kLike = "dates such as 2015-09-01..2015-09-18, 2015-09 or 2015-W38";
  /// Its own, of no order.
  static int64_t number(const DateInterval& value) {
    return value.first().days_since_epoch() * (int64_t{1} << 32) + value.last().days_since_epoch();
  }
};

/// Calls f.template operator()<T>() for the type T of a kind.
template <typename F>
decltype(auto) with_time_type(TimeKind kind, const F& f) {
  switch (kind) {
    case TimeKind::kMonth:
      return f.template operator()<Month>();
    case TimeKind::kWeek:
      return f.template operator()<Week>();
    case TimeKind::kHour:
      return f.template operator()<Hour>();
    case TimeKind::kTime:
      return f.template operator()<CivilTime>();
    case TimeKind::kDuration:
      return f.template operator()<Duration>();
    case TimeKind::kInterval:
      return f.template operator()<DateInterval>();
    case TimeKind::kDate:
      break;
  }
  return f.template operator()<Date>();
}

}  // namespace moondial::script
