#pragma once

#include <array>
#include <lua.hpp>
#include <optional>

#include "base/civil_time.h"
#include "base/clock.h"
#include "base/date.h"
#include "base/date_interval.h"

namespace moondial::script {

/// Times as values of Lua: userdata, interned, so that equal ones are the same object and serve as
/// keys of tables.
void push_date(lua_State* L, Date date);
void push_month(lua_State* L, Month month);
void push_week(lua_State* L, Week week);
void push_hour(lua_State* L, Hour hour);
void push_civil_time(lua_State* L, CivilTime time);
void push_duration(lua_State* L, Duration duration);  ///< at least 0
void push_interval(lua_State* L, DateInterval interval);

/// The value at `index`, if it is one of that kind.
[[nodiscard]] std::optional<Date> to_date(lua_State* L, int index);
[[nodiscard]] std::optional<Month> to_month(lua_State* L, int index);
[[nodiscard]] std::optional<Week> to_week(lua_State* L, int index);
[[nodiscard]] std::optional<Hour> to_hour(lua_State* L, int index);
[[nodiscard]] std::optional<CivilTime> to_civil_time(lua_State* L, int index);
[[nodiscard]] std::optional<Duration> to_duration(lua_State* L, int index);
[[nodiscard]] std::optional<DateInterval> to_interval(lua_State* L, int index);

/// A number of seconds as a duration; nothing if it is negative, not finite or too long.
[[nodiscard]] std::optional<Duration> seconds_to_duration(double seconds);

/// Whether it is one of any of these kinds; tostring gives its canonical text.
[[nodiscard]] bool is_time_value(lua_State* L, int index);

/// What a lua_State keeps of each of these kinds: references into the registry.
struct TimeValues {
  struct OfKind {
    int values = LUA_NOREF;  ///< weak: number → value
    int meta = LUA_NOREF;
  };
  std::array<OfKind, 7> kinds;  ///< by TimeKind (time_values.h)
};

/// Makes the metatables, and leaves a table of the functions that the DSL is made of on the stack:
/// date, month, week, hour, time, interval, make_duration, date_range, today, yesterday.
void open_dates(lua_State* L);

}  // namespace moondial::script
