#pragma once

#include <cstdint>
#include <lua.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moondial::script {

enum class Kind : uint8_t { kString, kInt, kNumber, kBool, kDate, kMonth, kEnum };

/// One parameter of a declared task. Constant once declared.
struct ParamSpec {
  std::string name;
  Kind kind = Kind::kString;
  bool optional = false;
  bool significant = true;
  bool path = false;  ///< may hold '/' where `output` uses it
  bool has_default = false;
  bool default_is_function = false;
  int default_value = LUA_NOREF;  ///< in the registry
  std::string doc;
  std::vector<std::string> choices;  ///< of an enum
  /// Bounds: whole numbers, days or months since the epoch; of kNumber: in `…_number`.
  std::optional<int64_t> min_whole, max_whole;
  std::optional<double> min_number, max_number;
};

[[nodiscard]] const char* kind_name(Kind kind);
[[nodiscard]] std::optional<Kind> kind_of_name(std::string_view name);

/// Replaces the value on top of the stack by the one that the parameter holds for it (3 for an
/// int's 3.0, a date for a date's text). Otherwise leaves it and returns what was expected:
/// `a date such as 2015-09-18`. Empty on success.
[[nodiscard]] std::string accept_value(lua_State* L, const ParamSpec& spec);

/// Pushes the value that `text` stands for, as from the command line; or pushes nothing and
/// returns what was expected.
[[nodiscard]] std::string accept_text(lua_State* L, const ParamSpec& spec, std::string_view text);

/// The canonical text of an accepted value.
void append_value(lua_State* L, int index, Kind kind, std::string* out);

/// " (did you mean 'x'?)" or "".
[[nodiscard]] std::string did_you_mean(std::string_view name,
                                       const std::vector<std::string>& candidates);

}  // namespace moondial::script
