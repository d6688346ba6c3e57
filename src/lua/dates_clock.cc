// Hours and times in Lua.
#include "lua/time_values.h"

namespace moondial::script {
namespace {

constexpr TimeUnit kUnits[] = {
    {"years", TimeUnit::Of::kMonths, 12},    {"months", TimeUnit::Of::kMonths, 1},
    {"weeks", TimeUnit::Of::kDays, 7},       {"days", TimeUnit::Of::kDays, 1},
    {"hours", TimeUnit::Of::kSeconds, 3600}, {"minutes", TimeUnit::Of::kSeconds, 60},
    {"seconds", TimeUnit::Of::kSeconds, 1}};

/// A number of the day that the value lies in.
template <typename T, int (Date::*kGet)() const>
void push_of_day(lua_State* L, const T& value) {
  lua_pushinteger(L, (value.date().*kGet)());
}
template <typename T>
void push_day(lua_State* L, const T& value) {
  push_date(L, value.date());
}
void push_hour_number(lua_State* L, const Hour& hour) { lua_pushinteger(L, hour.hour()); }
template <int kDivisor, int kModulus>
void push_of_clock(lua_State* L, const CivilTime& time) {
  lua_pushinteger(L, time.second_of_day() / kDivisor % kModulus);
}

constexpr TimeField<Hour> kHourFields[] = {{"year", push_of_day<Hour, &Date::year>},
                                           {"month", push_of_day<Hour, &Date::month>},
                                           {"day", push_of_day<Hour, &Date::day>},
                                           {"weekday", push_of_day<Hour, &Date::weekday>},
                                           {"week", push_of_day<Hour, &Date::iso_week>},
                                           {"iso_year", push_of_day<Hour, &Date::iso_year>},
                                           {"hour", push_hour_number},
                                           {"date", push_day<Hour>},
                                           {"add", push_method<Hour, time_add<Hour>>},
                                           {"format", push_method<Hour, time_format<Hour>>}};
constexpr TimeField<CivilTime> kTimeFields[] = {
    {"year", push_of_day<CivilTime, &Date::year>},
    {"month", push_of_day<CivilTime, &Date::month>},
    {"day", push_of_day<CivilTime, &Date::day>},
    {"weekday", push_of_day<CivilTime, &Date::weekday>},
    {"week", push_of_day<CivilTime, &Date::iso_week>},
    {"iso_year", push_of_day<CivilTime, &Date::iso_year>},
    {"hour", push_of_clock<3600, 24>},
    {"minute", push_of_clock<60, 60>},
    {"second", push_of_clock<1, 60>},
    {"date", push_day<CivilTime>},
    {"add", push_method<CivilTime, time_add<CivilTime>>},
    {"format", push_method<CivilTime, time_format<CivilTime>>}};

Result<Date> step_day(Date date, const TimeStep& step) {
  const auto moved = date.add_months(step.months);
  return moved.ok() ? moved->add_days(step.days) : moved;
}

/// The seconds of the duration at `index`; nothing if there is none there.
std::optional<int64_t> duration_seconds(lua_State* L, int index) {
  const std::optional<Duration> duration = to_duration(L, index);
  if (!duration) return std::nullopt;
  if (duration->count() % 1'000'000 != 0) {
    throw ScriptError("a time has no fractions of a second: " + describe(L, index) +
                      " cannot be added");
  }
  return duration->count() / 1'000'000;
}

// time + seconds, time + duration
int plus(lua_State* L) {
  const int index = to_civil_time(L, 1) ? 1 : 2;
  const auto seconds = duration_seconds(L, 3 - index);
  if (!seconds) return time_plus<CivilTime>(L);
  push_civil_time(L, unwrap(to_civil_time(L, index)->add_seconds(*seconds)));
  return 1;
}

// time - seconds, time - duration, time - time
int minus(lua_State* L) {
  const auto seconds = to_civil_time(L, 1) ? duration_seconds(L, 2) : std::nullopt;
  if (!seconds) return time_minus<CivilTime>(L);
  push_civil_time(L, unwrap(to_civil_time(L, 1)->add_seconds(-*seconds)));
  return 1;
}

}  // namespace

template <>
std::span<const TimeField<Hour>> CivilTraits<Hour>::fields() {
  return kHourFields;
}
template <>
std::span<const TimeUnit> CivilTraits<Hour>::units() {
  return std::span(kUnits).first(5);
}
template <>
Result<Hour> CivilTraits<Hour>::step(const Hour& hour, const TimeStep& step) {
  const auto day = step_day(hour.date(), step);
  if (!day.ok()) return day.error();
  return Hour::of(*day, hour.hour())->add_hours(step.seconds / 3600);
}
template <>
std::span<const TimeField<CivilTime>> CivilTraits<CivilTime>::fields() {
  return kTimeFields;
}
template <>
std::span<const TimeUnit> CivilTraits<CivilTime>::units() {
  return kUnits;
}
template <>
Result<CivilTime> CivilTraits<CivilTime>::step(const CivilTime& time, const TimeStep& step) {
  const auto day = step_day(time.date(), step);
  if (!day.ok()) return day.error();
  return CivilTime::of(*day, time.second_of_day())->add_seconds(step.seconds);
}

void open_times_of_day(lua_State* L) {
  open_counted_kind<Hour>(L);
  static const luaL_Reg kTime[] = {{"__add", bound<plus>}, {"__sub", bound<minus>}};
  open_time_kind<CivilTime>(L, kTime);
}

}  // namespace moondial::script
