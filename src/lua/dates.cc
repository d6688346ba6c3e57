// Times in Lua: what all kinds share, and those that are made of whole days.
#include "lua/dates.h"

#include <algorithm>

#include "base/text.h"
#include "lua/frozen.h"
#include "lua/time_values.h"

namespace moondial::script {
namespace {

constexpr int64_t kLongestRange = 10'000'000;

Date today(lua_State* L, const char* function) {
  State& state = state_of(L);
  if (state.phase == Phase::kLoading) {
    throw ScriptError(std::string(function) +
                      "() while files load: the day would stand still until the next reload; "
                      "write default = " +
                      function + " or call it in a function of the task");
  }
  return unwrap(date_in_zone(state.options.utc(), state.declarations.config.timezone));
}

int today_function(lua_State* L) {
  push_date(L, today(L, "today"));
  return 1;
}

int yesterday_function(lua_State* L) {
  push_date(L, unwrap(today(L, "yesterday").add_days(-1)));
  return 1;
}

// --- date.range(a, b): a list with both ends ---

template <typename T>
bool push_range(lua_State* L) {
  const auto first = to_time_value<T>(L, 1);
  if (!first) return false;
  const T last = check_time<T>(L, 2, "date.range");
  const int64_t size = TimeTraits<T>::number(last) - TimeTraits<T>::number(*first) + 1;
  if (size > kLongestRange) {
    throw ScriptError("date.range: there are " + std::to_string(size) + " " +
                      TimeTraits<T>::kUnits + " from " + describe(L, 1) + " to " + describe(L, 2) +
                      ", more than a list is good for");
  }
  lua_createtable(L, size > 0 ? static_cast<int>(size) : 0, 0);
  for (int64_t i = 0; i < size; ++i) {
    push_time_value(L, unwrap(TimeTraits<T>::add(*first, i)));
    lua_rawseti(L, -2, i + 1);
  }
  return true;
}

int date_range(lua_State* L) {
  lua_settop(L, 2);
  if (const auto interval = to_interval(L, 1)) {
    if (!lua_isnil(L, 2)) throw ScriptError("date.range: an interval has both ends already");
    lua_settop(L, 0);
    push_date(L, interval->first());
    push_date(L, interval->last());
  }
  if (push_range<Date>(L) || push_range<Month>(L) || push_range<Week>(L) || push_range<Hour>(L) ||
      push_range<CivilTime>(L)) {
    return 1;
  }
  throw ScriptError("date.range: expected a date, got " + describe(L, 1));
}

// core.is_interval(value)
int is_interval(lua_State* L) {
  lua_settop(L, 1);
  lua_pushboolean(L, to_interval(L, 1).has_value());
  return 1;
}

}  // namespace

// --- what all kinds share ---

int64_t check_whole(lua_State* L, int index, std::string_view what) {
  int is_whole = 0;
  const lua_Integer number =
      lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is_whole) : 0;
  if (is_whole != 0) return number;
  throw ScriptError(std::string(what) + ": expected a whole number, got " + describe(L, index));
}

TimeStep check_step(lua_State* L, std::span<const TimeUnit> units) {
  constexpr int64_t kFarthest = 1'000'000'000'000;
  if (!lua_istable(L, 2)) {
    throw ScriptError("add: expected a table such as {" + std::string(units.front().name) +
                      " = 1}, got " + describe(L, 2));
  }
  TimeStep step;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    const std::string_view name = lua_type(L, -2) == LUA_TSTRING ? view(L, -2) : "";
    const auto unit = std::ranges::find(units, name, &TimeUnit::name);
    if (unit == units.end()) {
      std::string known;
      for (const TimeUnit& one : units) {
        known.append(known.empty() ? "" : ", ").append(one.name);
      }
      throw ScriptError("add: no unit " + describe(L, -2) + "; there are " + known);
    }
    const int64_t count = check_whole(L, -1, "add");
    if (count > kFarthest || count < -kFarthest) throw ScriptError("add: too far away");
    int64_t& sum = unit->of == TimeUnit::Of::kMonths ? step.months
                   : unit->of == TimeUnit::Of::kDays ? step.days
                                                     : step.seconds;
    sum += count * unit->factor;
  }
  return step;
}

int concat_values(lua_State* L) {
  std::string joined;
  for (int i = 1; i <= 2; ++i) {
    const bool is_table = lua_istable(L, i) && frozen_kind(L, i) == FrozenKind::kNone;
    if (lua_isnil(L, i) || is_table || lua_isboolean(L, i) || lua_isfunction(L, i)) {
      throw ScriptError("cannot join " + describe(L, i) + " with ..");
    }
    size_t size = 0;
    const char* text = luaL_tolstring(L, i, &size);
    joined.append(text, size);
    lua_pop(L, 1);
  }
  push(L, joined);
  return 1;
}

void refuse_time_field(lua_State* L, const std::string& kind,
                       const std::vector<std::string>& known) {
  std::vector<std::string> sorted = known;
  std::ranges::sort(sorted);
  const std::string near =
      lua_type(L, 2) == LUA_TSTRING ? nearest(view(L, 2), sorted) : std::string();
  throw ScriptError(kind + " has no field " + describe(L, 2) +
                    (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

void refuse_comparison(lua_State* L, const std::string& kind, const char* maker) {
  throw ScriptError("cannot compare " + describe(L, 1) + " with " + describe(L, 2) +
                    ": both must be " + kind + "s (" + maker + "(text) makes one)");
}

void make_time_kind(lua_State* L, TimeValues::OfKind* kept, const char* name,
                    std::span<const luaL_Reg> functions, std::span<const luaL_Reg> more) {
  luaL_newmetatable(L, name);
  for (const auto& set : {functions, more}) {
    for (const luaL_Reg& function : set) {
      lua_pushcfunction(L, function.func);
      lua_setfield(L, -2, function.name);
    }
  }
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  kept->meta = keep(L);
  push_weak_table(L);
  kept->values = keep(L);
}

// --- dates, months, weeks ---

namespace {

constexpr TimeUnit kCalendarUnits[] = {{"years", TimeUnit::Of::kMonths, 12},
                                       {"months", TimeUnit::Of::kMonths, 1},
                                       {"weeks", TimeUnit::Of::kDays, 7},
                                       {"days", TimeUnit::Of::kDays, 1}};
constexpr TimeUnit kWeekUnits[] = {{"weeks", TimeUnit::Of::kDays, 7}};

template <typename T, int (T::*kGet)() const>
void push_number_of(lua_State* L, const T& value) {
  lua_pushinteger(L, (value.*kGet)());
}
template <typename T, Date (T::*kGet)() const>
void push_date_of(lua_State* L, const T& value) {
  push_date(L, (value.*kGet)());
}

constexpr TimeField<Date> kDateFields[] = {{"year", push_number_of<Date, &Date::year>},
                                           {"month", push_number_of<Date, &Date::month>},
                                           {"day", push_number_of<Date, &Date::day>},
                                           {"weekday", push_number_of<Date, &Date::weekday>},
                                           {"week", push_number_of<Date, &Date::iso_week>},
                                           {"iso_year", push_number_of<Date, &Date::iso_year>},
                                           {"add", push_method<Date, time_add<Date>>},
                                           {"format", push_method<Date, time_format<Date>>}};
constexpr TimeField<Month> kMonthFields[] = {{"year", push_number_of<Month, &Month::year>},
                                             {"month", push_number_of<Month, &Month::month>},
                                             {"first", push_date_of<Month, &Month::first>},
                                             {"last", push_date_of<Month, &Month::last>},
                                             {"add", push_method<Month, time_add<Month>>},
                                             {"format", push_method<Month, time_format<Month>>}};
constexpr TimeField<Week> kWeekFields[] = {
    {"year", push_number_of<Week, &Week::year>}, {"week", push_number_of<Week, &Week::week>},
    {"first", push_date_of<Week, &Week::first>}, {"last", push_date_of<Week, &Week::last>},
    {"add", push_method<Week, time_add<Week>>},  {"format", push_method<Week, time_format<Week>>}};

}  // namespace

template <>
std::span<const TimeField<Date>> CivilTraits<Date>::fields() {
  return kDateFields;
}
template <>
std::span<const TimeUnit> CivilTraits<Date>::units() {
  return kCalendarUnits;
}
template <>
Result<Date> CivilTraits<Date>::step(const Date& date, const TimeStep& step) {
  const auto moved = date.add_months(step.months);
  return moved.ok() ? moved->add_days(step.days) : moved;
}
template <>
std::span<const TimeField<Month>> CivilTraits<Month>::fields() {
  return kMonthFields;
}
template <>
std::span<const TimeUnit> CivilTraits<Month>::units() {
  return std::span(kCalendarUnits).first(2);
}
template <>
Result<Month> CivilTraits<Month>::step(const Month& month, const TimeStep& step) {
  return month.add_months(step.months);
}
template <>
std::span<const TimeField<Week>> CivilTraits<Week>::fields() {
  return kWeekFields;
}
template <>
std::span<const TimeUnit> CivilTraits<Week>::units() {
  return kWeekUnits;
}
template <>
Result<Week> CivilTraits<Week>::step(const Week& week, const TimeStep& step) {
  return week.add_weeks(step.days / 7);
}

// --- the rest of the folder ---

void push_date(lua_State* L, Date date) { push_time_value(L, date); }
void push_month(lua_State* L, Month month) { push_time_value(L, month); }
void push_week(lua_State* L, Week week) { push_time_value(L, week); }
void push_hour(lua_State* L, Hour hour) { push_time_value(L, hour); }
void push_civil_time(lua_State* L, CivilTime time) { push_time_value(L, time); }
void push_duration(lua_State* L, Duration duration) { push_time_value(L, duration); }
void push_interval(lua_State* L, DateInterval interval) { push_time_value(L, interval); }

std::optional<Date> to_date(lua_State* L, int i) { return to_time_value<Date>(L, i); }
std::optional<Month> to_month(lua_State* L, int i) { return to_time_value<Month>(L, i); }
std::optional<Week> to_week(lua_State* L, int i) { return to_time_value<Week>(L, i); }
std::optional<Hour> to_hour(lua_State* L, int i) { return to_time_value<Hour>(L, i); }
std::optional<CivilTime> to_civil_time(lua_State* L, int i) {
  return to_time_value<CivilTime>(L, i);
}
std::optional<Duration> to_duration(lua_State* L, int i) { return to_time_value<Duration>(L, i); }
std::optional<DateInterval> to_interval(lua_State* L, int i) {
  return to_time_value<DateInterval>(L, i);
}

bool is_time_value(lua_State* L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA) return false;
  for (const TimeValues::OfKind& kind : state_of(L).times.kinds) {
    if (lua_getmetatable(L, index) == 0) return false;
    push_kept(L, kind.meta);
    const bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    if (same) return true;
  }
  return false;
}

void open_dates(lua_State* L) {
  open_counted_kind<Date>(L);
  open_counted_kind<Month>(L);
  open_counted_kind<Week>(L);
  open_times_of_day(L);
  open_durations(L);
  open_intervals(L);
  static const luaL_Reg kFunctions[] = {{"date_range", bound<date_range>},
                                        {"is_interval", bound<is_interval>},
                                        {"today", bound<today_function>},
                                        {"yesterday", bound<yesterday_function>},
                                        {nullptr, nullptr}};
  luaL_newlib(L, kFunctions);
  for (const luaL_Reg& maker : time_makers()) {
    lua_pushcfunction(L, maker.func);
    lua_setfield(L, -2, maker.name);
  }
}

}  // namespace moondial::script
