#include "lua/param_kind.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "base/text.h"
#include "lua/binding.h"
#include "lua/frozen.h"
#include "lua/time_values.h"

namespace moondial::script {
namespace {

// In the order of Kind.
constexpr std::array<std::pair<const char*, Kind>, 14> kKinds = {{{"string", Kind::kString},
                                                                  {"int", Kind::kInt},
                                                                  {"number", Kind::kNumber},
                                                                  {"bool", Kind::kBool},
                                                                  {"date", Kind::kDate},
                                                                  {"month", Kind::kMonth},
                                                                  {"week", Kind::kWeek},
                                                                  {"hour", Kind::kHour},
                                                                  {"time", Kind::kTime},
                                                                  {"duration", Kind::kDuration},
                                                                  {"dates", Kind::kDates},
                                                                  {"enum", Kind::kEnum},
                                                                  {"list", Kind::kList},
                                                                  {"map", Kind::kMap}}};

bool is_time(Kind kind) { return kind >= Kind::kDate && kind <= Kind::kDates; }
TimeKind time_kind(Kind kind) {
  return static_cast<TimeKind>(static_cast<int>(kind) - static_cast<int>(Kind::kDate));
}
static_assert(static_cast<int>(Kind::kDates) - static_cast<int>(Kind::kDate) ==
              static_cast<int>(TimeKind::kInterval));

/// The text of the time whose number that is.
std::string number_text(Kind kind, int64_t number) {
  if (!is_time(kind)) return std::to_string(number);
  if (kind == Kind::kDuration) return canonical_duration(Duration(number));
  return with_time_type(time_kind(kind), [number]<typename T>() -> std::string {
    if constexpr (requires(const T& value) { TimeTraits<T>::add(value, number); }) {
      const auto value = TimeTraits<T>::add(T(), number);
      return value ? TimeTraits<T>::text(*value) : "?";
    } else {
      return number_text(Kind::kDate, number);
    }
  });
}

std::string check_bounds(const ParamSpec& spec, int64_t value) {
  if (spec.min_whole && value < *spec.min_whole) {
    return "at least " + number_text(spec.kind, *spec.min_whole);
  }
  if (spec.max_whole && value > *spec.max_whole) {
    return "at most " + number_text(spec.kind, *spec.max_whole);
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

std::string accept_number(lua_State* L, const ParamSpec& spec) {
  if (lua_type(L, -1) != LUA_TNUMBER) return "a number";
  std::string expected = check_bounds(spec, lua_tonumber(L, -1));
  lua_Integer whole = 0;
  // As its text reads back: 3 for 3.0.
  if (expected.empty() && lua_isinteger(L, -1) == 0 &&
      lua_numbertointeger(lua_tonumber(L, -1), &whole) != 0 &&
      static_cast<lua_Number>(whole) == lua_tonumber(L, -1)) {
    lua_pop(L, 1);
    lua_pushinteger(L, whole);
  }
  return expected;
}

template <typename T>
std::string check_time_bounds(const ParamSpec& spec, const T& value) {
  if constexpr (std::is_same_v<T, DateInterval>) {
    if (spec.min_whole && value.first().days_since_epoch() < *spec.min_whole) {
      return "no day before " + number_text(Kind::kDate, *spec.min_whole);
    }
    if (spec.max_whole && value.last().days_since_epoch() > *spec.max_whole) {
      return "no day after " + number_text(Kind::kDate, *spec.max_whole);
    }
    return {};
  } else {
    return check_bounds(spec, TimeTraits<T>::number(value));
  }
}

template <typename T>
std::string accept_time(lua_State* L, const ParamSpec& spec) {
  std::optional<T> value = to_time_value<T>(L, -1);
  const bool is_made = value.has_value();
  if (!is_made && lua_type(L, -1) == LUA_TSTRING) {
    if (const auto parsed = TimeTraits<T>::parse(view(L, -1))) value = *parsed;
  }
  if constexpr (std::is_same_v<T, Duration>) {
    if (lua_type(L, -1) == LUA_TNUMBER) value = seconds_to_duration(lua_tonumber(L, -1));
  }
  if (!value) return TimeTraits<T>::kLike;
  if (std::string expected = check_time_bounds(spec, *value); !expected.empty()) return expected;
  if (!is_made) {
    lua_pop(L, 1);
    push_time_value(L, *value);
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

std::string kind_text(const ParamSpec& spec) {
  if (spec.item == nullptr) return kind_name(spec.kind);
  return std::string(kind_name(spec.kind)) + "(" + kind_text(*spec.item) + ")";
}

bool has_format(Kind kind) { return is_time(kind); }

Result<std::string> format_value(lua_State* L, int index, Kind kind, std::string_view format) {
  return with_time_type(time_kind(kind), [&]<typename T>() {
    return TimeTraits<T>::format(*static_cast<const T*>(lua_touserdata(L, index)), format);
  });
}

Status check_format(Kind kind, std::string_view format) {
  return with_time_type(time_kind(kind),
                        [&]<typename T>() { return TimeTraits<T>::format(T(), format).status(); });
}

std::string accept_value(lua_State* L, const ParamSpec& spec) {
  if (is_time(spec.kind)) {
    return with_time_type(time_kind(spec.kind),
                          [&]<typename T>() { return accept_time<T>(L, spec); });
  }
  const int type = lua_type(L, -1);
  switch (spec.kind) {
    case Kind::kInt:
      return accept_int(L, spec);
    case Kind::kNumber:
      return accept_number(L, spec);
    case Kind::kBool:
      return type == LUA_TBOOLEAN ? "" : "true or false";
    case Kind::kEnum:
      return check_choice(spec, type == LUA_TSTRING ? view(L, -1) : std::string_view());
    case Kind::kList:
    case Kind::kMap:
      return accept_items(L, spec);
    default:
      return type == LUA_TSTRING ? "" : "text";
  }
}

std::string accept_text(lua_State* L, const ParamSpec& spec, std::string_view text) {
  switch (spec.kind) {
    case Kind::kList:
    case Kind::kMap:
      return accept_items_text(L, spec, text);
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
  if (kind == Kind::kList || kind == Kind::kMap) return append_frozen_text(L, index, out);
  if (!is_time(kind)) return append_scalar_text(L, index, out);
  // An accepted value is of its kind: no second look at its metatable.
  with_time_type(time_kind(kind), [&]<typename T>() {
    out->append(TimeTraits<T>::text(*static_cast<const T*>(lua_touserdata(L, index))));
  });
}

void read_bound(lua_State* L, bool is_min, ParamSpec* spec) {
  if (spec->kind == Kind::kNumber) {
    (is_min ? spec->min_number : spec->max_number) = lua_tonumber(L, -1);
    return;
  }
  std::optional<int64_t> number;
  if (spec->kind == Kind::kInt) {
    number = lua_tointeger(L, -1);
  } else if (const auto date = to_date(L, -1)) {
    number = date->days_since_epoch();
  } else if (is_time(spec->kind)) {
    number = with_time_type(time_kind(spec->kind), [&]<typename T>() {
      return TimeTraits<T>::number(*to_time_value<T>(L, -1));
    });
  }
  (is_min ? spec->min_whole : spec->max_whole) = number;
}

}  // namespace moondial::script
