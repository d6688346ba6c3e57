// Durations and intervals of dates in Lua.
#include <cmath>

#include "lua/time_values.h"

namespace moondial::script {
namespace {

constexpr int64_t kMicros = 1'000'000;

// --- durations ---

/// In a unit: a whole number where it is one.
template <int64_t kSize>
void push_in(lua_State* L, const Duration& duration) {
  if (duration.count() % kSize == 0) {
    lua_pushinteger(L, duration.count() / kSize);
  } else {
    lua_pushnumber(L, static_cast<double>(duration.count()) / static_cast<double>(kSize));
  }
}

constexpr TimeField<Duration> kDurationFields[] = {
    {"seconds", push_in<kMicros>},
    {"minutes", push_in<60 * kMicros>},
    {"hours", push_in<3600 * kMicros>},
    {"days", push_in<86400 * kMicros>},
    {"format", push_method<Duration, time_format<Duration>>}};

int push_checked(lua_State* L, double micros, const char* what) {
  if (!(micros >= 0)) {
    throw ScriptError(std::string(what) + ": the result would be negative, which no duration is");
  }
  if (!(micros < 9.2e18)) throw ScriptError(std::string(what) + ": the result is too long");
  push_duration(L, Duration(std::llround(micros)));
  return 1;
}

/// A duration, or a number of seconds, in microseconds.
double check_micros(lua_State* L, int index, const char* what) {
  if (const auto duration = to_duration(L, index)) return static_cast<double>(duration->count());
  if (lua_type(L, index) == LUA_TNUMBER) return lua_tonumber(L, index) * kMicros;
  throw ScriptError(std::string(what) + ": expected a duration or a number of seconds, got " +
                    describe(L, index));
}

int plus(lua_State* L) {
  if (to_civil_time(L, 2)) {  // a time knows how to add durations
    lua_insert(L, 1);
    lua_arith(L, LUA_OPADD);
    return 1;
  }
  return push_checked(
      L, check_micros(L, 1, "duration + duration") + check_micros(L, 2, "duration + duration"),
      "duration + duration");
}

int minus(lua_State* L) {
  return push_checked(
      L, check_micros(L, 1, "duration - duration") - check_micros(L, 2, "duration - duration"),
      "duration - duration");
}

int times(lua_State* L) {
  const int index = to_duration(L, 1) ? 1 : 2;
  if (lua_type(L, 3 - index) != LUA_TNUMBER) {
    throw ScriptError("duration * number: expected a number, got " + describe(L, 3 - index));
  }
  return push_checked(L, check_micros(L, index, "duration * number") * lua_tonumber(L, 3 - index),
                      "duration * number");
}

// duration / number → duration, duration / duration → number
int divided(lua_State* L) {
  const auto left = to_duration(L, 1), right = to_duration(L, 2);
  if (!left) throw ScriptError("cannot divide " + describe(L, 1) + " by a duration");
  const auto micros = static_cast<double>(left->count());
  if (right) {
    lua_pushnumber(L, micros / static_cast<double>(right->count()));
    return 1;
  }
  if (lua_type(L, 2) != LUA_TNUMBER) {
    throw ScriptError("duration / number: expected a number, got " + describe(L, 2));
  }
  return push_checked(L, micros / lua_tonumber(L, 2), "duration / number");
}

// --- intervals ---

void push_first(lua_State* L, const DateInterval& interval) { push_date(L, interval.first()); }
void push_last(lua_State* L, const DateInterval& interval) { push_date(L, interval.last()); }

constexpr TimeField<DateInterval> kIntervalFields[] = {
    {"first", push_first},
    {"last", push_last},
    {"format", push_method<DateInterval, time_format<DateInterval>>}};

/// Its n-th day, nil beyond its ends; or a field.
int interval_index(lua_State* L) {
  if (lua_type(L, 2) != LUA_TNUMBER) return time_index<DateInterval>(L);
  const auto interval = check_time<DateInterval>(L, 1, "interval");
  int is_whole = 0;
  const lua_Integer i = lua_tointegerx(L, 2, &is_whole);
  if (is_whole == 0 || i < 1 || i > interval.days()) {
    lua_pushnil(L);
  } else {
    push_date(L, unwrap(interval.first().add_days(i - 1)));
  }
  return 1;
}

int interval_length(lua_State* L) {
  lua_pushinteger(L, check_time<DateInterval>(L, 1, "#").days());
  return 1;
}

// for day in interval do: called with (nothing, the day before)
int interval_next(lua_State* L) {
  const auto interval = check_time<DateInterval>(L, 1, "for");
  const auto before = to_date(L, 3);
  if (!before && !lua_isnoneornil(L, 3)) {
    throw ScriptError("an interval is no function: for day in interval do … end");
  }
  if (before && *before >= interval.last()) {
    lua_pushnil(L);
  } else {
    push_date(L, before ? unwrap(before->add_days(1)) : interval.first());
  }
  return 1;
}

int interval_pair(lua_State* L) {
  const lua_Integer i = lua_tointeger(L, 2) + 1;
  lua_settop(L, 1);
  lua_pushinteger(L, i);
  interval_index(L);
  return lua_isnil(L, -1) ? 1 : 2;
}

// for i, day in pairs(interval) do, as ipairs
int interval_pairs(lua_State* L) {
  lua_settop(L, 1);
  lua_pushcfunction(L, bound<interval_pair>);
  lua_insert(L, 1);
  lua_pushinteger(L, 0);
  return 3;
}

int refuse_order(lua_State* L) {
  throw ScriptError("cannot compare " + describe(L, 1) + " with " + describe(L, 2) +
                    ": intervals have no order; compare their first or last");
}

}  // namespace

std::span<const TimeField<Duration>> TimeTraits<Duration>::fields() { return kDurationFields; }

template <>
std::span<const TimeField<DateInterval>> CivilTraits<DateInterval>::fields() {
  return kIntervalFields;
}

void open_durations(lua_State* L) {
  static const luaL_Reg kMore[] = {{"__add", bound<plus>},
                                   {"__sub", bound<minus>},
                                   {"__mul", bound<times>},
                                   {"__div", bound<divided>}};
  open_time_kind<Duration>(L, kMore);
}

void open_intervals(lua_State* L) {
  static const luaL_Reg kMore[] = {
      {"__index", bound<interval_index>}, {"__len", bound<interval_length>},
      {"__call", bound<interval_next>},   {"__pairs", bound<interval_pairs>},
      {"__lt", bound<refuse_order>},      {"__le", bound<refuse_order>}};
  open_time_kind<DateInterval>(L, kMore);
}

}  // namespace moondial::script
