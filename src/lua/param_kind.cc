#include "lua/param_kind.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/dates.h"

namespace moondial::script {
namespace {

constexpr std::array<std::pair<const char*, Kind>, 7> kKinds = {{{"string", Kind::kString},
                                                                 {"int", Kind::kInt},
                                                                 {"number", Kind::kNumber},
                                                                 {"bool", Kind::kBool},
                                                                 {"date", Kind::kDate},
                                                                 {"month", Kind::kMonth},
                                                                 {"enum", Kind::kEnum}}};

std::string whole_text(Kind kind, int64_t value) {
  if (kind == Kind::kDate) {
    const auto date = Date().add_days(value);
    return date ? date->to_string() : "?";
  }
  if (kind == Kind::kMonth) {
    const auto month = Month().add_months(value);
    return month ? month->to_string() : "?";
  }
  return std::to_string(value);
}

std::string check_bounds(const ParamSpec& spec, int64_t value) {
  if (spec.min_whole && value < *spec.min_whole) {
    return "at least " + whole_text(spec.kind, *spec.min_whole);
  }
  if (spec.max_whole && value > *spec.max_whole) {
    return "at most " + whole_text(spec.kind, *spec.max_whole);
  }
  return {};
}

std::string check_bounds(const ParamSpec& spec, double value) {
  if (!std::isfinite(value)) return "a finite number";
  if (spec.min_number && value < *spec.min_number) {
    return "at least " + format_number(*spec.min_number);
  }
  if (spec.max_number && value > *spec.max_number) {
    return "at most " + format_number(*spec.max_number);
  }
  return {};
}

std::string check_choice(const ParamSpec& spec, std::string_view text) {
  for (const std::string& choice : spec.choices) {
    if (choice == text) return {};
  }
  std::string expected = "one of ";
  for (const std::string& choice : spec.choices) {
    if (&choice != &spec.choices.front()) expected += ", ";
    expected += identity_value(choice);
  }
  return expected + did_you_mean(text, spec.choices);
}

std::string accept_int(lua_State* L, const ParamSpec& spec) {
  if (lua_type(L, -1) != LUA_TNUMBER) return "a whole number";
  int is_whole = 0;
  const lua_Integer value = lua_tointegerx(L, -1, &is_whole);
  if (is_whole == 0) return "a whole number";
  if (std::string expected = check_bounds(spec, int64_t{value}); !expected.empty()) return expected;
  lua_pop(L, 1);
  lua_pushinteger(L, value);
  return {};
}

std::string accept_date(lua_State* L, const ParamSpec& spec) {
  std::optional<Date> date = to_date(L, -1);
  if (!date && lua_type(L, -1) == LUA_TSTRING) {
    if (const auto parsed = Date::parse(view(L, -1))) date = *parsed;
  }
  if (!date) return "a date such as 2015-09-18";
  if (std::string expected = check_bounds(spec, date->days_since_epoch()); !expected.empty()) {
    return expected;
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    lua_pop(L, 1);
    push_date(L, *date);
  }
  return {};
}

std::string accept_month(lua_State* L, const ParamSpec& spec) {
  std::optional<Month> month = to_month(L, -1);
  if (!month && lua_type(L, -1) == LUA_TSTRING) {
    if (const auto parsed = Month::parse(view(L, -1))) month = *parsed;
  }
  if (!month) return "a month such as 2015-09";
  if (std::string expected = check_bounds(spec, month->months_since_epoch()); !expected.empty()) {
    return expected;
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    lua_pop(L, 1);
    push_month(L, *month);
  }
  return {};
}

/// Reads the whole of `text` as a finite decimal number.
std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

/// Pushes the number, or nothing if the text is none.
bool push_number(lua_State* L, std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc() && end == text.data() + text.size()) {
    lua_pushinteger(L, whole);
    return true;
  }
  const std::optional<double> value = read_number(text);
  if (value) lua_pushnumber(L, *value);
  return value.has_value();
}

}  // namespace

const char* kind_name(Kind kind) { return kKinds[static_cast<size_t>(kind)].first; }

std::optional<Kind> kind_of_name(std::string_view name) {
  for (const auto& [known, kind] : kKinds) {
    if (name == known) return kind;
  }
  return std::nullopt;
}

std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates) {
  const std::string near = nearest(name, candidates);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

std::string accept_value(lua_State* L, const ParamSpec& spec) {
  const int type = lua_type(L, -1);
  switch (spec.kind) {
    case Kind::kString:
      return type == LUA_TSTRING ? "" : "text";
    case Kind::kInt:
      return accept_int(L, spec);
    case Kind::kNumber:
      return type == LUA_TNUMBER ? check_bounds(spec, lua_tonumber(L, -1)) : "a number";
    case Kind::kBool:
      return type == LUA_TBOOLEAN ? "" : "true or false";
    case Kind::kDate:
      return accept_date(L, spec);
    case Kind::kMonth:
      return accept_month(L, spec);
    case Kind::kEnum:
      return check_choice(spec, type == LUA_TSTRING ? view(L, -1) : std::string_view());
  }
  return "?";
}

std::string accept_text(lua_State* L, const ParamSpec& spec, std::string_view text) {
  switch (spec.kind) {
    case Kind::kInt:
    case Kind::kNumber:
      if (!push_number(L, text)) return spec.kind == Kind::kInt ? "a whole number" : "a number";
      break;
    case Kind::kBool:
      if (text != "true" && text != "false") return "true or false";
      lua_pushboolean(L, text == "true");
      break;
    default:
      push(L, text);
  }
  std::string expected = accept_value(L, spec);
  if (!expected.empty()) lua_pop(L, 1);
  return expected;
}

void append_value(lua_State* L, int index, Kind kind, std::string* out) {
  switch (kind) {
    case Kind::kString:
    case Kind::kEnum:
      out->append(view(L, index));
      break;
    case Kind::kInt:
      out->append(std::to_string(lua_tointeger(L, index)));
      break;
    case Kind::kNumber:
      if (lua_isinteger(L, index) != 0) {
        out->append(std::to_string(lua_tointeger(L, index)));
      } else {
        out->append(format_number(lua_tonumber(L, index)));
      }
      break;
    case Kind::kBool:
      out->append(lua_toboolean(L, index) != 0 ? "true" : "false");
      break;
    // An accepted value is of its kind: no second look at its metatable.
    case Kind::kDate:
      out->append(static_cast<const Date*>(lua_touserdata(L, index))->to_string());
      break;
    case Kind::kMonth:
      out->append(static_cast<const Month*>(lua_touserdata(L, index))->to_string());
      break;
  }
}

}  // namespace moondial::script
