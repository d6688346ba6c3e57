// What makes times in Lua: date "2015-09-18", date.month(d), duration "15m" …
#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "lua/time_values.h"

namespace moondial::script {
namespace {

/// The day that a value with a clock lies in.
std::optional<Date> day_with_clock(lua_State* L, int index) {
  if (const auto hour = to_hour(L, index)) return hour->date();
  if (const auto time = to_civil_time(L, index)) return time->date();
  return std::nullopt;
}

std::optional<Date> day_of(lua_State* L, int index) {
  const auto date = to_date(L, index);
  return date ? date : day_with_clock(L, index);
}

/// The value of text; anything else is an error.
template <typename T>
T parse_text(lua_State* L, int index) {
  if (lua_type(L, index) == LUA_TSTRING) return unwrap(TimeTraits<T>::parse(view(L, index)));
  throw ScriptError(std::string(TimeTraits<T>::kMaker) + ": expected text such as \"" +
                    TimeTraits<T>::kExample + "\", got " + describe(L, index));
}

/// Leaves the argument, if it is such a value already.
template <typename T>
bool is_made(lua_State* L) {
  if (!to_time_value<T>(L, 1)) return false;
  lua_settop(L, 1);
  return true;
}

// date "2015-09-18", date{year =, month =, day =}, date(hour or time)
int make_date(lua_State* L) {
  if (is_made<Date>(L)) return 1;
  if (lua_istable(L, 1)) {
    std::array<int, 3> part{};
    const std::array<const char*, 3> names = {"year", "month", "day"};
    for (size_t i = 0; i < 3; ++i) {
      lua_getfield(L, 1, names[i]);
      part[i] = static_cast<int>(
          std::min<int64_t>(std::max<int64_t>(check_whole(L, -1, names[i]), -1), 1'000'000));
    }
    push_date(L, unwrap(Date::from_civil(part[0], part[1], part[2])));
    return 1;
  }
  const auto day = day_with_clock(L, 1);
  push_date(L, day ? *day : parse_text<Date>(L, 1));
  return 1;
}

// date.month "2015-09", date.month(d)
int make_month(lua_State* L) {
  if (is_made<Month>(L)) return 1;
  const auto day = day_of(L, 1);
  push_month(L,
             day ? unwrap(Month::from_civil(day->year(), day->month())) : parse_text<Month>(L, 1));
  return 1;
}

// date.week "2015-W38", date.week(d)
int make_week(lua_State* L) {
  if (is_made<Week>(L)) return 1;
  const auto day = day_of(L, 1);
  push_week(L, day ? unwrap(Week::containing(*day)) : parse_text<Week>(L, 1));
  return 1;
}

// date.hour "2015-09-18T13", date.hour(d, 13), date.hour(time)
int make_hour(lua_State* L) {
  if (is_made<Hour>(L)) return 1;
  if (const auto date = to_date(L, 1)) {
    const int64_t hour = lua_isnoneornil(L, 2) ? 0 : check_whole(L, 2, "date.hour");
    push_hour(L, unwrap(Hour::of(*date, static_cast<int>(std::clamp<int64_t>(hour, -1, 24)))));
    return 1;
  }
  const auto time = to_civil_time(L, 1);
  push_hour(L, time ? time->hour() : parse_text<Hour>(L, 1));
  return 1;
}

// date.time "2015-09-18T13:45:00", date.time(d, "13:45"), date.time(hour)
int make_time(lua_State* L) {
  if (is_made<CivilTime>(L)) return 1;
  const auto date = to_date(L, 1);
  if (date && lua_type(L, 2) == LUA_TSTRING) {
    const std::string clock(view(L, 2));
    const auto time = CivilTime::parse(date->to_string() + "T" + clock);
    if (!time.ok()) {
      throw ScriptError("date.time: \"" + printable(clock) +
                        "\" is no time of day (like 13:45 or 13:45:00)");
    }
    push_civil_time(L, *time);
    return 1;
  }
  if (!lua_isnoneornil(L, 2)) {
    throw ScriptError("date.time: expected a date and a time of day such as \"13:45\", got " +
                      describe(L, date ? 2 : 1));
  }
  const auto hour = to_hour(L, 1);
  if (date) {
    push_civil_time(L, unwrap(CivilTime::of(*date, 0)));
  } else if (hour) {
    push_civil_time(L, unwrap(CivilTime::of(hour->date(), hour->hour() * 3600)));
  } else {
    push_civil_time(L, parse_text<CivilTime>(L, 1));
  }
  return 1;
}

DateInterval interval_of(lua_State* L, int index) {
  if (const auto interval = to_interval(L, index)) return *interval;
  if (const auto date = to_date(L, index)) return unwrap(DateInterval::between(*date, *date));
  if (const auto month = to_month(L, index)) {
    return unwrap(DateInterval::between(month->first(), month->last()));
  }
  if (const auto week = to_week(L, index)) {
    return unwrap(DateInterval::between(week->first(), week->last()));
  }
  return parse_text<DateInterval>(L, index);
}

// date.dates "2015-09-01..2015-09-18", date.dates(month), date.dates(first, last)
int make_interval(lua_State* L) {
  const bool has_end = !lua_isnoneornil(L, 2);
  if (!has_end && is_made<DateInterval>(L)) return 1;
  const DateInterval first = interval_of(L, 1);
  const DateInterval last = has_end ? interval_of(L, 2) : first;
  push_interval(L, unwrap(DateInterval::between(first.first(), last.last())));
  return 1;
}

// duration "15m", duration(90)
int make_duration(lua_State* L) {
  if (is_made<Duration>(L)) return 1;
  if (lua_type(L, 1) == LUA_TNUMBER) {
    const auto micros = seconds_to_duration(lua_tonumber(L, 1));
    if (!micros) {
      throw ScriptError("duration: " + describe(L, 1) + " is no number of seconds from 0");
    }
    push_duration(L, *micros);
    return 1;
  }
  push_duration(L, parse_text<Duration>(L, 1));
  return 1;
}

}  // namespace

std::optional<Duration> seconds_to_duration(double seconds) {
  if (!(seconds >= 0 && seconds < 9.2e12)) return std::nullopt;
  return Duration(std::llround(seconds * 1e6));
}

std::span<const luaL_Reg> time_makers() {
  static const luaL_Reg kMakers[] = {{"date", bound<make_date>},
                                     {"month", bound<make_month>},
                                     {"week", bound<make_week>},
                                     {"hour", bound<make_hour>},
                                     {"time", bound<make_time>},
                                     {"interval", bound<make_interval>},
                                     {"make_duration", bound<make_duration>}};
  return kMakers;
}

}  // namespace moondial::script
