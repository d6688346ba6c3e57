#pragma once

#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lua/binding.h"
#include "lua/dates.h"
#include "lua/state.h"
#include "lua/time_traits.h"

// How the kinds of time are made values of Lua. Each is a userdata of a few bytes that is looked up
// in a weak table by its number, so that there is one object for each value. What differs between
// the kinds is said by TimeTraits; the functions of their metatables are templates over it. Only
// for dates*.cc and for what checks parameters.

namespace moondial::script {

template <typename T>
TimeValues::OfKind& kept_of(lua_State* L) {
  return state_of(L).times.kinds[static_cast<size_t>(TimeTraits<T>::kKind)];
}

template <typename T>
void push_time_value(lua_State* L, const T& value) {
  const TimeValues::OfKind& kept = kept_of<T>(L);
  const int64_t number = TimeTraits<T>::number(value);
  push_kept(L, kept.values);
  if (lua_rawgeti(L, -1, number) != LUA_TNIL) {
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  new (lua_newuserdatauv(L, sizeof(T), 0)) T(value);
  push_kept(L, kept.meta);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, number);
  lua_remove(L, -2);
}

template <typename T>
std::optional<T> to_time_value(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return std::nullopt;
  push_kept(L, kept_of<T>(L).meta);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  if (!same) return std::nullopt;
  return *static_cast<const T*>(lua_touserdata(L, index));
}

/// "a date", "an hour".
template <typename T>
std::string a_kind() {
  const std::string name = TimeTraits<T>::kName;
  return (name == "hour" || name == "interval" ? "an " : "a ") + name;
}

template <typename T>
T check_time(lua_State* L, int index, std::string_view what) {
  const std::optional<T> value = to_time_value<T>(L, index);
  if (value) return *value;
  throw ScriptError(std::string(what) + ": expected " + a_kind<T>() + ", got " +
                    describe(L, index));
}

[[nodiscard]] int64_t check_whole(lua_State* L, int index, std::string_view what);

/// The table {months = 1} at index 2.
[[nodiscard]] TimeStep check_step(lua_State* L, std::span<const TimeUnit> units);

/// `..` of a value of these kinds and what can be joined with it.
int concat_values(lua_State* L);

// --- what the metatables hold ---

[[noreturn]] void refuse_time_field(lua_State* L, const std::string& kind,
                                    const std::vector<std::string>& known);

template <typename T>
int time_index(lua_State* L) {
  const T value = check_time<T>(L, 1, TimeTraits<T>::kName);
  const std::string_view name = lua_type(L, 2) == LUA_TSTRING ? view(L, 2) : std::string_view();
  std::vector<std::string> known;
  for (const TimeField<T>& field : TimeTraits<T>::fields()) {
    if (field.name != name) continue;
    field.push(L, value);
    return 1;
  }
  for (const TimeField<T>& field : TimeTraits<T>::fields()) known.emplace_back(field.name);
  refuse_time_field(L, a_kind<T>(), known);
}

template <typename T>
int time_text(lua_State* L) {
  push(L, TimeTraits<T>::text(check_time<T>(L, 1, "tostring")));
  return 1;
}

template <typename T>
int time_format(lua_State* L) {
  const T value = check_time<T>(L, 1, "format");
  if (lua_type(L, 2) != LUA_TSTRING) {
    throw ScriptError("format: expected text such as \"%Y%m%d\", got " + describe(L, 2));
  }
  push(L, unwrap(TimeTraits<T>::format(value, view(L, 2))));
  return 1;
}

template <typename T>
int time_add(lua_State* L) {
  const T value = check_time<T>(L, 1, "add");
  push_time_value(L, unwrap(TimeTraits<T>::step(value, check_step(L, TimeTraits<T>::units()))));
  return 1;
}

template <typename T, int (*kMethod)(lua_State*)>
void push_method(lua_State* L, const T& /*value*/) {
  lua_pushcfunction(L, bound<kMethod>);
}

template <typename T>
int time_plus(lua_State* L) {
  const int index = to_time_value<T>(L, 1) ? 1 : 2;
  static const std::string what = std::string(TimeTraits<T>::kName) + " + " + TimeTraits<T>::kUnits;
  const int64_t count = check_whole(L, 3 - index, what);
  push_time_value(L, unwrap(TimeTraits<T>::add(check_time<T>(L, index, what), count)));
  return 1;
}

template <typename T>
int time_minus(lua_State* L) {
  constexpr int64_t kFarthest = 1'000'000'000'000;
  const std::optional<T> left = to_time_value<T>(L, 1);
  if (!left) throw ScriptError("cannot subtract " + a_kind<T>() + " from " + describe(L, 1));
  if (const std::optional<T> right = to_time_value<T>(L, 2)) {
    lua_pushinteger(L, TimeTraits<T>::number(*left) - TimeTraits<T>::number(*right));
    return 1;
  }
  static const std::string what = std::string(TimeTraits<T>::kName) + " - " + TimeTraits<T>::kUnits;
  const int64_t count = check_whole(L, 2, what);
  if (count < -kFarthest || count > kFarthest) throw ScriptError(what + ": too far away");
  push_time_value(L, unwrap(TimeTraits<T>::add(*left, -count)));
  return 1;
}

[[noreturn]] void refuse_comparison(lua_State* L, const std::string& kind, const char* maker);

template <typename T>
int time_less(lua_State* L) {
  const std::optional<T> left = to_time_value<T>(L, 1), right = to_time_value<T>(L, 2);
  if (!left || !right) refuse_comparison(L, TimeTraits<T>::kName, TimeTraits<T>::kMaker);
  lua_pushboolean(L, *left < *right);
  return 1;
}

template <typename T>
int time_less_equal(lua_State* L) {
  const std::optional<T> left = to_time_value<T>(L, 1), right = to_time_value<T>(L, 2);
  if (!left || !right) refuse_comparison(L, TimeTraits<T>::kName, TimeTraits<T>::kMaker);
  lua_pushboolean(L, *left <= *right);
  return 1;
}

/// Makes the metatable of a kind and the table of its values. `more` replace or add to the
/// functions that all kinds share.
void make_time_kind(lua_State* L, TimeValues::OfKind* kept, const char* name,
                    std::span<const luaL_Reg> functions, std::span<const luaL_Reg> more);

template <typename T>
void open_time_kind(lua_State* L, std::span<const luaL_Reg> more) {
  static const luaL_Reg kShared[] = {{"__index", bound<time_index<T>>},
                                     {"__lt", bound<time_less<T>>},
                                     {"__le", bound<time_less_equal<T>>},
                                     {"__tostring", bound<time_text<T>>},
                                     {"__concat", bound<concat_values>}};
  std::string name = "moondial.";
  name += TimeTraits<T>::kName;
  make_time_kind(L, &kept_of<T>(L), name.c_str(), kShared, more);
}

/// The same with + and - of whole numbers.
template <typename T>
void open_counted_kind(lua_State* L) {
  static const luaL_Reg kCounted[] = {{"__add", bound<time_plus<T>>},
                                      {"__sub", bound<time_minus<T>>}};
  open_time_kind<T>(L, kCounted);
}

// --- dates_*.cc: what is different from kind to kind ---

void open_times_of_day(lua_State* L);  ///< hour and time
void open_durations(lua_State* L);
void open_intervals(lua_State* L);

/// Functions that make values: date, month, week, hour, time, interval, make_duration.
[[nodiscard]] std::span<const luaL_Reg> time_makers();

}  // namespace moondial::script
