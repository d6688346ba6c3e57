// Dates and months in Lua. Each is a userdata of a few bytes that is looked up in a weak table by
// its number, so that there is one object for each day and each month.
#include "lua/dates.h"

#include <array>
#include <string>
#include <vector>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/state.h"

namespace moondial::script {
namespace {

const char* const kDateMeta = "moondial.date";
const char* const kMonthMeta = "moondial.month";

template <typename T>
void push_interned(lua_State* L, int cache, int meta, int64_t number, T value) {
  push_kept(L, cache);
  if (lua_rawgeti(L, -1, number) != LUA_TNIL) {
    lua_remove(L, -2);
    return;
  }
  lua_pop(L, 1);
  new (lua_newuserdatauv(L, sizeof(T), 0)) T(value);
  push_kept(L, meta);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -3, number);
  lua_remove(L, -2);
}

template <typename T>
std::optional<T> to_value(lua_State* L, int index, int meta) {
  if (lua_type(L, index) != LUA_TUSERDATA || lua_getmetatable(L, index) == 0) return std::nullopt;
  push_kept(L, meta);
  const bool same = lua_rawequal(L, -1, -2) != 0;
  lua_pop(L, 2);
  if (!same) return std::nullopt;
  return *static_cast<const T*>(lua_touserdata(L, index));
}

Date check_date(lua_State* L, int index, const char* what) {
  const std::optional<Date> date = to_date(L, index);
  if (!date) throw ScriptError(std::string(what) + ": expected a date, got " + describe(L, index));
  return *date;
}

Month check_month(lua_State* L, int index, const char* what) {
  const std::optional<Month> month = to_month(L, index);
  if (!month) {
    throw ScriptError(std::string(what) + ": expected a month, got " + describe(L, index));
  }
  return *month;
}

int64_t check_whole(lua_State* L, int index, const char* what) {
  int is_whole = 0;
  const lua_Integer number =
      lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &is_whole) : 0;
  if (is_whole == 0) {
    throw ScriptError(std::string(what) + ": expected a whole number, got " + describe(L, index));
  }
  return number;
}

// --- what both kinds of value do ---

[[noreturn]] void refuse_field(lua_State* L, const char* kind,
                               const std::vector<std::string>& known) {
  const std::string name(describe(L, 2));
  const std::string near =
      lua_type(L, 2) == LUA_TSTRING ? nearest(view(L, 2), known) : std::string();
  throw ScriptError(std::string("a ") + kind + " has no field " + name +
                    (near.empty() ? "" : "; did you mean '" + near + "'?"));
}

[[noreturn]] void refuse_comparison(lua_State* L, const char* kind) {
  throw ScriptError(std::string("cannot compare ") + describe(L, 1) + " with " + describe(L, 2) +
                    ": both must be " + kind + "s (" + kind + "(text) makes one)");
}

int concat(lua_State* L) {
  std::string joined;
  for (int i = 1; i <= 2; ++i) {
    if (lua_isnil(L, i) || lua_istable(L, i) || lua_isboolean(L, i) || lua_isfunction(L, i)) {
      throw ScriptError(std::string("cannot join ") + describe(L, i) + " with ..");
    }
    size_t size = 0;
    const char* text = luaL_tolstring(L, i, &size);
    joined.append(text, size);
    lua_pop(L, 1);
  }
  push(L, joined);
  return 1;
}

// The months that an argument {years =, months =, weeks =, days =} stands for.
struct Step {
  int64_t months = 0;
  int64_t days = 0;
};

Step check_step(lua_State* L, bool with_days) {
  if (!lua_istable(L, 2)) {
    throw ScriptError("add: expected a table such as {months = 1}, got " + describe(L, 2));
  }
  Step step;
  for (lua_pushnil(L); lua_next(L, 2) != 0; lua_pop(L, 1)) {
    const std::string unit(lua_type(L, -2) == LUA_TSTRING ? view(L, -2) : std::string_view());
    const int64_t count = check_whole(L, -1, "add");
    if (count > 10'000'000 || count < -10'000'000) throw ScriptError("add: too far away");
    if (unit == "years") {
      step.months += 12 * count;
    } else if (unit == "months") {
      step.months += count;
    } else if (with_days && unit == "weeks") {
      step.days += 7 * count;
    } else if (with_days && unit == "days") {
      step.days += count;
    } else {
      throw ScriptError(
          "add: no unit " + describe(L, -2) +
          (with_days ? "; there are years, months, weeks, days" : "; there are years, months"));
    }
  }
  return step;
}

// --- dates ---

int date_add(lua_State* L) {
  const Date date = check_date(L, 1, "add");
  const Step step = check_step(L, true);
  push_date(L, unwrap(unwrap(date.add_months(step.months)).add_days(step.days)));
  return 1;
}

int date_format(lua_State* L) {
  const Date date = check_date(L, 1, "format");
  if (lua_type(L, 2) != LUA_TSTRING) {
    throw ScriptError("format: expected text such as \"%Y%m%d\", got " + describe(L, 2));
  }
  push(L, unwrap(date.format(view(L, 2))));
  return 1;
}

int date_index(lua_State* L) {
  static const std::vector<std::string> kFields = {"add",   "day",     "format", "iso_year",
                                                   "month", "weekday", "week",   "year"};
  const Date date = check_date(L, 1, "date");
  const std::string_view name = view(L, 2);
  if (name == "year") {
    lua_pushinteger(L, date.year());
  } else if (name == "month") {
    lua_pushinteger(L, date.month());
  } else if (name == "day") {
    lua_pushinteger(L, date.day());
  } else if (name == "weekday") {
    lua_pushinteger(L, date.weekday());
  } else if (name == "week") {
    lua_pushinteger(L, date.iso_week());
  } else if (name == "iso_year") {
    lua_pushinteger(L, date.iso_year());
  } else if (name == "add") {
    lua_pushcfunction(L, bound<date_add>);
  } else if (name == "format") {
    lua_pushcfunction(L, bound<date_format>);
  } else {
    refuse_field(L, "date", kFields);
  }
  return 1;
}

int date_plus(lua_State* L) {
  const int date = to_date(L, 1) ? 1 : 2;
  const int64_t days = check_whole(L, 3 - date, "date + days");
  push_date(L, unwrap(check_date(L, date, "date + days").add_days(days)));
  return 1;
}

int date_minus(lua_State* L) {
  const std::optional<Date> left = to_date(L, 1);
  if (!left) throw ScriptError("cannot subtract a date from " + describe(L, 1));
  if (const std::optional<Date> right = to_date(L, 2)) {
    lua_pushinteger(L, left->days_since_epoch() - right->days_since_epoch());
    return 1;
  }
  const int64_t days = check_whole(L, 2, "date - days");
  if (days < -10'000'000 || days > 10'000'000) throw ScriptError("date - days: too far away");
  push_date(L, unwrap(left->add_days(-days)));
  return 1;
}

int date_less(lua_State* L) {
  const std::optional<Date> left = to_date(L, 1), right = to_date(L, 2);
  if (!left || !right) refuse_comparison(L, "date");
  lua_pushboolean(L, *left < *right);
  return 1;
}

int date_less_equal(lua_State* L) {
  const std::optional<Date> left = to_date(L, 1), right = to_date(L, 2);
  if (!left || !right) refuse_comparison(L, "date");
  lua_pushboolean(L, *left <= *right);
  return 1;
}

int date_text(lua_State* L) {
  push(L, check_date(L, 1, "tostring").to_string());
  return 1;
}

// date "2015-09-18", date{year =, month =, day =}
int make_date(lua_State* L) {
  if (to_date(L, 1)) {
    lua_settop(L, 1);
    return 1;
  }
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
  if (lua_type(L, 1) != LUA_TSTRING) {
    throw ScriptError("date: expected text such as \"2015-09-18\", got " + describe(L, 1));
  }
  push_date(L, unwrap(Date::parse(view(L, 1))));
  return 1;
}

// date.range(a, b): both ends
int date_range(lua_State* L) {
  const Date first = check_date(L, 1, "date.range"), last = check_date(L, 2, "date.range");
  const int64_t days = last.days_since_epoch() - first.days_since_epoch() + 1;
  lua_createtable(L, days > 0 ? static_cast<int>(days) : 0, 0);
  for (int64_t i = 0; i < days; ++i) {
    push_date(L, unwrap(first.add_days(i)));
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

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

// --- months ---

int month_add(lua_State* L) {
  const Month month = check_month(L, 1, "add");
  push_month(L, unwrap(month.add_months(check_step(L, false).months)));
  return 1;
}

int month_format(lua_State* L) {
  const Month month = check_month(L, 1, "format");
  if (lua_type(L, 2) != LUA_TSTRING) {
    throw ScriptError("format: expected text such as \"%Y%m\", got " + describe(L, 2));
  }
  push(L, unwrap(month.format(view(L, 2))));
  return 1;
}

int month_index(lua_State* L) {
  static const std::vector<std::string> kFields = {"add",  "first", "format",
                                                   "last", "month", "year"};
  const Month month = check_month(L, 1, "month");
  const std::string_view name = view(L, 2);
  if (name == "year") {
    lua_pushinteger(L, month.year());
  } else if (name == "month") {
    lua_pushinteger(L, month.month());
  } else if (name == "first") {
    push_date(L, month.first());
  } else if (name == "last") {
    push_date(L, month.last());
  } else if (name == "add") {
    lua_pushcfunction(L, bound<month_add>);
  } else if (name == "format") {
    lua_pushcfunction(L, bound<month_format>);
  } else {
    refuse_field(L, "month", kFields);
  }
  return 1;
}

int month_plus(lua_State* L) {
  const int month = to_month(L, 1) ? 1 : 2;
  const int64_t months = check_whole(L, 3 - month, "month + months");
  push_month(L, unwrap(check_month(L, month, "month + months").add_months(months)));
  return 1;
}

int month_minus(lua_State* L) {
  const std::optional<Month> left = to_month(L, 1);
  if (!left) throw ScriptError("cannot subtract a month from " + describe(L, 1));
  if (const std::optional<Month> right = to_month(L, 2)) {
    lua_pushinteger(L, left->months_since_epoch() - right->months_since_epoch());
    return 1;
  }
  const int64_t months = check_whole(L, 2, "month - months");
  if (months < -10'000'000 || months > 10'000'000) throw ScriptError("month - months: too far");
  push_month(L, unwrap(left->add_months(-months)));
  return 1;
}

int month_less(lua_State* L) {
  const std::optional<Month> left = to_month(L, 1), right = to_month(L, 2);
  if (!left || !right) refuse_comparison(L, "month");
  lua_pushboolean(L, *left < *right);
  return 1;
}

int month_less_equal(lua_State* L) {
  const std::optional<Month> left = to_month(L, 1), right = to_month(L, 2);
  if (!left || !right) refuse_comparison(L, "month");
  lua_pushboolean(L, *left <= *right);
  return 1;
}

int month_text(lua_State* L) {
  push(L, check_month(L, 1, "tostring").to_string());
  return 1;
}

// date.month "2015-09", date.month(d)
int make_month(lua_State* L) {
  if (to_month(L, 1)) {
    lua_settop(L, 1);
  } else if (const std::optional<Date> date = to_date(L, 1)) {
    push_month(L, unwrap(Month::from_civil(date->year(), date->month())));
  } else if (lua_type(L, 1) == LUA_TSTRING) {
    push_month(L, unwrap(Month::parse(view(L, 1))));
  } else {
    throw ScriptError("date.month: expected text such as \"2015-09\", got " + describe(L, 1));
  }
  return 1;
}

void make_meta(lua_State* L, const char* name, const luaL_Reg* functions) {
  luaL_newmetatable(L, name);
  luaL_setfuncs(L, functions, 0);
  lua_pushcfunction(L, bound<concat>);
  lua_setfield(L, -2, "__concat");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
}

int weak_table(lua_State* L) {
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  push(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  return keep(L);
}

}  // namespace

void push_date(lua_State* L, Date date) {
  const State& state = state_of(L);
  push_interned(L, state.dates, state.date_meta, date.days_since_epoch(), date);
}

void push_month(lua_State* L, Month month) {
  const State& state = state_of(L);
  push_interned(L, state.months, state.month_meta, month.months_since_epoch(), month);
}

std::optional<Date> to_date(lua_State* L, int index) {
  return to_value<Date>(L, index, state_of(L).date_meta);
}

std::optional<Month> to_month(lua_State* L, int index) {
  return to_value<Month>(L, index, state_of(L).month_meta);
}

void open_dates(lua_State* L) {
  static const luaL_Reg kDate[] = {{"__index", bound<date_index>},
                                   {"__add", bound<date_plus>},
                                   {"__sub", bound<date_minus>},
                                   {"__lt", bound<date_less>},
                                   {"__le", bound<date_less_equal>},
                                   {"__tostring", bound<date_text>},
                                   {nullptr, nullptr}};
  static const luaL_Reg kMonth[] = {{"__index", bound<month_index>},
                                    {"__add", bound<month_plus>},
                                    {"__sub", bound<month_minus>},
                                    {"__lt", bound<month_less>},
                                    {"__le", bound<month_less_equal>},
                                    {"__tostring", bound<month_text>},
                                    {nullptr, nullptr}};
  static const luaL_Reg kFunctions[] = {{"date", bound<make_date>},
                                        {"month", bound<make_month>},
                                        {"date_range", bound<date_range>},
                                        {"today", bound<today_function>},
                                        {"yesterday", bound<yesterday_function>},
                                        {nullptr, nullptr}};
  State& state = state_of(L);
  make_meta(L, kDateMeta, kDate);
  state.date_meta = keep(L);
  make_meta(L, kMonthMeta, kMonth);
  state.month_meta = keep(L);
  state.dates = weak_table(L);
  state.months = weak_table(L);
  luaL_newlib(L, kFunctions);
}

}  // namespace moondial::script
