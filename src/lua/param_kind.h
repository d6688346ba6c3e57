#pragma once

#include <cstdint>
#include <lua.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace moondial::script {

enum class Kind : uint8_t {
  kString,
  kInt,
  kNumber,
  kBool,
  kDate,
  kMonth,
  kWeek,
  kHour,
  kTime,
  kDuration,
  kDates,
  kEnum,
  kList,
  kMap,
};

/// One parameter of a declared task, or what the items of one are. Constant once declared.
struct ParamSpec {
  std::string name;  ///< "" for items
  Kind kind = Kind::kString;
  bool optional = false;
  bool significant = true;  ///< false for a secret
  bool path = false;        ///< may hold '/' where `output` uses it
  bool secret = false;      ///< also of the items of one
  bool has_default = false;
  bool default_is_function = false;
  int default_value = LUA_NOREF;  ///< in the registry
  std::string doc;
  std::vector<std::string> choices;       ///< of an enum
  std::shared_ptr<const ParamSpec> item;  ///< of a list or map
  /// Bounds: whole numbers; of times their numbers (TimeTraits), of kDates those of days; of
  /// kNumber: in `…_number`.
  std::optional<int64_t> min_whole, max_whole;
  std::optional<double> min_number, max_number;
};

[[nodiscard]] const char* kind_name(Kind kind);
[[nodiscard]] std::optional<Kind> kind_of_name(std::string_view name);
/// With its items': `list(date)`.
[[nodiscard]] std::string kind_text(const ParamSpec& spec);

/// Whether `${x:%Y}` makes sense of it.
[[nodiscard]] bool has_format(Kind kind);
/// The text of an accepted value in a format; kInvalid if the format is none for the kind.
[[nodiscard]] Result<std::string> format_value(lua_State* L, int index, Kind kind,
                                               std::string_view format);
/// Whether format_value() could take it.
[[nodiscard]] Status check_format(Kind kind, std::string_view format);

/// Replaces the value on top of the stack by the one that the parameter holds for it (3 for an
/// int's 3.0, a date for a date's text). Otherwise leaves it and returns what was expected:
/// `a date such as 2015-09-18`. Empty on success.
[[nodiscard]] std::string accept_value(lua_State* L, const ParamSpec& spec);

/// Pushes the value that `text` stands for, as from the command line; or pushes nothing and
/// returns what was expected.
[[nodiscard]] std::string accept_text(lua_State* L, const ParamSpec& spec, std::string_view text);

/// The canonical text of an accepted value.
void append_value(lua_State* L, int index, Kind kind, std::string* out);

/// Sets the bound of a declaration that is on top of the stack, of its kind already.
void read_bound(lua_State* L, bool is_min, ParamSpec* spec);

/// " (did you mean 'x'?)" or "".
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& candidates);

// --- param_items.cc: lists and maps, as above ---

[[nodiscard]] std::string accept_items(lua_State* L, const ParamSpec& spec);
[[nodiscard]] std::string accept_items_text(lua_State* L, const ParamSpec& spec,
                                            std::string_view text);

}  // namespace moondial::script
